"""What is compared of the records on file: read from schema ``identity``, in the comparable form of :mod:`passerelle.identity.facts`."""

from __future__ import annotations

from collections.abc import Collection
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.identity import facts as comparable
from passerelle.identity.facts import COLUMN_OF, Facts
from passerelle.identity.pool import Known

_LOAD: Final = """
    SELECT r.record_id, l.person_id, r.source || '|' || r.sender AS scope, r.nir_hash, r.nir_valid, r.birth_name, r.surname_keys,
           r.given_name_key, r.other_given_names, r.birth_date, r.birth_date_precision, r.sex, r.role, r.postcode, r.birth_place_name,
           r.previous_dossier_number, r.commune_code, r.phone_key, r.email_key, r.first_delivery,
           (SELECT array_agg(k.kind || '=' || k.value) FROM identity.key k WHERE k.record_id = r.record_id) AS keys,
           {place} AS place
    FROM unnest(CAST(string_to_array(:records, ' ') AS uuid[])) WITH ORDINALITY AS wanted (record_id, place)
    JOIN identity.record r USING (record_id)
    {join} JOIN LATERAL (
        SELECT link_id, person_id FROM identity.link WHERE record_id = wanted.record_id AND revoked_at IS NULL LIMIT 1
    ) l ON true
"""
"""Lateral, and nothing but the record asked of its keys: of rows just written the planner knows nothing, and would read them all. Rows are
put in order here: there they would be written to disk."""
_LIVE: Final = text(_LOAD.format(join="CROSS", place="l.link_id").replace(") l ON true", ") l"))
_PLACE: Final = attrgetter("place")
_ANY: Final = text(_LOAD.format(join="LEFT", place="wanted.place"))


def load_known(connection: Connection, record_ids: Collection[str]) -> list[Known]:
    """Those of the records (ids as text) that are linked to someone, the first linked first."""
    if not record_ids:
        return []
    found = sorted(connection.execute(_LIVE, {"records": " ".join(record_ids)}).all(), key=_PLACE)
    return [Known(row.record_id, row.person_id, _facts(row), row.first_delivery) for row in found]


def load_facts(connection: Connection, record_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """Everything that is compared of these records, whether they are linked or not, in the order given."""
    found = sorted(connection.execute(_ANY, {"records": " ".join(map(str, record_ids))}).all(), key=_PLACE)
    return {row.record_id: _facts(row) for row in found}


def _facts(row: Any) -> Facts:
    surname, usage = _surnames(row.surname_keys, row.birth_name)
    dob, is_exact = comparable.born(row.birth_date, row.birth_date_precision)
    return Facts(
        scope=row.scope,
        nir=comparable.nir_fact(row.nir_hash, row.nir_valid),
        surname=surname,
        usage=usage,
        surname_parts=comparable.surname_parts(row.birth_name),
        given=comparable.given_names(row.given_name_key, row.other_given_names),
        dob=dob,
        is_exact=is_exact,
        sex=comparable.sex_fact(row.sex),
        role=row.role,
        place_name=comparable.place_fact(row.birth_place_name),
        postcode=comparable.plain_fact(row.postcode),
        commune=comparable.plain_fact(row.commune_code),
        phone=row.phone_key,
        email=row.email_key,
        **_identifiers(row.keys, row.previous_dossier_number),
    )


def _surnames(keys: str, birth_name: str | None) -> tuple[str | None, str | None]:
    """Surname and usage name: the keys are sorted, the raw name of birth says which is which."""
    names = keys.split()
    if len(names) < 2:
        return (names[0] if names else None), None
    birth, _ = comparable.surnames(birth_name, None)
    return (names[1], names[0]) if birth == names[1] else (names[0], names[1])


def _identifiers(keys: list[str] | None, former: str | None) -> dict[str, str]:
    stated = [(comparable.PREVIOUS, former)] if former else []
    for kind, _, value in (key.partition("=") for key in keys or ()):
        scoped = value.rpartition("|")[0]
        if kind in COLUMN_OF:
            stated.append((kind, scoped.split("|", 2 if kind == "other_id" else 1)[-1]))
    return comparable.identifier_facts(tuple(stated))
