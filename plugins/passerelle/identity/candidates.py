"""Finds in the register whom the records of a batch may be about: by numbers, birth date and name, contact; a whole batch at a time.

Each lookup reads an index of ``identity.record`` or ``identity.key``. A value that too many records share finds nobody, as in
:mod:`passerelle.identity.blocks`; how many such values there were is told, never which.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from passerelle.identity.blocks import MAX_BLOCK
from passerelle.identity.comparable import MAX_SHARED
from passerelle.identity.decide import Traits
from passerelle.identity.facts import NIR, PREVIOUS, Facts, Key, nir_fact, sex_fact
from passerelle.identity.pool import Known
from passerelle.identity.recorded import load_known

Probe = tuple[str, ...]
"""The values of one lookup."""
_BETWEEN: Final = "\x1f"
"""Between the values of many lookups: one text is sent in a fifth of the time of an array."""


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A query and the names of the values it looks for."""

    names: tuple[str, ...]
    query: TextClause


def _lookup(columns: str, *conditions: str) -> _Lookup:
    """For each probe, the records that meet one of the conditions; one more than may be shared, to see that they are too many."""
    names = tuple(columns.split())
    values = ", ".join(f"string_to_array(:{name}, '{_BETWEEN}', '')" for name in names)  # a value that is missing equals none
    arms = " UNION ALL ".join(f"(SELECT r.record_id FROM {condition} LIMIT {MAX_BLOCK + 1})" for condition in conditions)
    query = text(f"""
        SELECT p.n, found.record_id::text
        FROM unnest({values}) WITH ORDINALITY AS p ({", ".join(names)}, n) CROSS JOIN LATERAL ({arms}) found
    """)
    return _Lookup(names, query)


