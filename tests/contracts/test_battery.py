"""The battery every contract passes, found by its file name: no test is written for one feed.

What is promised of a feed: it loads strictly, everything derives from it, its synthetic file checks clean and loses nothing, every
mistake is told with its true line while the rest loads, and no document holds a personal value.
"""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

import battery
import mistakes
from battery import CLEAR, FEEDS, ROOT, ROWS, Said, contract_of, judged, physical_lines, said, sample, staged
from passerelle.checks import wording
from passerelle.checks.columns import prepared
from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks
from passerelle.checks.typed_rows import typed_rows
from passerelle.contract.load import load
from passerelle.contract.model import Classification, Column, Contract, IdentityRole
from passerelle.derive.arrow import arrow_type
from passerelle.derive.mutate import Mutation, mutations, spoilt_value
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.derive.synthetic.spoilable import UNKNOWN_VALUE
from passerelle.derive.tables import TECHNICAL, load_table, staging_table
from passerelle.errors import ContractError
from passerelle.findings import Effect, Verdict
from passerelle.receipt import build
from passerelle.receipt.page import render

_LONGEST_NAME = 63
"""Bytes of an identifier in PostgreSQL."""


@pytest.fixture(params=FEEDS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return contract_of(request.param)


def test_there_are_contracts() -> None:
    assert FEEDS


# The contract itself


def test_it_loads_and_says_what_it_is_for(contract: Contract) -> None:
    assert contract.name
    assert contract.purpose
    assert contract.legal_basis
    assert contract.contact


def test_a_key_without_effect_is_refused(contract: Contract, tmp_path: Path) -> None:
    root = tmp_path / "contracts"
    shutil.copytree(ROOT, root)
    path = root / f"{contract.id}.odcs.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("\nstatus: active\n", "\nstatus: active\nstatsu: active\n", 1), encoding="utf-8"
    )
    with pytest.raises(ContractError, match="statsu"):
        load(path, root)


def test_every_column_has_a_label_a_class_and_words_for_the_partner(contract: Contract) -> None:
    for table in contract.tables:
        assert table.label, table.name
        for column in table.columns:
            assert column.label.strip(), column.name
            assert column.label != column.name
            for kind in ("required", "code", "type", "pattern", "length", "range", "nir", "nir_key"):
                applies = {
                    "code": column.codes is not None,
                    "type": column.type != "string",
                    "length": bool(column.max_length or column.min_length),
                    "range": bool(column.minimum or column.maximum),
                }.get(kind, True)
                if applies:
                    rule = wording.rule(contract, table, column, column.type if kind == "type" else kind)
                    assert rule.message.endswith(".")
                    assert rule.expected
                    assert rule.fix


def test_what_may_be_a_social_security_number_is_secret(contract: Contract) -> None:
    for table in contract.tables:
        for column in table.columns:
            if column.nir or column.identity in (IdentityRole.NIR, IdentityRole.ALLOCATAIRE_NUMBER):
                assert column.classification is Classification.SECRET, column.name


def test_what_says_who_someone_is_may_not_be_shown(contract: Contract) -> None:
    harmless = {IdentityRole.ROLE, IdentityRole.BIRTH_DATE_PRECISION, IdentityRole.NIR_CERTIFIED, IdentityRole.BIRTH_RANK}
    for table in contract.tables:
        for column in table.columns:
            if column.identity is not None and column.identity not in harmless:
                assert not column.classification.may_be_shown, column.name


# What derives from it


def test_its_tables_derive_without_a_clear_secret(contract: Contract) -> None:
    for table in contract.tables:
        made = staging_table(contract, table)
        names = [column.name for column in made.columns]
        assert names[: len(TECHNICAL)] == list(TECHNICAL)
        assert len(names) == len(set(names))
        assert all(len(name.encode()) <= _LONGEST_NAME for name in (made.name, *names))
        assert names == [column.name for column in load_table(contract, table, 2**40).columns]
        for column in table.columns:
            triple = {f"{column.name}_hash", f"{column.name}_flags", f"{column.name}_cipher"}
            assert (column.name in names) is not column.protected
            assert (triple <= set(names)) is column.protected


def test_its_typed_rows_fit_the_staging_tables(contract: Contract) -> None:
    _, data = sample(contract.id)
    for chunk in chunks(contract, io.BytesIO(data)):
        for name, rows in chunk.tables.items():
            table = contract.table(name)
            batch = typed_rows(contract, table, rows, CLEAR)
            assert batch.schema.names == [column.name for column in staging_table(contract, table).columns][1:]
            for column in table.columns:
                if not column.protected:
                    assert batch.column(column.name).type == arrow_type(column)


# Its synthetic file


def test_its_synthetic_file_is_accepted_and_counted(contract: Contract) -> None:
    name, data = sample(contract.id)
    seen = judged(contract, data)
    assert re.fullmatch(contract.layout.name_pattern, name)
    assert (seen.verdict, said(seen)) == (Verdict.ACCEPTED, set())
    assert (seen.counts.received, seen.counts.accepted) == (ROWS, ROWS)
    assert seen.survey is not None
    assert contract.layout.format == "xlsx" or seen.survey.lines == len(physical_lines(data))


