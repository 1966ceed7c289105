"""The canonical variables of a participation in French: headings and words for codes, as the microdata show them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ANSWERS = {"yes": "oui", "no": "non", "refused": "refus", "not_collected": "non collecté"}

HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "status": "État de la fiche",
        "sex": "Sexe",
        "birth_date": "Date de naissance",
        "entry_date": "Entrée le",
        "exit_date": "Sortie le",
        "labour_at_entry": "Situation à l’entrée",
        "unemployment_months": "Chômage (mois)",
        "in_education_at_entry": "En formation à l’entrée",
        "isced_level": "CITE",
        "disability": "Handicap",
        "nationality_group": "Nationalité",
        "foreign_background": "Origine étrangère",
        "minority": "Minorité",
        "housing_exclusion": "Exclusion du logement",
        "rural": "Zone rurale",
        "direct_support_days": "Jours d’appui",
        "attempt_on": "Tentative de recueil le",
        "recorded_on": "Enregistrée le",
    }
)
"""In the order of the sheet."""
DAYS = frozenset({"birth_date", "entry_date", "exit_date", "attempt_on", "recorded_on"})
NUMBERS = frozenset({"unemployment_months", "isced_level", "direct_support_days"})
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "status": {"draft": "brouillon", "submitted": "déposée", "corrected": "corrigée", "withdrawn": "retirée"},
        "sex": {"F": "femme", "M": "homme", "N": "non binaire"},
        "labour_at_entry": {"unemployed": "chômage", "inactive": "inactivité", "employed": "emploi"},
        "in_education_at_entry": {"yes": "oui", "no": "non"},
        "disability": _ANSWERS,
        "nationality_group": {
            "french": "française",
            "eu": "autre pays UE",
            "third_country": "pays tiers",
            "stateless": "apatride",
            "not_collected": "non collecté",
        },
        "foreign_background": _ANSWERS,
        "minority": _ANSWERS,
        "housing_exclusion": _ANSWERS,
        "rural": {"yes": "oui", "no": "non", "unknown": "indéterminée"},
    }
)
