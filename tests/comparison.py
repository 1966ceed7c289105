"""The content of a warehouse in a form that two runs of the same files share: minted ids and recorded times mapped away."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

_MINTED = {"version_id", "link_id", "suggestion_id", "receipt_id", "transition_id", "alert_id"}
_TIMES = {"recorded_at", "decided_at", "minted_at", "made_at", "revoked_at", "closed_at"}
_DELIVERIES = {"delivery_id", "_delivery_id", "first_delivery", "minted_by", "closed_by"}
_NAME = "regexp_replace(file_name, '^CORRECTION_[0-9]+', 'CORRECTION')"
"""The name of a correction holds the number of the delivery it corrects."""
_LEDGER = (
    f"select sender, {_NAME}, feed, sha256, bytes, state, lines_received, lines_accepted, lines_set_aside, lines_ignored, "
    "people_known, people_new, people_review, facts_created, facts_updated, facts_unchanged from ledger.delivery"
)
_TABLES = (
    *("identity.link", "identity.sighting", "identity.suggestion"),
    *("ledger.broken_rule", "ledger.finding", "ledger.set_aside", "ledger.row_aside", "warehouse.code_label"),
)


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Table → its rows, sorted: every staging table, every fact, who is who, what was found."""
    with engine.connect() as connection:
        mapping = _Mapping(connection)
        tables = [*_TABLES, *(f"staging.{name}" for name in sorted(inspect(connection).get_table_names("staging")))]
        for schema in ("warehouse", "esf"):
            tables += [f"{schema}.{name}" for name in sorted(inspect(connection).get_table_names(schema)) if name != "code_label"]
        found = {name: _rows(connection, name, mapping) for name in tables}
        found["ledger.delivery"] = sorted(tuple(map(str, row)) for row in connection.execute(text(_LEDGER)))
    return found


class _Mapping:
    """Minted ids → what they stand for."""

    def __init__(self, connection: Connection) -> None:
        query = f"select delivery_id, sender || ' ' || {_NAME} || ' ' || state from ledger.delivery"
        self.deliveries = {row[0]: row[1] for row in connection.execute(text(query))}
        self.records = {row[0]: row[1] for row in connection.execute(text("select record_id, content_hash from identity.record"))}
        stated = defaultdict(list)
        for person, record in connection.execute(text("select person_id, record_id from identity.link where revoked_at is null")):
            stated[person].append(self.records[record])
        self.people = {person: min(hashes) for person, hashes in stated.items()}

    def value(self, column: str, value: Any) -> Any:
        if column in _DELIVERIES:
            return self.deliveries.get(value, value)
        if column in ("record_id", "compared_with"):
            return self.records.get(value)
        if column == "person_id":
            return self.people.get(value, "nobody")
        return value


def _rows(connection: Connection, name: str, mapping: _Mapping) -> list[tuple[Any, ...]]:
    schema, _, table = name.partition(".")
    result = connection.execute(text(f'select * from {schema}."{table}"'))
    kept = [(place, column) for place, column in enumerate(result.keys()) if column not in _MINTED | _TIMES]
    return sorted(tuple(str(mapping.value(column, row[place])) for place, column in kept) for row in result)