_BORN: Final = "identity.record r WHERE r.birth_date = CAST(p.dob AS date)"
_FIRST, _SECOND = "split_part(r.surname_keys, ' ', 1)", "split_part(r.surname_keys, ' ', 2)"
_LAST: Final = "split_part(r.surname_keys, ' ', -1)"
_HAS_SECOND: Final = "r.surname_keys LIKE '% %'"
_CALLED: Final = (
    f"identity.record r WHERE r.given_name_key = p.given AND {_FIRST} = p.name",
    f"identity.record r WHERE r.given_name_key = p.given AND {_SECOND} = p.name AND {_HAS_SECOND}",
)
_SAME_YEAR: Final = "r.birth_date BETWEEN CAST(left(p.dob, 4) || '0101' AS date) AND CAST(left(p.dob, 4) || '1231' AS date)"
_SAME_DAY: Final = "extract(month FROM r.birth_date) * 100 + extract(day FROM r.birth_date) = CAST(right(p.dob, 4) AS integer)"
_BY_KEY: Final = _lookup("kind value", "identity.key r WHERE r.kind = p.kind AND r.value = p.value")
_BY_NAME: Final = _lookup(
    "dob name",
    f"{_BORN} AND left({_FIRST}, 3) = left(p.name, 3) AND {_FIRST} = p.name",
    f"{_BORN} AND left({_SECOND}, 3) = left(p.name, 3) AND {_SECOND} = p.name AND {_HAS_SECOND}",
)
_GIVEN_TOO: Final = "strpos(p.initials, left(r.given_name_key, 1)) > 0"
_SURNAME_TOO: Final = f"strpos(p.initials, left({_FIRST}, 1)) > 0 OR strpos(p.initials, left({_LAST}, 1)) > 0"
_PLAIN_PLACE: Final = "translate(upper(r.birth_place_name), 'ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸ -''', 'AAACEEEEIIOOUUUY')"
_PLACE_TOO: Final = f"r.postcode = p.postcode OR {_PLAIN_PLACE} = p.place"
_BY_START: Final = _lookup(
    "dob start longer initials postcode place",
    f"{_BORN} AND left({_FIRST}, 3) = p.start AND (left({_FIRST}, 5) = p.longer OR {_GIVEN_TOO})",
    f"{_BORN} AND left({_SECOND}, 3) = p.start AND {_HAS_SECOND} AND (left({_SECOND}, 5) = p.longer OR {_GIVEN_TOO})",
    f"{_BORN} AND left(r.given_name_key, 3) = p.start AND ({_SURNAME_TOO} OR {_PLACE_TOO})",
)
"""Born the same day under a name of the same start, with something more in common: three letters alone find many strangers."""
_INITIALS: Final = " OR ".join(f"strpos(p.initials, left({name}, 1)) > 0" for name in ("r.given_name_key", "r.surname_keys", _LAST))
_BY_HOME: Final = _lookup("dob postcode initials", f"{_BORN} AND r.postcode = p.postcode AND ({_INITIALS})")
"""Neighbours born the same day, but who have not one initial in common."""
_BY_NAMES: Final = _lookup(
    "given name dob postcode",
    *(f"{who} AND ({_SAME_YEAR} OR {_SAME_DAY} OR r.birth_date IS NULL OR r.postcode = p.postcode)" for who in _CALLED),
)
"""Also whoever has no birth date or another one and lives there: neighbours meet in the pool if something else brings them there, and the
last to come would decide whether somebody is asked about them."""
_BY_PHONE: Final = _lookup("phone", "identity.record r WHERE r.phone_key = p.phone")
_BY_EMAIL: Final = _lookup("email", "identity.record r WHERE r.email_key = p.email")
_CROWDS: Final = tuple(
    text(f"""
        SELECT p.value FROM unnest(CAST(:values AS text[])) AS p (value)
        CROSS JOIN LATERAL (SELECT FROM identity.record WHERE {column}_key = p.value OFFSET {MAX_SHARED} LIMIT 1) many
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT (r.given_name_key, r.birth_date)) AS people
            FROM (SELECT given_name_key, birth_date FROM identity.record WHERE {column}_key = p.value LIMIT {MAX_BLOCK}) r
        ) counted
        WHERE people > {MAX_SHARED}""")
    for column in ("phone", "email")
)
_TRAITS: Final = text("""
    SELECT wanted.n, r.nir_hash, r.nir_valid, r.sex
    FROM unnest(CAST(string_to_array(:persons, ' ') AS uuid[])) WITH ORDINALITY AS wanted (person_id, n)
    CROSS JOIN LATERAL (
        SELECT l.record_id FROM identity.link l WHERE l.person_id = wanted.person_id AND l.revoked_at IS NULL OFFSET 0
    ) l
    JOIN identity.record r ON r.record_id = l.record_id
""")
"""Lateral: of ten thousand persons the planner would read every link there is."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The known records a batch may be about, and values that say nothing."""

    known: list[Known] = field(default_factory=list)
    crowd: set[str] = field(default_factory=set)
    crowded: int = 0
    """Lookups left out because too many records answer."""


def find(connection: Connection, batch: Sequence[Facts], keys: Iterable[Key], *, is_ranked: bool) -> Candidates:
    """Whom the batch may be about; without ``is_ranked`` only what certain rules can use, those who could be meant instead included."""
    search = _Search(connection)
    search.look(_BY_KEY, {either for key in keys if _BETWEEN not in key[1] for either in _household(key)})
    named = {probe for one in batch for probe in _named(one)}
    if is_ranked:
        search.look(_BY_START, {probe for one in batch for probe in _started(one)})
        search.look(_BY_HOME, {probe for one in batch for probe in _at_home(one)})
        search.look(_BY_NAMES, {probe for one in batch for probe in _either_order(one)})
        search.look(_BY_PHONE, {(one.phone,) for one in batch if one.phone})
        search.look(_BY_EMAIL, {(one.email,) for one in batch if one.email})
    else:
        search.look(_BY_NAME, named)
    known = load_known(connection, search.found)
    # Whoever bears a name of a candidate and was born the same day may be meant instead, even if the batch does not share that name.
    met = set(search.found)
    search.look(_BY_NAME, {probe for one in known for probe in _named(one.facts)} - named)
    known += load_known(connection, [record for record in search.found if record not in met])
    contacts = search.shared if is_ranked else {value for one in batch for value in (one.phone, one.email) if value}
    return Candidates(known, search.crowd | _contacts_of_many(connection, contacts), search.crowded)


