"""What is compared of the records on file: read from schema ``identity``, in the comparable form of :mod:`passerelle.identity.facts`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from passerelle.identity import facts as comparable
from passerelle.identity.facts import COLUMN_OF, NIR, PREVIOUS, Facts
from passerelle.identity.pool import Known

_LOAD: Final = """
    SELECT {place} AS place, r.record_id, l.person_id, r.first_delivery, r.source || '|' || r.sender, r.nir_hash, r.nir_valid,
           r.birth_name, r.surname_keys, r.given_name_key, r.other_given_names, r.birth_date, r.birth_date_precision, r.sex, r.role,
           r.postcode, r.birth_place_name, r.previous_dossier_number, r.commune_code, r.phone_key, r.email_key,
           (SELECT string_agg(k.kind || '=' || k.value, '{between}') FROM identity.key k
            WHERE k.record_id = r.record_id AND k.kind <> '{nir}')
    FROM unnest(CAST(string_to_array(:records, ' ') AS uuid[])) WITH ORDINALITY AS wanted (record_id, place)
    JOIN identity.record r USING (record_id)
    {join} JOIN LATERAL (
        SELECT link_id, person_id FROM identity.link WHERE record_id = wanted.record_id AND revoked_at IS NULL LIMIT 1
    ) l ON true
"""
"""Lateral, and nothing but the record asked of its keys: of rows just written the planner knows nothing, and would read them all. Rows are
put in order here: there they would be written to disk."""
_BETWEEN: Final = "\x1f"
_LIVE: Final = text(_LOAD.format(join="CROSS", place="l.link_id", between=_BETWEEN, nir=NIR).replace(") l ON true", ") l"))
_ANY: Final = text(_LOAD.format(join="LEFT", place="wanted.place", between=_BETWEEN, nir=NIR))
_PLACE: Final = itemgetter(0)


def load_known(connection: Connection, record_ids: Collection[str]) -> list[Known]:
    """Those of the records (ids as text) that are linked to someone, the first linked first."""
    if not record_ids:
        return []
    found = sorted(connection.execute(_LIVE, {"records": " ".join(record_ids)}).all(), key=_PLACE)
    return [Known(record, person, _facts(said), first) for _, record, person, first, *said in found]


def load_facts(connection: Connection, record_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """Everything that is compared of these records, whether they are linked or not, in the order given."""
    found = sorted(connection.execute(_ANY, {"records": " ".join(map(str, record_ids))}).all(), key=_PLACE)
    return {record: _facts(said) for _, record, _, _, *said in found}


def _facts(said: Sequence[Any]) -> Facts:
    """From the columns of one row after the first four: read by place, which takes a fifth of the time of names."""
    scope, nir_hash, nir_valid, birth_name, surname_keys, given, others, birth_date, precision, sex, *rest = said
    role, postcode, birth_place, former, commune, phone, email, keys = rest
    surname, usage = _surnames(surname_keys, birth_name)
    dob, is_exact = comparable.born(birth_date, precision)
    return Facts(
        scope=scope,
        nir=comparable.nir_fact(nir_hash, nir_valid),
        surname=surname,
        usage=usage,
        surname_parts=comparable.surname_parts(birth_name),
        given=comparable.given_names(given, others),
        dob=dob,
        is_exact=is_exact,
        sex=comparable.sex_fact(sex),
        role=role,
        place_name=comparable.place_fact(birth_place),
        postcode=comparable.plain_fact(postcode),
        commune=comparable.plain_fact(commune),
        phone=phone,
        email=email,
        **_identifiers(keys, former),
    )


def _surnames(keys: str, birth_name: str | None) -> tuple[str | None, str | None]:
    """Surname and usage name: the keys are sorted, the raw name of birth says which is which."""
    names = keys.split()
    if len(names) < 2:
        return (names[0] if names else None), None
    birth, _ = comparable.surnames(birth_name, None)
    return (names[1], names[0]) if birth == names[1] else (names[0], names[1])


def _identifiers(keys: str | None, former: str | None) -> dict[str, str]:
    """By the column of ``record``: those of the keys, which are in comparable form already, and the household's former number."""
    found = comparable.identifier_facts(((PREVIOUS, former),)) if former else {}
    for key in keys.split(_BETWEEN) if keys else ():
        kind, _, value = key.partition("=")
        _, _, unscoped = value.partition("|")
        found[COLUMN_OF[kind]] = (unscoped.partition("|")[2] if kind == "other_id" else unscoped).rpartition("|")[0]
    return found
