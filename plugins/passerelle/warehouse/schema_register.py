"""Tables of the register of persons: what happened to who is who, what a person decided, what waits for a second reader.

Append-only: an event is undone by another event, an override or a redirect is ended, nothing is deleted or rewritten.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, Identity, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from passerelle.warehouse.metadata import metadata

_AT = DateTime(timezone=True)
_FREE_TEXT = "Free text; must hold neither a name nor a number"

event = Table(
    "event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('merge', 'split', 'relink', 'undo', 'override')", name="kind"), nullable=False),
    Column("reason", Text, nullable=False, comment=_FREE_TEXT),
    Column("author", Text, nullable=False, comment="Login of who decided, or 'rule:<id>'"),
    Column("second_reader", Text, comment="Login of who confirmed, where two must agree"),
    Column("at", _AT, nullable=False),
    Column("undoes", BigInteger, ForeignKey("identity.event.event_id"), unique=True),
    comment="A change of which person records belong to, after their first link, or of what a person forbids or orders",
    schema="identity",
)

event_link = Table(
    "event_link",
    metadata,
    Column("event_id", BigInteger, ForeignKey("identity.event.event_id"), primary_key=True),
    Column("link_id", BigInteger, ForeignKey("identity.link.link_id"), primary_key=True, index=True),
    Column("effect", Text, CheckConstraint("effect IN ('revoked', 'made')", name="effect"), nullable=False),
    comment="The links an event revoked and those it made",
    schema="identity",
)

redirect = Table(
    "redirect",
    metadata,
    Column("redirect_id", BigInteger, Identity(always=True), primary_key=True),
    Column("from_person", Uuid, ForeignKey("identity.person.person_id"), nullable=False),
    Column("to_person", Uuid, ForeignKey("identity.person.person_id"), nullable=False, index=True),
    Column("event_id", BigInteger, ForeignKey("identity.event.event_id"), nullable=False, index=True),
    Column("made_at", _AT, nullable=False),
    Column("ended_by", BigInteger, ForeignKey("identity.event.event_id"), comment="The event that undid it; empty: it stands"),
    CheckConstraint("from_person <> to_person", name="elsewhere"),
    comment="Where a merged person's id leads; kept for ever",
    schema="identity",
)
Index("uq_redirect_standing", redirect.c.from_person, unique=True, postgresql_where=redirect.c.ended_by.is_(None))
Index("ix_redirect_ended_by", redirect.c.ended_by)

override = Table(
    "override",
    metadata,
    Column("override_id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('never', 'always')", name="kind"), nullable=False),
    Column("reason", Text, nullable=False, comment=_FREE_TEXT),
    Column("author", Text, nullable=False),
    Column("second_reader", Text),
    Column("made_at", _AT, nullable=False),
    Column("event_id", BigInteger, ForeignKey("identity.event.event_id"), nullable=False, index=True),
    Column("revoked_by", BigInteger, ForeignKey("identity.event.event_id"), index=True, comment="The event that revoked it"),
    comment="What a person forbids or orders, whatever the rules say: no record of side a is with one of side b, or all are",
    schema="identity",
)

override_record = Table(
    "override_record",
    metadata,
    Column("override_id", BigInteger, ForeignKey("identity.override.override_id"), primary_key=True),
    Column("record_id", Uuid, ForeignKey("identity.record.record_id"), primary_key=True, index=True),
    Column("side", Text, CheckConstraint("side IN ('a', 'b')", name="side"), nullable=False),
    comment="The records of each side: those the persons had when it was decided",
    schema="identity",
)

proposal = Table(
    "proposal",
    metadata,
    Column("proposal_id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('merge', 'split', 'always', 'undo')", name="kind"), nullable=False),
    Column("subject", JSONB, nullable=False, comment="Ids of the persons, records, event or suggestion it is about"),
    Column("reason", Text, nullable=False, comment=_FREE_TEXT),
    Column("author", Text, nullable=False),
    Column("made_at", _AT, nullable=False),
    Column("state", Text, CheckConstraint("state IN ('open', 'confirmed', 'refused')", name="state"), nullable=False),
    Column("decided_by", Text),
    Column("decided_at", _AT),
    Column("event_id", BigInteger, ForeignKey("identity.event.event_id")),
    comment="What one login decided about persons who hold open rights: it takes effect when another confirms",
    schema="identity",
)
Index("ix_proposal_open", proposal.c.proposal_id, postgresql_where=proposal.c.state == "open")

audit = Table(
    "audit",
    metadata,
    Column("audit_id", BigInteger, Identity(always=True), primary_key=True),
    Column("stratum", Text, nullable=False, comment="twins, first_january, household, prefix or other"),
    Column("link_id", BigInteger, ForeignKey("identity.link.link_id"), nullable=False),
    Column("record_id", Uuid, ForeignKey("identity.record.record_id"), nullable=False),
    Column("compared_with", Uuid, ForeignKey("identity.record.record_id"), nullable=False),
    Column("population", BigInteger, nullable=False, comment="Links in the stratum when it was drawn"),
    Column("drawn_at", _AT, nullable=False),
    Column("drawn_by", Text, nullable=False),
    Column("verdict", Text, comment="same, different or unsure"),
    Column("judged_at", _AT),
    Column("judged_by", Text),
    comment="Links drawn at random to be judged blind",
    schema="identity",
)
Index("uq_audit_link", audit.c.link_id, unique=True)

access = Table(
    "access",
    metadata,
    Column("access_id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _AT, nullable=False),
    Column("login", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("subject", Text, nullable=False, comment="What was shown: ids only"),
    comment="Who asked to see identity values of whom",
    schema="identity",
)