class _Search:
    """Lookups under way."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.found: set[str] = set()
        self.crowd: set[str] = set()
        self.crowded = 0
        self.shared: set[str] = set()
        """The last values of the probes that more records answer than people share a telephone."""

    def look(self, lookup: _Lookup, probes: Collection[Probe]) -> None:
        """Adds the records that answer one of the probes; of those in ``found`` none is lost."""
        if not probes:
            return
        ordered = sorted(probes)
        values = {name: _BETWEEN.join(column) for name, column in zip(lookup.names, zip(*ordered, strict=True), strict=True)}
        answers = self._connection.execute(lookup.query, values).all()
        counts = Counter(number for number, _ in answers)
        crowded = {number for number, count in counts.items() if count > MAX_BLOCK}
        self.shared |= {ordered[number - 1][-1] for number, count in counts.items() if count > MAX_SHARED}
        self.found.update(record for number, record in answers if number not in crowded)
        self.crowded += len(crowded)
        for probe in (ordered[number - 1] for number in crowded):
            self.crowd |= {nir for nir in (nir_fact(probe[-1], True),) if nir and probe[0] == NIR}


def _household(key: Key) -> Iterator[Key]:
    """The key, and for a dossier the one by which a household that has moved is known."""
    kind, value = key
    yield key
    if kind in ("dossier_number", PREVIOUS):
        yield (PREVIOUS if kind == "dossier_number" else "dossier_number"), value


def _named(facts: Facts) -> list[Probe]:
    return [(facts.dob, name) for name in (facts.surname, facts.usage) if facts.dob and name]


def _names(facts: Facts) -> list[str]:
    return [name for name in (facts.surname, facts.usage, *facts.given[:1]) if name]


def _started(facts: Facts) -> list[Probe]:
    """Birth date, the start of each name, and what else may be in common."""
    more = (_initials(facts), facts.postcode or "", facts.place_name or "")
    return [(facts.dob, name[:3], name[:5], *more) for name in _names(facts)] if facts.dob else []


def _at_home(facts: Facts) -> list[Probe]:
    """Birth date, postcode, and the initials of all names."""
    return [(facts.dob, facts.postcode, _initials(facts))] if facts.dob and facts.postcode else []


def _initials(facts: Facts) -> str:
    return "".join(sorted({name[0] for name in _names(facts)}))


def _either_order(facts: Facts) -> Iterator[Probe]:
    """First given name and surname, also in each other's place, the birth date and the postcode."""
    where = facts.dob or "", facts.postcode or ""
    if facts.given and any(where):
        for name in filter(None, (facts.surname, facts.usage)):
            yield facts.given[0], name, *where
            yield name, facts.given[0], *where


def _contacts_of_many(connection: Connection, contacts: Collection[str]) -> set[str]:
    values = sorted(contacts)
    return {value for query in _CROWDS for value in connection.execute(query, {"values": values}).scalars()} if values else set()


def traits_of(connection: Connection, persons: Collection[UUID]) -> dict[UUID, Traits]:
    """What contradicts of the records linked to these persons."""
    found: dict[UUID, Traits] = defaultdict(Traits)
    asked = list(persons)
    wanted = " ".join(map(str, asked))
    for number, nir_hash, is_valid, sex in connection.execute(_TRAITS, {"persons": wanted}).all() if wanted else ():
        person = asked[number - 1]
        found[person].nirs |= {nir for nir in (nir_fact(nir_hash, is_valid),) if nir}
        found[person].sexes |= {said for said in (sex_fact(sex),) if said}
    return found
