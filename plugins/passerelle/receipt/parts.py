"""What a receipt is made of: the file, the steps, the groups of findings, the counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from passerelle.findings import Effect
from passerelle.receipt.kinds import StepResult
from passerelle.receipt.wording import Unit, visible

MOST_LINES = 20
"""Line numbers shown per rule; the others are counted."""
MOST_EXAMPLES = 5
"""Examples shown per rule."""
MOST_FILES = 20
"""Earlier files shown that still have something open; the others are counted."""
_NIR = re.compile(r"[1-478]\d{4}(?:\d{2}|2[AB])\d{6}(?:\d{2})?", re.IGNORECASE)
"""What may be a NIR, of 13 characters or 15 with its key."""


class Frozen(BaseModel):
    """Base of all parts: nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) else value


def harmless_key(value: object) -> object:
    """The sender's own key as it may be shown: never one that may be a NIR (the matricule at the MSA is one), then None."""
    if not isinstance(value, str):
        return value
    return None if not value or _NIR.fullmatch(re.sub(r"[\W_]", "", value)) else visible(value)


Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""A moment, kept in UTC so that the same moment always writes the same JSON."""
Foreign = Annotated[str, BeforeValidator(_shown)]
"""Text a partner chose: characters that cannot be seen are replaced by their code."""
OwnKey = Annotated[str | None, BeforeValidator(harmless_key)]
"""The sender's own key of a record; None when it may be a NIR."""


class DeliveryFacts(Frozen):
    """What is known of a delivery before anyone looks inside the file."""

    delivery_id: int | None = None
    """None when nothing is in the ledger: a trial check, or a file that was not taken."""
    trial: bool = False
    """A check before sending: nothing was dropped, nothing will be loaded."""
    feed: str = ""
    """Contract id; empty when no contract recognises the file name."""
    feed_name: str = ""
    contract_version: str = ""
    contract_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """Hash of the contract and of the code lists it uses; empty when it was not noted."""
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


class Step(Frozen):
    """One step a delivery goes through."""

    number: int | None = Field(default=None, ge=0)
    """Its place in the certificate of a CC, from 0."""
    name: str
    result: StepResult
    detail: str = ""


class Example(Frozen):
    """One place where a rule is broken."""

    line: int | None = None
    record: Foreign | None = None
    key: OwnKey = None
    """The sender's own key of the record; only in documents left in its own outbox."""
    message: Foreign
    proposal: Foreign = ""
    """What the value could become, where it can be computed; for a personal column its form only."""


class Threshold(Frozen):
    """A limit the contract sets on what may be wrong, and that was passed: a person must decide."""

    rule: str = ""
    """The rule whose findings it limits; empty: all that is set aside."""
    share: float = Field(ge=0)
    """Part of the lines or dossiers concerned."""
    limit: float = Field(ge=0)


class FindingGroup(Frozen):
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
    threshold: Threshold | None = None
    """The limit of this rule, when it was passed."""


class IgnoredLines(Frozen):
    """Lines left out on purpose, with the reason."""

    reason: str
    count: int = Field(ge=1)


class CorrectionFile(Frozen):
    """The file of only what was set aside, left in the outbox beside this document: to correct and to send again."""

    name: Foreign
    records: int = Field(ge=1)
    """Lines or dossiers in it."""
    return_as: Foreign = ""
    """The name under which to send it again; empty: the next date or number of the agreed name."""


class PeopleCounts(Frozen):
    """What was said of the people a delivery is about."""

    known: int = Field(default=0, ge=0)
    new: int = Field(default=0, ge=0)
    to_review: int = Field(default=0, ge=0)
    """A person of the Département decides whether they are already known; the partner has nothing to do."""


class ChangeCounts(Frozen):
    """What the delivery changed in the warehouse."""

    created: int = Field(default=0, ge=0)
    updated: int = Field(default=0, ge=0)
    unchanged: int = Field(default=0, ge=0)
    """Received again with the same content."""
    counted: Literal["record", "person"] = "record"
    """What is counted: records (one right, one appointment, …) or people."""


class OpenFile(Frozen):
    """One delivery of which something is still to be corrected."""

    delivery_id: int
    name: Foreign
    received_at: Moment
    count: int = Field(ge=1)
    """Findings of it that are still open."""


class OpenFindings(Frozen):
    """What was to be corrected in the sender's deliveries of this feed, this one included: what is done, what remains."""

    closed_now: int = Field(default=0, ge=0)
    """Findings of earlier deliveries that this one corrected."""
    still_open: int = Field(default=0, ge=0)
    since: Moment | None = None
    """When the oldest delivery with something open was received."""
    oldest: int | None = None
    """Number of that delivery."""
    files: tuple[OpenFile, ...] = Field(default=(), max_length=MOST_FILES)
    """The oldest first; when there are more, their counts are in ``still_open`` only."""

    @classmethod
    def of(cls, closed_now: int, files: Iterable[OpenFile]) -> Self:
        """The whole from its files: total, oldest, and the first files of the list."""
        ordered = sorted(files, key=lambda file: (file.received_at, file.delivery_id))
        return cls(
            closed_now=closed_now,
            still_open=sum(file.count for file in ordered),
            since=ordered[0].received_at if ordered else None,
            oldest=ordered[0].delivery_id if ordered else None,
            files=tuple(ordered[:MOST_FILES]),
        )


class ExpectedName(Frozen):
    """A file name the gateway would have recognised."""

    feed_name: str
    name: str
