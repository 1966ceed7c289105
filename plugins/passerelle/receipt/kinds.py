"""The words that programs read in a receipt: which document, what it says, how a step ended."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """Which of the three documents."""

    AR = "AR"
    CC = "CC"
    CRI = "CRI"

    @property
    def french(self) -> str:
        """Its name in full."""
        return _TITLES[self]


_TITLES = {
    Kind.AR: "Accusé de réception",
    Kind.CC: "Compte rendu de contrôle",
    Kind.CRI: "Compte rendu d’intégration",
}


class Outcome(StrEnum):
    """What the document says, in one word for programs."""

    RECEIVED = "received"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"
    HELD = "held"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_FINDINGS = "accepted_with_findings"
    REFUSED = "refused"
    INTEGRATED = "integrated"
    INTEGRATED_WITH_FINDINGS = "integrated_with_findings"
    PARTLY_INTEGRATED = "partly_integrated"
    NOT_INTEGRATED = "not_integrated"

    @property
    def tone(self) -> str:
        """How the page colours it: ``good``, ``notice``, ``warning`` or ``bad``."""
        return _TONES.get(self, "warning")


_TONES = {
    Outcome.RECEIVED: "good",
    Outcome.ACCEPTED: "good",
    Outcome.INTEGRATED: "good",
    Outcome.DUPLICATE: "notice",
    Outcome.UNKNOWN: "bad",
    Outcome.REFUSED: "bad",
    Outcome.NOT_INTEGRATED: "bad",
}


class Integration(IntEnum):
    """The code of a CRI: how much of the file is in the warehouse."""

    FULL = 0
    WITH_FINDINGS = 1
    PARTIAL = 2
    NONE = 3

    @property
    def french(self) -> str:
        """What the code means, as ``intégré``."""
        return _CODES[self]


_CODES = {
    Integration.FULL: "intégré",
    Integration.WITH_FINDINGS: "intégré avec observations",
    Integration.PARTIAL: "partiellement intégré",
    Integration.NONE: "non intégré",
}


class StepResult(StrEnum):
    """How a step ended, in the words of the page."""

    DONE = "réussie"
    WITH_FINDINGS = "avec observations"
    PARTIAL = "partielle"
    FAILED = "en échec"
    HELD = "à décider"
    WAITING = "en attente"
    NOT_DONE = "non traitée"
