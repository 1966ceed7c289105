"""Finds what is on file in schema ``identity``, a whole batch at a time, and releases what no delivery states any more.

Decides nothing, commits nothing. New decisions are written by :mod:`passerelle.identity.write`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.identity.outcome import KNOWN, outcome_of
from passerelle.identity.reasons import NEW

_LOCK = 0x6964656E74697479
"""``identity`` in ASCII: two deliveries recognised at once would each mint a person for the same new record."""


@dataclass(frozen=True, slots=True)
class Known:
    """A record already on file."""

    record_id: UUID
    person_id: UUID | None
    """None when its link was revoked: it must be decided again."""
    is_ours: bool
    """Whether the link was decided for the delivery at hand."""
    is_human: bool
    """Whether a person decided the link: no rule changes it, one that disagrees is only told."""
    rule: str | None
    has_doubts: bool

    @property
    def outcome(self) -> str:
        """What the delivery's first row that states this record is told: the same as when it was first recognised."""
        return outcome_of(self.rule, self.has_doubts) if self.is_ours else KNOWN


def lock(connection: Connection) -> None:
    """Waits until no other transaction is recognising people; held until the caller's transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


@contextmanager
def by_index(connection: Connection) -> Iterator[None]:
    """Has rows found by their indexes meanwhile, in this transaction.

    Of rows that were just written, or rolled back, the planner knows nothing: it read whole tables once per record, for minutes.
    """
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    yield  # an error ends the transaction, and the setting with it
    connection.execute(text("SET LOCAL enable_seqscan = on"))


def delete_sightings(connection: Connection, delivery_id: int) -> set[UUID]:
    """Forgets what the delivery stated; the records it had stated."""
    query = text("DELETE FROM identity.sighting WHERE delivery_id = :delivery RETURNING record_id")
    return set(connection.execute(query, {"delivery": delivery_id}).scalars())


def find_records(connection: Connection, content_hashes: Sequence[str], delivery_id: int) -> dict[str, Known]:
    """The records on file, by content hash."""
    query = text("""
        SELECT r.content_hash, r.record_id, l.person_id, coalesce(l.delivery_id = :delivery, false),
               coalesce(l.decided_by NOT LIKE 'rule:%', false), l.rule,
               CASE WHEN l.delivery_id = :delivery
                    THEN EXISTS (SELECT FROM identity.suggestion s WHERE s.record_id = r.record_id AND s.delivery_id = :delivery)
                    ELSE false END
        FROM unnest(CAST(:hashes AS text[])) AS wanted (content_hash)
        JOIN identity.record r USING (content_hash)
        LEFT JOIN identity.link l ON l.record_id = r.record_id AND l.revoked_at IS NULL
    """)
    rows = connection.execute(query, {"hashes": list(content_hashes), "delivery": delivery_id})
    return {content: Known(*rest) for content, *rest in rows}


@dataclass(frozen=True, slots=True)
class Former:
    """The person that was once minted for a record, under its id of today."""

    person_id: UUID
    was_merged: bool


def find_minted(connection: Connection, record_ids: Sequence[UUID]) -> dict[UUID, Former]:
    """For records whose link was revoked: the person once minted for each, if nobody else is linked to it by now.

    If that person was merged since: the one its id leads to.
    """
    if not record_ids:
        return {}
    query = text("""
        SELECT DISTINCT ON (l.record_id) l.record_id, v.resolved_id, v.resolved_id <> l.person_id
        FROM identity.link l, LATERAL identity.resolve(l.person_id) v
        WHERE l.record_id = ANY(:records) AND l.rule = :new
          AND NOT EXISTS (SELECT FROM identity.link o WHERE o.person_id = l.person_id AND o.revoked_at IS NULL)
        ORDER BY l.record_id, l.link_id
    """)
    found = connection.execute(query, {"records": list(record_ids), "new": NEW})
    return {record: Former(person, was_merged) for record, person, was_merged in found}


def find_last(connection: Connection, record_ids: Sequence[UUID]) -> dict[UUID, tuple[int, UUID]]:
    """For records whose link was revoked: that link, and its person."""
    if not record_ids:
        return {}
    query = text("""
        SELECT DISTINCT ON (record_id) record_id, link_id, person_id FROM identity.link
        WHERE record_id = ANY(:records) ORDER BY record_id, link_id DESC
    """)
    return {record: (link, person) for record, link, person in connection.execute(query, {"records": list(record_ids)})}


def release(connection: Connection, record_ids: Iterable[UUID], at: datetime) -> None:
    """Revokes the machine's links of those records that no delivery states any more, and withdraws the suggestions that hung on them.

    A person's decision stays. The records, and the ids they were given, are kept: a replay finds them again.
    """
    records = list(record_ids)
    if not records:
        return
    revoked = connection.execute(
        text("""
            UPDATE identity.link l SET revoked_at = :at
            WHERE l.record_id = ANY(:records) AND l.revoked_at IS NULL AND l.decided_by LIKE 'rule:%'
              AND NOT EXISTS (SELECT FROM identity.sighting s WHERE s.record_id = l.record_id)
            RETURNING l.record_id, l.person_id
        """),
        {"records": records, "at": at},
    ).all()
    withdraw = text("""
        UPDATE identity.suggestion g SET state = 'withdrawn'
        WHERE g.state IN ('open', 'deferred') AND (
            g.record_id = ANY(:records)
            OR (g.person_id = ANY(:persons)
                AND NOT EXISTS (SELECT FROM identity.link l WHERE l.person_id = g.person_id AND l.revoked_at IS NULL)))
    """)
    connection.execute(withdraw, {"records": [row.record_id for row in revoked], "persons": list({row.person_id for row in revoked})})