def test_no_row_is_lost_and_no_value_becomes_empty(contract: Contract) -> None:
    _, data = sample(contract.id)
    for chunk in chunks(contract, io.BytesIO(data)):
        for name, rows in chunk.tables.items():
            table = contract.table(name)
            batch = typed_rows(contract, table, rows, CLEAR)
            assert batch.num_rows == len(rows)
            for column in table.columns:
                present = prepared(contract, column, rows.values.column(column.name)).is_valid().to_pylist()
                for name_there in (f"{column.name}_hash", f"{column.name}_cipher") if column.protected else (column.name,):
                    assert batch.column(name_there).is_valid().to_pylist() == present, name_there


def test_its_name_is_of_no_other_feed(contract: Contract) -> None:
    name, _ = sample(contract.id)
    assert [feed for feed in FEEDS if re.fullmatch(contract_of(feed).layout.name_pattern, name)] == [contract.id]


def test_a_file_of_unknown_name_is_answered_with_the_names_expected(contract: Contract) -> None:
    name, data = sample(contract.id)
    strange = f"copie de {name}"
    assert not any(re.fullmatch(contract_of(feed).layout.name_pattern, strange) for feed in FEEDS)
    seen = judged(contract, data)
    facts = battery.receipt_of(contract, strange, seen, len(data)).delivery.model_copy(update={"feed": "", "feed_name": ""})
    page = render(build.unknown_name(facts, battery.NOW, build.expected_names([contract])))
    assert build.expected_names([contract])[0].name in page
    assert contract.name.split("'")[0] in page


# Its mistakes


@dataclass(frozen=True)
class Broken:
    """A file with one mistake, and what was found in it."""

    contract: Contract
    kind: Mutation
    name: str
    good: bytes
    bad: bytes
    seen: Inspection
    expected: set[Said]


_CASES = [(feed, kind) for feed in FEEDS for kind in mutations(contract_of(feed))]


@pytest.fixture(scope="module", params=_CASES, ids="-".join)
def broken(request: pytest.FixtureRequest) -> Broken:
    feed, kind = request.param
    contract, (name, good) = contract_of(feed), sample(feed)
    bad = battery.broken_copy(contract, kind)
    return Broken(contract, kind, name, good, bad, judged(contract, bad), mistakes.expected(contract, kind, good, bad))


def test_a_mistake_is_told_with_its_line_and_nothing_else_is(broken: Broken) -> None:
    assert broken.bad != broken.good
    assert said(broken.seen) == broken.expected


def test_all_but_the_mistake_loads(broken: Broken) -> None:
    seen, kind = broken.seen, broken.kind
    effects = {one.effect for one in broken.expected}
    if Effect.REFUSE in effects:
        assert (seen.verdict, seen.counts.accepted) == (Verdict.REFUSED, 0)
        assert seen.reason
        return
    received = battery.records_in(broken.contract, broken.bad)
    lost = 1 if Effect.SET_ASIDE in effects else 0
    if kind is Mutation.UNCLOSED_QUOTE:
        lost = received - max(one.line or 0 for one in broken.expected) + 1 + int(broken.contract.layout.header)
    assert (seen.counts.received, seen.counts.set_aside) == (received, lost)
    assert seen.counts.accepted == received - lost == len(battery.loaded_lines(broken.contract, broken.bad, seen))
    if kind is Mutation.HEADER_ONLY:
        assert (seen.verdict, seen.counts.received) == (Verdict.HELD, 0)
        assert "aucune ligne" in seen.reason
    elif not effects:
        assert seen.verdict is Verdict.ACCEPTED
        assert _without_lines(broken.contract, broken.bad) == _without_lines(broken.contract, broken.good)


def _without_lines(contract: Contract, data: bytes) -> list[tuple[str, dict[str, object]]]:
    """Every row as it would be staged, but for the line it stands on."""
    return [(name, {column: value for column, value in row.items() if column != "_line"}) for name, row in staged(contract, data)]


def test_no_document_about_a_mistake_holds_a_personal_value(broken: Broken, tmp_path: Path) -> None:
    values = set(battery.secrets_of(broken.contract.id))
    assert len(values) >= battery.hidden_columns(broken.contract)
    wrong = spoilt_value(broken.contract, broken.good, broken.kind)
    if wrong is not None and not wrong[0].classification.may_be_shown and wrong[0].codes is None:
        values.add(wrong[1][:40])
    text = battery.everything_told(broken.seen, broken.name, broken.bad, tmp_path)
    assert battery.leaks({*values, UNKNOWN_VALUE}, text) == []


def _columns_named(contract: Contract, table: str | None, source: str | None) -> list[Column]:
    """The column a rule is about; of a rule between columns the first, whose value is the one that may be shown."""
    named = {source, (source or "").partition(" et ")[0]}
    return [column for one in contract.tables if one.name == table for column in one.columns if column.source in named]


def test_no_document_about_many_mistakes_holds_a_personal_value(contract: Contract, tmp_path: Path) -> None:
    made = write_sample(contract, tmp_path / "made", request=SampleRequest(rows=80, seed=9, as_of=battery.AS_OF, defects=1))
    data = made.path.read_bytes()
    seen = judged(contract, data)
    assert seen.total > 40
    rules = list(seen.rules().values())
    for batch in seen.columns():
        for number, value in zip(batch.column("rule_no").to_pylist(), batch.column("value").to_pylist(), strict=True):
            column = next(iter(_columns_named(contract, rules[number].table, rules[number].column)), None)
            assert value is None or (column is not None and column.classification.may_be_shown), rules[number].id
    text = battery.everything_told(seen, made.path.name, data, tmp_path)
    assert battery.leaks(battery.personal_values(contract, data), text) == []
