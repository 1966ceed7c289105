"""The cases of tests/cases/identity.yml, read for both paths: two files, and a batch against a register held in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa
import pytest
import yaml

from passerelle.checks import nir
from passerelle.identity import matcher as engine_matcher
from passerelle.identity.decide import Batch, Decision
from passerelle.identity.engine import opened, run
from passerelle.identity.facts import Facts, nir_fact
from passerelle.identity.matcher import Matcher
from passerelle.identity.model import PACKAGED, read_model
from passerelle.identity.pool import Known, Pool
from passerelle.identity.settle import links, settle
from passerelle.identity.statement import Recognition, Statement, facts_of

PAGE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases" / "identity.yml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = PAGE["cas"]
COLUMNS = {
    "id": "record_id", "nom": "birth_name", "usage": "usage_name", "prenoms": "given_names", "ne_le": "birth_date", "sexe": "sex",
    "nir": "nir", "lieu": "birth_place_code", "ne_a": "birth_place_name", "tel": "phone", "mail": "email", "adresse": "address",
    "cp": "postcode", "commune": "commune_code", "dossier": "dossier_number", "ancien_dossier": "previous_dossier_number",
    "allocataire": "caf_number", "role": "role", "ft": "france_travail_number", "interne": "other_id", "source": "source",
    "expediteur": "organisation", "precision": "birth_date_precision",
}  # fmt: skip
STATED = (
    "birth_name", "usage_name", "birth_date", "birth_date_precision", "sex", "role", "postcode", "birth_place_name",
    "previous_dossier_number", "phone", "email", "commune_code",
)  # fmt: skip
IDENTIFIERS = {
    "dossier_number": "dossier_number", "caf_number": "allocataire_number", "france_travail_number": "france_travail_number",
    "other_id": "other_id",
}  # fmt: skip
ORDER = {"A": 111, "B": 222, "C": 333}
Verdict = tuple[str, str, str, str]
"""Known record, received record, ``same`` or ``review``, rule or reason."""


def records(said: list[dict[str, Any]], nirs: dict[str, str]) -> list[dict[str, Any]]:
    """The records with the names of the columns; a letter becomes a NIR built on the first record that bears it."""
    made = []
    for one in said:
        assert one.keys() <= COLUMNS.keys() | {"personne"}, f"unknown field in identity.yml: {sorted(one.keys() - COLUMNS.keys())}"
        values = {COLUMNS[name]: str(value) for name, value in one.items() if name != "personne"}
        values.setdefault("source", "caf_msa")
        values.setdefault("organisation", "caf")
        letter = values.get("nir", "").removesuffix("?")
        if letter in ORDER:
            day = values.get("birth_date", "1980-05-12")
            built = f"{1 if values.get('sex') == 'M' else 2}{day[2:4]}{day[5:7]}75056{ORDER[letter]}"
            number = nirs.setdefault(letter, built)
            values["nir"] = number if values["nir"] == letter else f"{number}{(97 - int(number) % 97) % 97 + 1:02d}"
        made.append(values)
    return made


def in_files(case: Mapping[str, Any]) -> tuple[set[Verdict], set[Verdict]]:
    """What ``passerelle identity match`` says of the case: by all layers, and by certain rules only. Pairs are compared once for both."""
    nirs: dict[str, str] = {}
    left, right = records(case["connus"], nirs), records(case["recus"], nirs)
    with opened(table(left + _BACKGROUND), table(right)) as (connection, _):
        run(connection, read_model(PACKAGED))
        every = _verdicts(connection)
        connection.execute("DROP TABLE scored; DROP TABLE judged")
        settle(connection, is_certain_only=True)
        return every, _verdicts(connection)


def _verdicts(connection: Any) -> set[Verdict]:
    return {(row["left_id"], row["right_id"], row["verdict"], row["rule"]) for row in links(connection).to_pylist()}


def in_register(cases: Sequence[Mapping[str, Any]], matcher: Matcher) -> list[set[Verdict]]:
    """What the daily path says of each case: of each received record, the person (told by that person's known records), and whom it may be.

    The cases are in one pool, for planning is what costs; no pair is of two cases, and no number or contact either.
    """
    read = [_read(number, case) for number, case in enumerate(cases)]
    known = [one for case in read for _, one in case.known]
    fresh = [facts for case in read for _, facts in case.fresh]
    numbers = [number for number, case in enumerate(read) for _ in case.known] + [
        number for number, case in enumerate(read) for _ in case.fresh
    ]
    batch = _apart(matcher, Pool(known, fresh), numbers)
    for number in range(len(fresh)):
        batch.place(number, batch.choose(number) or uuid4())
    decisions = iter(batch.decisions())
    return [{verdict for row, _ in case.fresh for verdict in _told(row, next(decisions), case.ids)} for case in read]


@dataclass(frozen=True)
class _Read:
    """A case as the register sees it: known and received records with their names on the page, and the known ones of each person."""

    known: list[tuple[str, Known]]
    fresh: list[tuple[str, Facts]]
    ids: dict[UUID, list[str]]


def _read(number: int, case: Mapping[str, Any]) -> _Read:
    nirs: dict[str, str] = {}
    left, right = records(case["connus"], nirs), records(case["recus"], nirs)
    names = [said.get("personne", said["id"]) for said in case["connus"]]
    persons = {name: uuid4() for name in names}
    known = [(row["record_id"], Known(uuid4(), persons[name], _own(number, row))) for name, row in zip(names, left, strict=True)]
    ids: dict[UUID, list[str]] = {}
    for row, one in known:
        ids.setdefault(one.person_id, []).append(row)
    return _Read(known, [(row["record_id"], _own(number, row)) for row in right], ids)


def _own(number: int, row: Mapping[str, str]) -> Facts:
    """The facts of a record, its contacts those of no other case: else too many people would have them."""
    facts = facts_of(*stated(row))
    shared = {name: value and f"{value} {number}" for name, value in (("phone", facts.phone), ("email", facts.email))}
    return replace(facts, nir=facts.nir and nir_fact(f"{facts.nir} {number}", True), **shared)


def _apart(matcher: Matcher, pool: Pool, numbers: Sequence[int]) -> Batch:
    """A batch of which no pair is of two cases; ``numbers`` says of which case each record is."""
    compare = engine_matcher.compare_pairs

    def compare_apart(connection: Any) -> None:
        connection.register("case_given", pa.table({"rid": range(len(numbers)), "number": numbers}))
        connection.execute("""
            DELETE FROM pair WHERE (SELECT number FROM case_given WHERE rid = a) <> (SELECT number FROM case_given WHERE rid = b)""")
        connection.unregister("case_given")
        compare(connection)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine_matcher, "compare_pairs", compare_apart)
        return Batch(matcher, pool, {}, [uuid4() for _ in pool.fresh])


def stated(values: Mapping[str, str]) -> tuple[Statement, Recognition]:
    """The record as a staged row, and who sent it; of its NIR only a hash would be there."""
    first, _, others = values.get("given_names", "").partition("|")
    number = pa.array([values.get("nir")], pa.string())
    fields: dict[str, Any] = {name: values.get(name) for name in STATED}
    fields["birth_date"] = datetime.fromisoformat(values["birth_date"]).date() if "birth_date" in values else None
    statement = Statement(
        "personne", 0, nir_hash=nir.comparable(number)[0].as_py(), nir_valid=nir.flags(number)[0].as_py() == "",
        given_name=first or None, other_given_names=others or None,
        identifiers=tuple((kind, values[name]) for name, kind in IDENTIFIERS.items() if name in values), **fields,
    )  # fmt: skip
    return statement, Recognition(1, values["source"], values["organisation"], datetime(2026, 1, 5, tzinfo=UTC), b"key")


def _told(record: str, decision: Decision, ids: Mapping[UUID, list[str]]) -> set[Verdict]:
    linked = ids.get(decision.person_id, ()) if decision.person_id else ()
    same = {(known, record, "same", decision.rule) for known in linked}
    return same | {(known, record, "review", doubt.reason) for doubt in decision.doubts for known in ids.get(doubt.person_id, ())}


def _background() -> list[dict[str, Any]]:
    """Unrelated people, four to each usual given name: a file knows no other names than its own."""
    return [
        {
            "record_id": f"fond-{first}-{number}",
            "birth_name": f"{('KERVELLA', 'OUDINOT', 'PHILIBERT', 'QUENTRIC')[number]}{'XYZWVU'[rank % 6] * 2}{'ABCDEF'[rank // 6] * 2}",
            "given_names": first,
            "birth_date": f"19{30 + rank:02d}-1{number % 2}-{10 + number * 3 + rank}",
            "phone": f"07{rank:02d}{number:02d}9999",
        }
        for rank, first in enumerate(PAGE["fond"])
        for number in range(4)
    ]


def table(rows: list[dict[str, Any]]) -> Any:
    """The records as a file."""
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in COLUMNS.values()})


_BACKGROUND = _background()
