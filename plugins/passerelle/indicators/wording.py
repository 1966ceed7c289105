"""French words for what the figures are made of, shared by the workbook and the command line; and the participants' references."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from passerelle.indicators.controls import Severity
from passerelle.indicators.participation import Sex
from passerelle.indicators.settle import Reason

REASONS: Mapping[Reason, str] = {
    Reason.INCOMPLETE: "Dossier incomplet",
    Reason.NOT_PARTICIPANT: "Pas un participant",
    Reason.MERGED_REENTRY: "Retour fusionné",
    Reason.AFTER_CUTOFF: "Après la date d’arrêté",
    Reason.DRAFT: "Brouillon",
    Reason.WITHDRAWN: "Fiche retirée",
    Reason.REJECTED: "Ligne rejetée",
}
"""Why a participation is not counted."""
COLUMNS: Mapping[str, str] = {"F": "Femmes", "M": "Hommes", "N": "Non binaires", "T": "Total"}
"""Columns of an indicator that counts people."""
SEXES: Mapping[Sex, str] = {Sex.FEMALE: "Femme", Sex.MALE: "Homme", Sex.NON_BINARY: "Non binaire"}
SEVERITIES: Mapping[Severity, str] = {Severity.ERROR: "Erreur", Severity.WARNING: "À vérifier", Severity.INFO: "Pour information"}
NOT_COLLECTED = "non collecté"
STATUSES: Mapping[str, str] = {
    "not_collected": NOT_COLLECTED,
    "not_applicable": "sans objet pour l’objectif de l’opération",
    "estimate": "estimation",
    "partial": "recueilli dans une partie des opérations",
}
"""What is said of an indicator beside or instead of its figures."""


def participant_reference(participant_id: str | None) -> str:
    """The short reference of a participant: the same in every extract, and not the key itself.

    >>> participant_reference("example")
    'KDMFR-YEYL3'
    """
    if participant_id is None:
        return ""
    text = base64.b32encode(hashlib.sha256(participant_id.encode("utf-8")).digest()).decode("ascii")
    return f"{text[:5]}-{text[5:10]}"
