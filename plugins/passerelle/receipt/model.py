"""One receipt as data: what the HTML page prints and what a partner's program may read as JSON (its schema is published)."""

from __future__ import annotations

import json
from datetime import UTC
from enum import IntEnum, StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from passerelle.errors import InvariantError
from passerelle.findings import Effect, LineCounts
from passerelle.receipt.wording import PARIS, Unit, plain_name, visible

MOST_LINES = 20
"""Line numbers shown per rule; the others are counted."""
MOST_EXAMPLES = 5
"""Examples shown per rule."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) else value


Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""A moment, kept in UTC so that the same moment always writes the same JSON."""
Foreign = Annotated[str, BeforeValidator(_shown)]
"""Text a partner chose: characters that cannot be seen are replaced by their code."""


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


class DeliveryFacts(_Frozen):
    """What is known of a delivery before anyone looks inside the file."""

    delivery_id: int | None = None
    """None when nothing is in the ledger: a trial check, or a file that was not taken."""
    trial: bool = False
    """A check before sending: nothing was dropped, nothing will be loaded."""
    feed: str = ""
    """Contract id; empty when no contract recognises the file name."""
    feed_name: str = ""
    contract_version: str = ""
    unit: Unit = "ligne"
    """What is counted: lines of a CSV file, dossiers of an XML file."""
    file_name: Foreign
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    received_at: Moment
    sender_id: str = ""
    sender_name: str = ""
    territory: str = ""
    contact: str = ""
    """Whom the partner calls or writes to."""
    promised_minutes: int = Field(default=60, ge=1)
    """How soon the partner is promised the next document."""


class StepResult(StrEnum):
    """How a step ended, in the words of the page."""

    DONE = "réussie"
    WITH_FINDINGS = "avec observations"
    PARTIAL = "partielle"
    FAILED = "en échec"
    WAITING = "en attente"
    NOT_DONE = "non traitée"


class Step(_Frozen):
    """One step a delivery goes through."""

    name: str
    result: StepResult
    detail: str = ""


class Example(_Frozen):
    """One place where a rule is broken."""

    line: int | None = None
    record: Foreign | None = None
    message: Foreign


class FindingGroup(_Frozen):
    """All findings of one rule: what is wrong, what was expected, where, what to do."""

    rule: str
    effect: Effect
    severity: str
    column: Foreign | None = None
    label: str = ""
    """The column in French; empty when the rule is about the whole file."""
    message: Foreign
    expected: str = ""
    fix: str = ""
    count: int = Field(ge=1)
    lines: tuple[int, ...] = Field(default=(), max_length=MOST_LINES)
    examples: tuple[Example, ...] = Field(default=(), max_length=MOST_EXAMPLES)


class IgnoredLines(_Frozen):
    """Lines left out on purpose, with the reason."""

    reason: str
    count: int = Field(ge=1)


class PeopleCounts(_Frozen):
    """What was said of the people a delivery is about."""

    known: int = Field(default=0, ge=0)
    new: int = Field(default=0, ge=0)
    to_review: int = Field(default=0, ge=0)
    """A person of the Département decides whether they are already known; the partner has nothing to do."""


class ExpectedName(_Frozen):
    """A file name the gateway would have recognised."""

    feed_name: str
    name: str


class Receipt(_Frozen):
    """One document for the partner. Its counts always add up: received = accepted + set aside + ignored."""

    kind: Kind
    number: str
    delivery: DeliveryFacts
    made_at: Moment
    outcome: Outcome
    code: Integration | None = None
    """CRI only: 0 fully, 1 with observations, 2 partly, 3 not integrated."""
    headline: str
    summary: str
    next_steps: tuple[str, ...] = Field(min_length=1)
    """What the partner does now, in order."""
    steps: tuple[Step, ...] = ()
    counts: LineCounts | None = None
    ignored: tuple[IgnoredLines, ...] = ()
    people: PeopleCounts | None = None
    groups: tuple[FindingGroup, ...] = ()
    findings_total: int = Field(default=0, ge=0)
    expected_names: tuple[ExpectedName, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.counts is not None and not self.counts.add_up:
            raise InvariantError(f"{self.number}: {self.counts!r} do not add up.")
        if self.ignored and self.counts is not None and sum(item.count for item in self.ignored) != self.counts.ignored:
            raise InvariantError(f"{self.number}: the reasons do not account for {self.counts.ignored} ignored lines.")
        if self.groups and sum(group.count for group in self.groups) != self.findings_total:
            raise InvariantError(f"{self.number}: the groups do not account for {self.findings_total} findings.")
        return self

    def to_json(self) -> str:
        """The receipt as JSON text: the same receipt always gives the same bytes."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The receipt a :meth:`to_json` wrote; raises pydantic's ValidationError for anything else."""
        return cls.model_validate_json(text)


def number(kind: Kind, facts: DeliveryFacts) -> str:
    """The document's number, the same each time it is made: ``AR-2026-000123``.

    Without a delivery id the file's own hash tells it apart: ``AR-2026-1a2b3c4d``.
    """
    own = facts.sha256[:8] if facts.delivery_id is None else f"{facts.delivery_id:06d}"
    return f"{kind.value}-{facts.received_at.astimezone(PARIS).year}-{own}"


def file_names(receipt: Receipt) -> dict[str, str]:
    """The names under which the partner finds the document, by format (``json``, ``html``); always plain ASCII."""
    base = f"{receipt.number}_{plain_name(receipt.delivery.file_name)}"
    return {"json": f"{base}.json", "html": f"{base}.html"}
