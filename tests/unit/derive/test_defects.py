"""Mistakes put in on purpose, and the log that says where they are."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from invented_contracts import CSV, XML
from passerelle.contract.model import Column
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.defects import Defect, DefectKind
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.population.nir import nir_key

AS_OF = date(2026, 3, 2)


def _request(defects: float) -> SampleRequest:
    return SampleRequest(rows=400, seed=3, as_of=AS_OF, defects=defects)


@pytest.fixture(scope="module")
def clean_and_spoilt(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[list[str]], list[list[str]], tuple[Defect, ...]]:
    clean = write_sample(CSV, tmp_path_factory.mktemp("clean"), request=_request(0))
    spoilt = write_sample(CSV, tmp_path_factory.mktemp("spoilt"), request=_request(0.5))
    return _rows(clean.path), _rows(spoilt.path), spoilt.defects


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_without_defects_nothing_is_logged(tmp_path: Path) -> None:
    assert write_sample(CSV, tmp_path, request=_request(0)).defects == ()


def test_the_rate_is_about_what_was_asked_for(clean_and_spoilt: tuple[list[list[str]], list[list[str]], tuple[Defect, ...]]) -> None:
    assert 160 < len(clean_and_spoilt[2]) < 240


def test_the_log_names_every_change_and_nothing_else(
    clean_and_spoilt: tuple[list[list[str]], list[list[str]], tuple[Defect, ...]],
) -> None:
    clean, spoilt, defects = clean_and_spoilt
    header = clean[0]
    changed = {
        (line, header[at])
        for line, (before, after) in enumerate(zip(clean, spoilt, strict=True), start=1)
        for at, (one, other) in enumerate(zip(before, after, strict=True))
        if one != other
    }
    assert changed == {(defect.line, defect.column) for defect in defects}
    assert all(defect.record == defect.line - 1 for defect in defects)


def test_every_kind_of_defect_breaks_what_it_says(clean_and_spoilt: tuple[list[list[str]], list[list[str]], tuple[Defect, ...]]) -> None:
    clean, spoilt, defects = clean_and_spoilt
    columns = {column.source: column for column in CSV.record_table.columns}
    assert {defect.kind for defect in defects} == set(DefectKind)
    for defect in defects:
        at = clean[0].index(defect.column)
        before, after = clean[defect.line - 1][at], spoilt[defect.line - 1][at]
        assert _is_broken(defect.kind, columns[defect.column], before, after), defect


def _is_broken(kind: DefectKind, column: Column, before: str, after: str) -> bool:
    match kind:
        case DefectKind.IMPOSSIBLE_DATE:
            return column.type == "date" and after == "31/02/1980"
        case DefectKind.UNKNOWN_CODE:
            return column.codes is not None and after not in column.codes.codes and after != ""
        case DefectKind.EMPTY_REQUIRED:
            return column.required and after == ""
        case DefectKind.WRONG_NIR_KEY:
            return len(after) == 15 and after[13:] != nir_key(after[:13]) and 1 <= int(after[13:]) <= 97
        case DefectKind.TOO_LONG:
            return column.max_length is not None and len(after) > column.max_length
        case DefectKind.SPACES:
            return after != before and after.strip() == before


def test_a_dossier_with_a_defect_is_still_well_formed_and_named_by_its_line(tmp_path: Path) -> None:
    made = write_sample(XML, tmp_path, request=_request(0.4))
    root = ElementTree.fromstring(made.path.read_bytes())
    assert len(root.findall("Foyer")) == 400
    lines = made.path.read_text("cp1252").splitlines()
    assert len(made.defects) > 100
    starts = [number for number, line in enumerate(lines, start=1) if line.strip() == "<Foyer>"]
    assert all(starts[defect.record - 1] == defect.line for defect in made.defects)


def test_fields_by_which_rows_are_found_are_left_alone(tmp_path: Path) -> None:
    made = write_sample(XML, tmp_path, request=_request(1.0))
    assert not {(defect.table, defect.column) for defect in made.defects} & {("benefit", "NATPREST"), ("address", "Rang/RGADR")}


def test_a_required_value_taken_out_leaves_no_element(tmp_path: Path) -> None:
    made = write_sample(XML, tmp_path, request=_request(0.5))
    counts = {
        "Ident/FONORG": 400,
        "Ident/NUMDEMRSA": 400,
        "Droit/Etat/ETAT": 400,
    }
    root = ElementTree.fromstring(made.path.read_bytes())
    gone = [defect.column for defect in made.defects if defect.kind is DefectKind.EMPTY_REQUIRED and defect.table == "household"]
    assert set(gone) & set(counts)
    for path, count in counts.items():
        assert len(root.findall(f"Foyer/{path}")) == count - gone.count(path)
