"""Tables of schema ``identity``: who each statement of a partner is about, by which rule, and what a person must still decide.

A *record* is what one sender says about someone, kept once however often it is said again. A *link* ties it to a *person*; links are
revoked, never changed, so that every earlier answer can be found again. A *sighting* says which row of a delivery stated the record.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from passerelle.warehouse.metadata import metadata

_AT = DateTime(timezone=True)
_EVIDENCE = "Per field: the level of agreement (passerelle.identity.compare), or agrees, differs, missing as first written; never a value"

person = Table(
    "person",
    metadata,
    Column("person_id", Uuid, primary_key=True, comment="Random: nothing personal can be read from it"),
    Column("minted_at", _AT, nullable=False),
    Column("minted_by", BigInteger, nullable=False, comment="Delivery whose row was the first about this person"),
    schema="identity",
)

record = Table(
    "record",
    metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("content_hash", Text, nullable=False, unique=True, comment="Keyed hash of source, sender and every identity value"),
    Column("nir_hash", Text),
    Column("nir_valid", Boolean, nullable=False, comment="Whether the NIR may be compared: well formed, with a right key"),
    Column("birth_name", Text),
    Column("usage_name", Text),
    Column("given_name", Text),
    Column("other_given_names", Text),
    Column("birth_date", Date),
    Column("birth_date_precision", Text),
    Column("sex", Text),
    Column("role", Text),
    Column("postcode", Text),
    Column("birth_place_name", Text),
    Column("previous_dossier_number", Text, comment="The household's number where it comes from"),
    Column("phone", Text),
    Column("email", Text),
    Column("commune_code", Text),
    Column("surname_keys", Text, nullable=False, comment="Comparable form of birth and usage name, separated by a blank"),
    Column("given_name_key", Text, nullable=False),
    Column("other_given_names_key", Text, nullable=False),
    Column("phone_key", Text, comment="Its last nine digits; empty where they say nothing"),
    Column("email_key", Text),
    Column("first_delivery", BigInteger, nullable=False),
    schema="identity",
)
_FIRST, _SECOND = (text(f"(split_part(surname_keys, ' ', {place}))") for place in (1, 2))
_START, _SECOND_START = (text(f"(left(split_part(surname_keys, ' ', {place}), 3))") for place in (1, 2))
_HAS_SECOND = text("surname_keys LIKE '% %'")
Index("ix_record_born_surname", record.c.birth_date, _START)
Index("ix_record_born_second", record.c.birth_date, _SECOND_START, postgresql_where=_HAS_SECOND)
Index("ix_record_born_given", record.c.birth_date, text("(left(given_name_key, 3))"))
Index("ix_record_born_home", record.c.birth_date, record.c.postcode)
Index("ix_record_called", record.c.given_name_key, _FIRST, record.c.birth_date)
Index("ix_record_called_second", record.c.given_name_key, _SECOND, record.c.birth_date, postgresql_where=_HAS_SECOND)
Index("ix_record_phone", record.c.phone_key, postgresql_where=record.c.phone_key.is_not(None))
Index("ix_record_email", record.c.email_key, postgresql_where=record.c.email_key.is_not(None))

link = Table(
    "link",
    metadata,
    Column("link_id", BigInteger, Identity(always=True), primary_key=True),
    Column("record_id", Uuid, ForeignKey("identity.record.record_id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("identity.person.person_id"), nullable=False),
    Column("rule", Text, nullable=False, comment="N1, S1, C1 …: the certain rule; A1 …: the rule that accepted; NEW: a new person"),
    Column("decided_by", Text, nullable=False, comment="'rule:<id>', or the login of the person who decided"),
    Column("delivery_id", BigInteger, comment="Delivery that brought the record; empty for a person's decision"),
    Column("decided_at", _AT, nullable=False),
    Column("revoked_at", _AT),
    Column("valid_from", _AT, comment="Since when the record speaks of this person: the sender's date of its first statement"),
    Column("model_version", Text, comment="Of the weights that ranked the pair; empty where a rule or a person decided"),
    Column("score", Double, comment="Of the pair, by those weights"),
    Column("evidence", JSONB, comment=_EVIDENCE),
    Column("compared_with", Uuid, comment="The known record of the person whose comparison decided"),
    Column("vetoes", ARRAY(Text), comment="What spoke against it and was overruled by a person"),
    schema="identity",
)
Index("uq_link_live", link.c.record_id, unique=True, postgresql_where=link.c.revoked_at.is_(None))
Index("ix_link_live_person", link.c.person_id, postgresql_where=link.c.revoked_at.is_(None))
Index("ix_link_former_person", link.c.person_id, postgresql_where=link.c.revoked_at.is_not(None))
Index("ix_link_record", link.c.record_id)

key = Table(
    "key",
    metadata,
    Column("kind", Text, primary_key=True, comment="nir, or the kind of a partner's identifier"),
    Column(
        "value",
        Text,
        primary_key=True,
        comment="Keyed hash, or scope|value|role of a partner's identifier; a France Travail number has no scope",
    ),
    Column("record_id", Uuid, primary_key=True, index=True, comment="No foreign key: its check took 40 % of the time of a first load"),
    comment="Where records that may be about one person meet; derived from them",
    schema="identity",
)

sighting = Table(
    "sighting",
    metadata,
    Column("delivery_id", BigInteger, primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("row", BigInteger, primary_key=True, comment="Staging's _row"),
    Column("record_id", Uuid, ForeignKey("identity.record.record_id"), nullable=False, index=True),
    Column("outcome", Text, CheckConstraint("outcome IN ('known', 'new', 'review')", name="outcome"), nullable=False),
    Column("nir_certified", Boolean, comment="Whether the row itself says that the number is certified; empty: it does not say"),
    schema="identity",
)

suggestion = Table(
    "suggestion",
    metadata,
    Column("suggestion_id", BigInteger, Identity(always=True), primary_key=True),
    Column("record_id", Uuid, ForeignKey("identity.record.record_id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("identity.person.person_id"), nullable=False, index=True),
    Column("reason", Text, nullable=False, comment="Code; passerelle.identity.reasons explains it"),
    Column("detail", Text, nullable=False, comment="What agrees and what differs, in French, without any value"),
    Column(
        "state",
        Text,
        nullable=False,
        comment="open; deferred (unsure); proposed (to a second reader); decided; withdrawn with its delivery",
    ),
    Column("delivery_id", BigInteger, nullable=False),
    Column("made_at", _AT, nullable=False),
    Column("score", Double),
    Column("evidence", JSONB, comment=_EVIDENCE),
    Column("compared_with", Uuid, comment="The record of the person that makes one hesitate"),
    Column("assignee", Text, comment="Login of the reviewer who took it"),
    Column("due_at", _AT),
    Column("decision", Text, comment="same, different or unsure"),
    Column("decision_reason", Text),
    Column("decided_by", Text),
    Column("decided_at", _AT),
    Column("second_reader", Text),
    Column("event_id", BigInteger, comment="The event by which the decision took effect"),
    UniqueConstraint("record_id", "person_id", "reason"),
    comment="A record that may be about a person it is not linked to",
    schema="identity",
)
Index("ix_suggestion_open", suggestion.c.suggestion_id, postgresql_where=suggestion.c.state == "open")
