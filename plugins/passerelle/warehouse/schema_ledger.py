"""Tables of schema ``ledger``: every delivery, what was found in it, what was answered, and what someone must look at."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from passerelle.warehouse.metadata import metadata

_AT = DateTime(timezone=True)

delivery = Table(
    "delivery",
    metadata,
    Column("delivery_id", BigInteger, Identity(always=True), primary_key=True),
    Column("feed", Text, nullable=False, comment="Contract id, or 'unknown' when the file name matches no feed of the sender"),
    Column("series", Text, nullable=False, comment="Feeds of one series tell the same facts: the latest to speak of a person counts"),
    Column("sender", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, comment="Why it is refused, held, quarantined, a duplicate or undone; French, no personal value"),
    Column("duplicate_of", BigInteger, ForeignKey("ledger.delivery.delivery_id")),
    Column("corrects", BigInteger, ForeignKey("ledger.delivery.delivery_id"), comment="The delivery whose correction file this is"),
    Column(
        "original",
        BigInteger,
        ForeignKey("ledger.delivery.delivery_id"),
        comment="Of a correction: the delivery at the beginning of its chain, which it completes",
    ),
    Column("contract_version", Text),
    Column("contract_sha256", Text),
    Column("stamp", _AT, comment="The sender's own date of the content: file header or file name, else the reception"),
    Column("remote_name", LargeBinary, nullable=False, comment="The name as the server said it: bytes"),
    Column("remote_mtime", BigInteger, nullable=False, comment="Modification time on the sender's server, seconds"),
    Column("moved_at", _AT, comment="When the sender's file was moved out of the inbox"),
    Column("received_at", _AT, nullable=False),
    Column("checked_at", _AT),
    Column("staged_at", _AT),
    Column("reconciled_at", _AT),
    Column("published_at", _AT),
    Column("closed_at", _AT, comment="When the delivery reached a state nothing leaves by itself"),
    Column("lines_received", BigInteger),
    Column("lines_accepted", BigInteger),
    Column("lines_set_aside", BigInteger),
    Column("lines_ignored", BigInteger),
    Column("people_known", BigInteger),
    Column("people_new", BigInteger),
    Column("people_review", BigInteger),
    Column("facts_created", BigInteger, comment="People of whom the sender had told nothing before in the series"),
    Column("facts_updated", BigInteger, comment="People of whom it tells something else than before"),
    Column("facts_unchanged", BigInteger, comment="People of whom it tells the same as before"),
    schema="ledger",
)
Index(
    "uq_delivery_content",
    delivery.c.feed,
    delivery.c.sender,
    delivery.c.sha256,
    unique=True,
    postgresql_where=delivery.c.duplicate_of.is_(None),
)
Index("ix_delivery_state", delivery.c.state, delivery.c.feed)

transition = Table(
    "transition",
    metadata,
    Column("transition_id", BigInteger, Identity(always=True), primary_key=True),
    Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("at", _AT, nullable=False),
    Column("actor", Text, nullable=False, comment="'gateway', or the login of the person who decided"),
    Column("reason", Text),
    schema="ledger",
)

broken_rule = Table(
    "broken_rule",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id"), primary_key=True),
    Column("rule_no", Integer, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("table_name", Text),
    Column("column_name", Text),
    Column("message", Text, nullable=False, comment="``{value}`` stands for the finding's value"),
    Column("expected", Text, nullable=False),
    Column("fix", Text, nullable=False),
    comment="The words of the rules a delivery breaks, once for all findings of the rule",
    schema="ledger",
)

finding = Table(
    "finding",
    metadata,
    Column("delivery_id", BigInteger, primary_key=True, comment="No foreign keys: one made a million findings take three times as long"),
    Column("ordinal", BigInteger, primary_key=True),
    Column("rule_no", Integer, nullable=False, comment="see `ledger.broken_rule`"),
    Column("line", BigInteger),
    Column("record", BigInteger, comment="Ordinal of the line or dossier in the file, from 0"),
    Column("value", Text, comment="The received value, where its classification allows showing it"),
    Column("proposal", Text, comment="The corrected value, or its form, where it can be computed"),
    comment="One row per broken rule and place; `ledger.finding_told` has the words beside it",
    schema="ledger",
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id"), primary_key=True),
    Column("record", BigInteger, primary_key=True, comment="Ordinal of the line or dossier that is not loaded"),
    Column("record_key", Text, comment="The sender's own key of it, for the sender only; never a NIR"),
    Column("key_hash", Text, comment="Keyed hash of its whole key; empty when it cannot be read"),
    Column("closed_by", BigInteger, ForeignKey("ledger.delivery.delivery_id"), comment="The later delivery that brought it right"),
    Column("closed_at", _AT),
    schema="ledger",
)
Index("ix_set_aside_open", set_aside.c.delivery_id, postgresql_where=set_aside.c.closed_at.is_(None))
Index("ix_set_aside_closed_by", set_aside.c.closed_by, postgresql_where=set_aside.c.closed_by.is_not(None))

row_aside = Table(
    "row_aside",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id"), primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("row", BigInteger, primary_key=True, comment="Staging's _row"),
    comment="Rows of a dossier that are not loaded although their dossier is",
    schema="ledger",
)

receipt = Table(
    "receipt",
    metadata,
    Column("receipt_id", BigInteger, Identity(always=True), primary_key=True),
    Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id"), nullable=False),
    Column("kind", Text, nullable=False, comment="AR, CC or CRI"),
    Column("number", Text, nullable=False, unique=True),
    Column("made_at", _AT, nullable=False),
    Column("body", Text, nullable=False, comment="The receipt as JSON; the page is rendered from it"),
    Column("sent_at", _AT),
    UniqueConstraint("delivery_id", "kind"),
    schema="ledger",
)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", BigInteger, Identity(always=True), primary_key=True),
    Column("made_at", _AT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("feed", Text),
    Column("sender", Text),
    Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id")),
    Column("message", Text, nullable=False),
    Column("closed_at", _AT),
    UniqueConstraint("delivery_id", "kind", "message"),
    schema="ledger",
)

expectation = Table(
    "expectation",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("ledger.delivery.delivery_id"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("type", Text, nullable=False),
    Column("column_name", Text),
    Column("severity", Text, nullable=False),
    Column("success", Integer, nullable=False, comment="1 or 0"),
    Column("message", Text, nullable=False),
    Column("run_at", _AT, nullable=False),
    comment="Results of Great Expectations, without any observed value",
    schema="ledger",
)
