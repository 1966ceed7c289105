"""Broken copies of good files: one mistake each, and the rest untouched."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

import text_contracts
from checking import contract_of, told
from invented_contracts import CSV, XML, codes, column
from passerelle.checks.inspector import inspect
from passerelle.contract.model import Contract, RowRule, Sample, Table
from passerelle.derive.mutate import Mutation, mutate, mutations
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.errors import ConfigurationError

_COLUMNS = (
    column("n", required=True, example="1"),
    column("phone", sample=Sample(fill=0.8, pick=("1",))),
    column("mail", sample=Sample(fill=0.8, pick=("2",))),
    column("state", codes=codes("STATE", "OPEN", "SHUT"), required=True, sample=Sample(weights={"OPEN": 1, "SHUT": 1})),
    column("ended", example="X", sample=Sample(fill=0.6, pick=("X",))),
)
_CONTACT = RowRule(id="contact", kind="at_least_one", columns=("phone", "mail"), message="Faux.")
_ENDED = RowRule(id="ended", kind="empty_unless", columns=("ended", "state"), values=("SHUT",), message="Faux.", effect="warn")


def _ruled(*rules: RowRule) -> Contract:
    return contract_of(Table(name="t", key=("n",), columns=_COLUMNS, rules=rules), name_template="RULED.csv", name_pattern=r"RULED\.csv")


RULED = _ruled(_CONTACT, _ENDED)
REQUEST = SampleRequest(rows=10, seed=1, as_of=date(2026, 3, 2))


@pytest.fixture
def good_csv(tmp_path: Path) -> Path:
    return write_sample(CSV, tmp_path / "good", request=REQUEST).path


@pytest.fixture
def good_xml(tmp_path: Path) -> Path:
    return write_sample(XML, tmp_path / "good", request=REQUEST).path


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_every_kind_changes_the_file_and_keeps_its_name(good_csv: Path, good_xml: Path, tmp_path: Path) -> None:
    for contract, path in ((CSV, good_csv), (XML, good_xml)):
        for kind in mutations(contract):
            copy = mutate(contract, path, kind, tmp_path / kind)
            assert copy.name == path.name
            assert copy.read_bytes() != path.read_bytes(), kind


def test_all_kinds_are_for_one_format_or_the_other() -> None:
    others = [text_contracts.variant(CSV, format=name, encoding="utf-8") for name in ("jsonlines", "xlsx")]
    contracts = [CSV, XML, *text_contracts.ALL.values(), *others, RULED]
    assert {kind for contract in contracts for kind in mutations(contract)} == set(Mutation)


@pytest.mark.parametrize("kind", ["missing_footer", "no_such_thing"])
def test_a_kind_the_format_does_not_know_is_refused_with_those_it_knows(good_csv: Path, tmp_path: Path, kind: str) -> None:
    with pytest.raises(ConfigurationError, match="unclosed_quote"):
        mutate(CSV, good_csv, kind, tmp_path / "broken")


def test_the_good_file_is_never_replaced(good_csv: Path) -> None:
    with pytest.raises(ConfigurationError, match="another folder"):
        mutate(CSV, good_csv, "empty", good_csv.parent)


def test_an_empty_file_has_no_byte(good_csv: Path, tmp_path: Path) -> None:
    assert mutate(CSV, good_csv, "empty", tmp_path / "b").stat().st_size == 0


def test_a_truncated_xml_file_is_no_longer_well_formed(good_xml: Path, tmp_path: Path) -> None:
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(mutate(XML, good_xml, "truncated", tmp_path / "b").read_bytes())


def test_a_nul_byte_stands_once_in_the_middle(good_csv: Path, tmp_path: Path) -> None:
    assert mutate(CSV, good_csv, "nul_byte", tmp_path / "b").read_bytes().count(b"\0") == 1


def test_a_wrong_encoding_cannot_be_read_as_the_contract_says(good_csv: Path, good_xml: Path, tmp_path: Path) -> None:
    with pytest.raises(UnicodeDecodeError):
        mutate(CSV, good_csv, "wrong_encoding", tmp_path / "b").read_text("cp1252")
    in_utf8 = CSV.model_copy(update={"layout": CSV.layout.model_copy(update={"encoding": "utf-8"})})
    path = write_sample(in_utf8, tmp_path / "utf8", request=REQUEST).path
    with pytest.raises(UnicodeDecodeError):
        mutate(in_utf8, path, "wrong_encoding", tmp_path / "c").read_text("utf-8")
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(mutate(XML, good_xml, "wrong_encoding", tmp_path / "d").read_bytes())


def test_one_birth_date_becomes_impossible(good_csv: Path, good_xml: Path, tmp_path: Path) -> None:
    rows = _rows(mutate(CSV, good_csv, "impossible_date", tmp_path / "b"))
    at = rows[0].index("born_on")
    assert [row[at] for row in rows].count("31/02/1980") == 1
    text = mutate(XML, good_xml, "impossible_date", tmp_path / "c").read_text("cp1252")
    assert text.count("<DTNAI>1980-02-31</DTNAI>") == 1


def test_one_code_becomes_unknown(good_csv: Path, tmp_path: Path) -> None:
    rows = _rows(mutate(CSV, good_csv, "unknown_code", tmp_path / "b"))
    at = rows[0].index("sex")
    assert sum(row[at] not in ("H", "F") for row in rows[1:]) == 1


def test_columns_come_and_go(good_csv: Path, tmp_path: Path) -> None:
    header = _rows(good_csv)[0]
    assert _rows(mutate(CSV, good_csv, "unknown_column", tmp_path / "b"))[0] == [*header, "INCONNUE"]
    assert _rows(mutate(CSV, good_csv, "missing_column", tmp_path / "c"))[0] == header[1:]


def test_a_repeated_line_has_the_key_of_the_first(good_csv: Path, tmp_path: Path) -> None:
    rows = _rows(mutate(CSV, good_csv, "duplicate_key", tmp_path / "b"))
    assert len(rows) == 12
    assert rows[-1] == rows[1]


def test_a_repeated_dossier_is_counted_by_the_footer(good_xml: Path, tmp_path: Path) -> None:
    root = ElementTree.fromstring(mutate(XML, good_xml, "duplicate_key", tmp_path / "b").read_bytes())
    numbers = [element.text for element in root.findall("Foyer/Ident/NUMDEMRSA")]
    assert len(numbers) == 11
    assert numbers[0] == numbers[-1]
    assert root.findtext("Pied/TOTAL") == "11"


def test_the_footer_can_be_missing_and_an_element_unknown(good_xml: Path, tmp_path: Path) -> None:
    assert ElementTree.fromstring(mutate(XML, good_xml, "missing_footer", tmp_path / "b").read_bytes()).find("Pied") is None
    assert len(ElementTree.fromstring(mutate(XML, good_xml, "unknown_element", tmp_path / "c").read_bytes()).findall("Foyer/INCONNUE")) == 1


def test_an_unclosed_quote_swallows_lines(good_csv: Path, tmp_path: Path) -> None:
    assert len(_rows(mutate(CSV, good_csv, "unclosed_quote", tmp_path / "b"))) < 11


def test_a_file_without_lines_cannot_be_spoilt(tmp_path: Path) -> None:
    path = write_sample(CSV, tmp_path / "none", request=SampleRequest(rows=0, seed=1, as_of=date(2026, 3, 2))).path
    with pytest.raises(ConfigurationError, match="no line"):
        mutate(CSV, path, "duplicate_key", tmp_path / "b")


@pytest.mark.parametrize(("kind", "rule"), [(Mutation.AT_LEAST_ONE, "t.contact"), (Mutation.EMPTY_UNLESS, "t.ended")])
@pytest.mark.parametrize("form", ["delimited", "jsonlines", "xlsx"])
def test_a_row_breaks_the_one_rule_between_its_columns(kind: Mutation, rule: str, form: str, tmp_path: Path) -> None:
    contract = text_contracts.variant(RULED, format=form)
    good = write_sample(contract, tmp_path / "good", request=REQUEST).path
    bad = mutate(contract, good, kind, tmp_path / "bad")
    assert told(inspect(contract, io.BytesIO(good.read_bytes()))) == []
    assert [finding.rule for finding in told(inspect(contract, io.BytesIO(bad.read_bytes())))] == [rule]


def test_a_rule_that_cannot_be_broken_alone_is_left_alone() -> None:
    closer = RowRule(id="closer", kind="required_if", columns=("phone", "ended"), message="Faux.")
    asked = RowRule(id="asked", kind="required_if", columns=("ended", "state"), values=("SHUT",), message="Faux.")
    assert {Mutation.AT_LEAST_ONE, Mutation.EMPTY_UNLESS} & {*mutations(_ruled(_CONTACT, _ENDED, closer))} == set()
    assert Mutation.EMPTY_UNLESS in mutations(_ruled(_ENDED, asked))
