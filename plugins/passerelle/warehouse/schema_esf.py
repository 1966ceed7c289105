"""Tables of the ESF+ snapshots: operations, proposals out of the feeds and what people decided, frozen computations with their inputs.

Append-only, and the database says so: a trigger refuses to change or delete a row (``esf.refuse_change``). What is decided, frozen or sent
stands in a row of its own, so that the first row never changes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from passerelle.warehouse.metadata import metadata

_AT = DateTime(timezone=True)
_FREE_TEXT = "Free text; must hold neither a name nor a number"

operation = Table(
    "operation",
    metadata,
    Column("version_id", BigInteger, Identity(always=True), primary_key=True),
    Column("operation_id", Text, nullable=False, index=True),
    Column("specific_objective", Text),
    Column("priority", Text),
    Column("region_category", Text),
    Column("start_on", Date),
    Column("end_on", Date),
    Column("annex", Text),
    Column("target_indicators", Text),
    Column("entities_public", Integer),
    Column("entities_sme", Integer),
    Column("modality_code", Text, comment="Modality of support by which the feeds tell who enters it (canonical code); empty: none does"),
    Column("recorded_at", _AT, nullable=False),
    Column("recorded_by", Text, nullable=False, comment="Login of who recorded this version"),
    comment="Versions of what the act of grant says of an operation; the last one recorded by a moment speaks",
    schema="esf",
)

estimate = Table(
    "estimate",
    metadata,
    Column("version_id", BigInteger, Identity(always=True), primary_key=True),
    Column("operation_id", Text, nullable=False, index=True),
    Column("indicator", Text, nullable=False),
    Column("sex", Text, nullable=False, comment="F, M, N or T"),
    Column("value", Integer, nullable=False),
    Column("method", Text, nullable=False, comment="How it was estimated, printed with the figure"),
    Column("recorded_at", _AT, nullable=False),
    Column("recorded_by", Text, nullable=False, comment="Login of who recorded this version"),
    comment="Informed estimates of Annex I point 1.2 and Annex II; the last one recorded by a moment speaks",
    schema="esf",
)

proposal = Table(
    "proposal",
    metadata,
    Column("proposal_id", BigInteger, Identity(always=True), primary_key=True),
    Column("operation_id", Text, nullable=False),
    Column("person_id", Uuid, ForeignKey("identity.person.person_id"), nullable=False, index=True),
    Column("participation_id", Text, comment="The participation it completes; empty: it would be a new one"),
    Column("variable", Text, nullable=False, comment="Variable of the file of participations, or ``event``"),
    Column("value", Text, nullable=False, comment="As in that file"),
    Column("happened_at", Date, nullable=False, comment="The day the value speaks of"),
    Column("rule", Text, nullable=False, comment="How it was derived; passerelle.indicators.feeds explains it"),
    Column("basis", Text, nullable=False, comment="The same in French, for whoever confirms; never an identity value"),
    Column("feed", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id"), nullable=False, index=True),
    Column("line", BigInteger, nullable=False),
    Column("recorded_at", _AT, nullable=False, comment="When the source was recorded here"),
    Column("made_at", _AT, nullable=False),
    Column("content_hash", Text, nullable=False, unique=True, comment="Of person, operation, variable, value, day, rule and sender"),
    comment="A value derived from a feed, with its source: never final, a person confirms or refuses it",
    schema="esf",
)
Index("ix_proposal_operation", proposal.c.operation_id)

decision = Table(
    "decision",
    metadata,
    Column("decision_id", BigInteger, Identity(always=True), primary_key=True),
    Column("proposal_id", BigInteger, ForeignKey("esf.proposal.proposal_id"), nullable=False, index=True),
    Column("verdict", Text, CheckConstraint("verdict IN ('confirmed', 'refused')", name="verdict"), nullable=False),
    Column("login", Text, nullable=False),
    Column("reason", Text, nullable=False, comment=_FREE_TEXT),
    Column("at", _AT, nullable=False),
    comment="What a login decided about a proposal; the last one by a moment speaks",
    schema="esf",
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("snapshot_id", BigInteger, Identity(always=True), primary_key=True),
    Column("operation_id", Text, nullable=False),
    Column("cut_off", Date, nullable=False),
    Column("known_at", _AT, nullable=False, comment="What was recorded later is not in it: the end of the cut-off day, or the proposal"),
    Column("previous_id", BigInteger, ForeignKey("esf.snapshot.snapshot_id"), comment="The frozen one its changes are told against"),
    Column("rules_version", Text, nullable=False),
    Column("engine_version", Text, nullable=False),
    Column("manifest", Text, nullable=False, comment="JSON: operation, cut-off, rules and the hash of each file"),
    Column("sha256", Text, nullable=False, comment="Of the manifest, hence of every input and figure"),
    Column("proposed_by", Text, nullable=False, comment="Login of the process, or 'gateway' for the calendar"),
    Column("proposed_at", _AT, nullable=False),
    comment="A computation at a cut-off, complete with its inputs; frozen when ``snapshot_freeze`` says so",
    schema="esf",
)
Index("ix_snapshot_operation", snapshot.c.operation_id, snapshot.c.cut_off)

snapshot_file = Table(
    "snapshot_file",
    metadata,
    Column("snapshot_id", BigInteger, ForeignKey("esf.snapshot.snapshot_id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", Text, nullable=False, comment="Of the clear content"),
    Column("bytes", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="Compressed (zlib)"),
    comment="Inputs and results of a snapshot, exactly as an auditor reads them; pseudonymous, without NIR or CAF number",
    schema="esf",
)

snapshot_freeze = Table(
    "snapshot_freeze",
    metadata,
    Column("snapshot_id", BigInteger, ForeignKey("esf.snapshot.snapshot_id"), primary_key=True),
    Column("operation_id", Text, nullable=False),
    Column("cut_off", Date, nullable=False),
    Column("sha256", Text, nullable=False, comment="Of the manifest that was looked at"),
    Column("frozen_by", Text, nullable=False, comment="Another login than the one that proposed"),
    Column("frozen_at", _AT, nullable=False),
    UniqueConstraint("operation_id", "cut_off"),
    comment="Who froze which snapshot: one row, or none",
    schema="esf",
)

outgoing = Table(
    "outgoing",
    metadata,
    Column("outgoing_id", BigInteger, Identity(always=True), primary_key=True),
    Column("recipient", Text, nullable=False, comment="Whose outbox: id of the settings"),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False, comment="What it was made of, e.g. ``snapshot 12``"),
    Column("made_at", _AT, nullable=False),
    Column("sent_at", _AT),
    UniqueConstraint("recipient", "name"),
    comment="Files that the gateway leaves in an outbox by itself, besides receipts",
    schema="ledger",
)
Index("ix_outgoing_unsent", outgoing.c.recipient, postgresql_where=outgoing.c.sent_at.is_(None))

FROZEN = (operation, estimate, proposal, decision, snapshot, snapshot_file, snapshot_freeze)
"""Tables whose rows nothing changes."""
