"""What happened to a person, and why two records are (or are not) one: told in French, per field, without any value."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.identity.decide import Proof
from passerelle.identity.reasons import EXPLANATIONS, agreements, fields_told
from passerelle.identity.register import overrides
from passerelle.identity.register.comparison import closest, rule_today
from passerelle.identity.register.persons import find, is_record, records_of, resolve


def history(connection: Connection, person: UUID) -> dict[str, Any]:
    """Of the person this id leads to: its status, its links past and present, and every event that touched it, in order of time.

    Raises ConfigurationError when no person ever had the id.
    """
    resolved = resolve(connection, person)
    status = connection.execute(_STATUS, {"person": person}).mappings().one()
    persons = {"persons": sorted({str(person), str(resolved)})}
    links = [_link(dict(row)) for row in connection.execute(_LINKS, persons).mappings()]
    events = [dict(row) for row in connection.execute(_EVENTS, persons).mappings()]
    numbers = [dict(row) for row in connection.execute(_IDENTIFIERS, {"person": resolved}).mappings()]
    return {"person": person, "resolved": resolved, "status": status["status"], "links": links, "events": events, "identifiers": numbers}


def why(connection: Connection, left: UUID, right: UUID) -> dict[str, Any]:
    """Why two records, or persons, are or are not one: their comparison per field, the rule, who decided and when, what people said.

    Of two persons, the two records that agree on most are compared. Raises ConfigurationError when an id is unknown.
    """
    sides = [_records(connection, either) for either in (left, right)]
    proof, record = _closest(connection, sides)
    decided = [
        _link(dict(row))
        for row in connection.execute(_DECIDED, {"records": [record, *([proof.compared_with] if proof else [])]}).mappings()
    ]
    persons = find(connection, left), find(connection, right)
    is_ranked = any(link["model_version"] for link in decided)
    return {
        "same": persons[0] == persons[1],
        "persons": persons,
        "records": [record, proof.compared_with if proof else None],
        "fields": fields_told(proof.fields if proof else {}),
        "rule_today": rule_today(connection, record, proof.compared_with, is_ranked=is_ranked) if record and proof else None,
        "links": decided,
        "overrides": _overrides(connection, sides),
        "suggestions": [
            dict(row) for row in connection.execute(_ASKED, {"left": sides[0] + sides[1], "persons": list(persons)}).mappings()
        ],
    }


def _records(connection: Connection, either: UUID) -> list[UUID]:
    return [either] if is_record(connection, either) else records_of(connection, resolve(connection, either))


def _closest(connection: Connection, sides: list[list[UUID]]) -> tuple[Proof | None, UUID | None]:
    pairs = [(proof, record) for record, proof in closest(connection, sides[0], sides[1]).items()]
    agreed = max(pairs, key=lambda pair: agreements(pair[0].fields), default=None)
    return agreed if agreed is not None else (None, sides[0][0] if sides[0] else None)


def _overrides(connection: Connection, sides: list[list[UUID]]) -> list[dict[str, Any]]:
    ids = [n for kind in (overrides.NEVER, overrides.ALWAYS) for n in overrides.between(connection, kind, (sides[0], sides[1]))]
    query = text("""
        SELECT override_id, kind, reason, author, second_reader, made_at, event_id
        FROM identity.override WHERE override_id = ANY(:ids) ORDER BY override_id
    """)
    return [dict(row) for row in connection.execute(query, {"ids": ids}).mappings()]


def _link(row: dict[str, Any]) -> dict[str, Any]:
    """The link with what a reader needs: the sentence of its rule, its fields, and whether a machine or a person decided."""
    told = fields_told(row.pop("evidence") or {})
    by_rule = row["decided_by"].startswith("rule:")
    return row | {"explanation": EXPLANATIONS.get(row["rule"], ""), "fields": told, "automatic": by_rule}


_STATUS = text("SELECT status, merged_into FROM identity.person_status WHERE person_id = :person")
_LINK_COLUMNS = """
    l.link_id, l.record_id, l.person_id, r.source, r.sender, l.rule, l.decided_by, l.delivery_id, l.decided_at, l.revoked_at, l.valid_from,
    l.model_version, l.score, l.evidence, l.compared_with, l.vetoes
"""
_OF_THEM = "l.person_id = ANY(CAST(:persons AS uuid[])) AND (l.revoked_at IS NULL OR l.revoked_at IS NOT NULL)"
"""Live and former links: each kind has an index of its own, and the second condition, always true, names both."""
_LINKS = text(f"""
    SELECT {_LINK_COLUMNS} FROM identity.link l JOIN identity.record r USING (record_id) WHERE {_OF_THEM} ORDER BY l.link_id
""")
_DECIDED = text(f"""
    SELECT {_LINK_COLUMNS} FROM identity.link l JOIN identity.record r USING (record_id)
    WHERE l.record_id = ANY(:records) ORDER BY l.link_id
""")
_EVENTS = text(f"""
    SELECT e.event_id, e.kind, e.reason, e.author, e.second_reader, e.at, e.undoes,
           (SELECT u.event_id FROM identity.event u WHERE u.undoes = e.event_id) AS undone_by,
           (SELECT count(*) FROM identity.change c WHERE c.event_id = e.event_id) AS records
    FROM identity.event e
    WHERE e.event_id IN (
        SELECT el.event_id FROM identity.link l JOIN identity.event_link el USING (link_id) WHERE {_OF_THEM}
        UNION ALL
        SELECT unnest(ARRAY[d.event_id, d.ended_by]) FROM identity.redirect d
        WHERE d.from_person = ANY(CAST(:persons AS uuid[])) OR d.to_person = ANY(CAST(:persons AS uuid[]))
        UNION ALL
        SELECT unnest(ARRAY[o.event_id, o.revoked_by])
        FROM identity.link l
        JOIN identity.override_record m USING (record_id)
        JOIN identity.override o USING (override_id)
        WHERE {_OF_THEM}
    )
    ORDER BY e.event_id
""")
_IDENTIFIERS = text("""
    SELECT kind, value_hash, status, source, first_seen, last_seen
    FROM identity.identifier WHERE person_id = :person ORDER BY kind, first_seen
""")
_ASKED = text("""
    SELECT g.suggestion_id, g.reason, g.state, g.decision, g.decided_by, g.second_reader, g.made_at, g.decided_at
    FROM identity.suggestion g
    WHERE g.record_id = ANY(:left) AND (SELECT resolved_id FROM identity.resolve(g.person_id)) = ANY(:persons)
    ORDER BY g.suggestion_id
""")
