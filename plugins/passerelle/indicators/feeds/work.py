"""Situation on the labour market at entry, out of France Travail's categories and the activities declared to the CAF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from passerelle.indicators.feeds.evidence import ACTIVITY, REGISTRATION
from passerelle.indicators.feeds.model import Derived, Evidence, Subject, at

AUTOMATIC = date(2025, 1, 1)
"""Since this day every recipient of RSA is registered (law of 18 December 2023): that date starts no unemployment (case B43)."""
_SITUATIONS: Mapping[str, str] = MappingProxyType({"A": "unemployed", "E": "employed", "5": "employed"})
_ASKED: Mapping[str, str] = MappingProxyType(
    {
        "B": "catégorie B : inscrite et en activité réduite",
        "C": "catégorie C : inscrite et en activité réduite longue",
        "D": "catégorie D : formation ou maladie",
        "4": "liste 4 : formation ou maladie",
        "F": "catégorie F : l’inscription est automatique depuis le 1er janvier 2025 et ne prouve pas le chômage",
        "G": "catégorie G : l’inscription est automatique depuis le 1er janvier 2025 et ne prouve pas le chômage",
    }
)
_TRAINING = ("D", "4")
OWN_ACCOUNT = ("AEN", "ETI", "EXP", "MAR", "VDI")
"""CNAF's activities on one's own account."""
EMPLOYED = (
    "AAP", "AMA", "AMT", "APP", "CDD", "CDI", "CES", "CIS", "CSA", "CUI", "GSA", "INT", "RMA", "SAL", "TSA", "VRP", *OWN_ACCOUNT,
)  # fmt: skip
"""CNAF's activities that are a job, or work on one's own account."""
STUDYING = ("ETU", "EBO", "SCO", "SFP")
"""CNAF's activities that are education or training and no job."""

Statements = Mapping[str, Sequence[Evidence]]


def labour(subject: Subject, statements: Statements, derived: Derived) -> None:
    """A is unemployed, E employed; B, C, D, F and G, and the old lists that mix, are for a person to ask."""
    day = subject.day("entry_date")
    if day is None or not subject.lacks("labour_at_entry"):
        return
    registered = in_force(statements.get(REGISTRATION, ()), day)
    if registered is not None:
        code = registered.values["category_code"]
        if code in _SITUATIONS:
            basis = f"Inscription à France Travail en catégorie {code} le jour de l’entrée ({day:%d/%m/%Y})."
            derived.propose(subject, ("labour_at_entry", _SITUATIONS[code], day), ("ft.category", basis), registered)
        else:
            words = _ASKED.get(code, f"liste {code} : la situation d’emploi ne s’en déduit pas")
            derived.ask(subject, "labour_at_entry", f"France Travail, {words}.")
    working = [one for one in _during(statements, day) if one.values["act"] in EMPLOYED]
    for one in working[:1]:
        basis = (
            f"Activité déclarée à la CAF le jour de l’entrée, depuis le {one.values['ddact']:%d/%m/%Y} (un trimestre de retard possible)."
        )
        derived.propose(subject, ("labour_at_entry", "employed", day), ("caf.activity", basis), one)


def education(subject: Subject, statements: Statements, derived: Derived) -> None:
    """Category D speaks of training or illness, an activity of the CAF of studies: proposed, to be confirmed (case H10)."""
    day = subject.day("entry_date")
    if day is None or not subject.lacks("in_education_at_entry"):
        return
    registered = in_force(statements.get(REGISTRATION, ()), day)
    if registered is not None and registered.values["category_code"] in _TRAINING:
        basis = f"France Travail, {_ASKED[registered.values['category_code']]} : en formation, sauf si la personne était malade."
        derived.propose(subject, ("in_education_at_entry", "yes", day), ("ft.category_d", basis), registered)
    for one in [item for item in _during(statements, day) if item.values["act"] in STUDYING][:1]:
        basis = "Études ou formation déclarées à la CAF le jour de l’entrée."
        derived.propose(subject, ("in_education_at_entry", "yes", day), ("caf.studies", basis), one)


def duration(subject: Subject, statements: Statements, derived: Derived) -> None:
    """Whole months since the registration, for category A, where the registration was the person's own doing."""
    day = subject.day("entry_date")
    if day is None or not subject.lacks("unemployment_months") or subject.values.get("labour_at_entry") in ("employed", "inactive"):
        return
    registered = in_force(statements.get(REGISTRATION, ()), day)
    if registered is None or registered.values["category_code"] in ("E", "5"):
        return
    since = registered.values["registered_on"]
    if since == AUTOMATIC or registered.values["category_code"] != "A":
        derived.ask(subject, "unemployment_months", "La date d’inscription ne dit pas depuis quand la personne est au chômage.")
        return
    months = (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)
    basis = f"{months} mois entiers entre l’inscription à France Travail ({since:%d/%m/%Y}) et l’entrée ; le chômage peut être plus ancien."
    derived.propose(subject, ("unemployment_months", str(months), day), ("ft.registered_since", basis), registered)


def in_force(statements: Sequence[Evidence], day: date) -> Evidence | None:
    """The registration of the day, in the words of the statement that speaks of it; None when there is none, or it had ended."""
    begun = [
        one for one in statements if one.values["registered_on"] and one.values["registered_on"] <= day and one.values["category_code"]
    ]
    if not begun:
        return None
    since = max(one.values["registered_on"] for one in begun)
    if any(one.values["ended_on"] and since <= one.values["ended_on"] < day for one in statements):
        return None
    return at(day, [one for one in begun if one.values["registered_on"] == since], patience=366)


def _during(statements: Statements, day: date) -> list[Evidence]:
    """The declared activities that were going on that day."""
    declared = statements.get(ACTIVITY, ())
    return [
        one
        for one in declared
        if one.values["ddact"] and one.values["ddact"] <= day and (one.values["dfact"] is None or one.values["dfact"] >= day)
    ]
