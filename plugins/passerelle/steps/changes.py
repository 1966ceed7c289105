"""What a delivery changes: of each person it speaks of, whether the sender tells something new, something else, or the same.

*Before* is what the sender stated last up to the delivery's own place among its files, by its own stamps. So the answer does not depend
on the order in which files arrive, and a replay gives it again.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from passerelle.ledger.deliveries import Delivery
from passerelle.receipt.model import ChangeCounts
from passerelle.warehouse.bulk import hash_joins

_SPOKEN_OF = text("""
    create temporary table spoken_of on commit drop as
    select distinct l.person_id
    from identity.sighting s
    join identity.link l on l.record_id = s.record_id and l.revoked_at is null
    where s.delivery_id = :delivery_id
""")
_STATED_BEFORE = text("""
    create temporary table stated_before on commit drop as
    select distinct on (p.person_id) p.person_id, p.original
    from warehouse.person_statement p
    join spoken_of using (person_id)
    where p.series = :series and p.sender = :sender and (p.stamp, p.original) <= (:stamp, :original)
    order by p.person_id, p.stamp desc, p.original desc
""")
_CONTENT = """
    select {people}.person_id, string_agg(c.subject || ' ' || c.content, ' || ' order by c.subject) as content
    from {people}
    left join (
        select * from warehouse.person_content
        where series = :series and sender = :sender and original = any(cast(:originals as bigint[]))
    ) c on c.person_id = {people}.person_id{same}
    group by {people}.person_id
"""
_BEFORE = _CONTENT.format(people="stated_before", same=" and c.original = stated_before.original")
_TOLD_BEFORE = text(f"create temporary table told_before on commit drop as {_BEFORE}")
_COUNTED = text(f"""
    select count(*) filter (where before.person_id is null) as created,
           count(*) filter (where before.person_id is not null and now.content is distinct from before.content) as updated,
           count(*) filter (where before.person_id is not null and now.content is not distinct from before.content) as unchanged
    from ({_CONTENT.format(people="spoken_of", same="")}) now
    left join told_before before using (person_id)
""")


def note_before(connection: Connection, delivery: Delivery) -> None:
    """Remembers, for this transaction, what the sender stated before of the people of a delivery that is not yet published."""
    place = _place(delivery)
    with hash_joins(connection):
        connection.execute(_SPOKEN_OF, {"delivery_id": delivery.delivery_id})
        connection.execute(_STATED_BEFORE, place | {"stamp": delivery.stamp})
        originals = connection.execute(text("select distinct original from stated_before")).scalars().all()
        connection.execute(_TOLD_BEFORE, place | {"originals": list(originals)})


def count(connection: Connection, delivery: Delivery) -> ChangeCounts:
    """What the delivery changed, now that it is published; after :func:`note_before`, in the same transaction."""
    place = _place(delivery)
    with hash_joins(connection):
        row = connection.execute(_COUNTED, place | {"originals": [place["original"]]}).one()
    return ChangeCounts(created=row.created, updated=row.updated, unchanged=row.unchanged, counted="person")


def _place(delivery: Delivery) -> dict[str, object]:
    return {"series": delivery.series, "sender": delivery.sender, "original": delivery.original or delivery.delivery_id}
