from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import participations
from participations import PARTICIPATIONS
from passerelle.errors import DeliveryError
from passerelle.indicators import bulk
from passerelle.indicators.intake import Intake, reading_remarks
from passerelle.indicators.operations import read_operations
from passerelle.indicators.participation import Sex
from passerelle.indicators.rows import Names
from passerelle.indicators.table import OPERATIONS


def said(intake: Intake) -> list[tuple[str, int | None]]:
    rows = intake.participations
    return [(one.rule, one.line) for one in reading_remarks(intake, rows, ~np.zeros(len(rows), dtype=np.bool_))]


def people(intake: Intake) -> list[str]:
    rows = intake.participations
    held = sorted(np.flatnonzero(~rows.broken), key=lambda row: rows.lines[row])
    return [intake.participant_names.of(rows["participant_id"][row]) or "" for row in held]


def test_an_altered_heading_refuses_the_whole_file_and_says_the_nearest_word(tmp_path: Path) -> None:
    """Case I01."""
    path = participations.write(tmp_path / "p.csv", [{}], [*PARTICIPATIONS, "isced_levl"])

    with pytest.raises(DeliveryError, match="« isced_levl » \\(vouliez-vous dire « isced_level » \\?\\)") as refused:
        participations.intake(path)
    assert (refused.value.rule, refused.value.line) == ("V41", 1)


@pytest.mark.parametrize("column", ["participant_id", "sex", "isced_level", "recorded_on", "unemployment_months"])
def test_a_needed_column_that_is_absent_refuses_the_whole_file(column: str, tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{}], [name for name in PARTICIPATIONS if name != column])

    with pytest.raises(DeliveryError, match=column):
        participations.intake(path)


def test_a_column_that_no_indicator_of_this_release_needs_may_be_absent_and_it_is_said(tmp_path: Path) -> None:
    intake = participations.intake(participations.write(tmp_path / "p.csv", [{}], [name for name in PARTICIPATIONS if name != "rural"]))

    assert len(intake.participations) == 1
    assert [(remark.rule, remark.message) for remark in intake.remarks] == [
        ("esf.file.columns", "Colonnes absentes de p.csv, tenues pour vides : rural.")
    ]


def test_columns_may_come_in_any_order(tmp_path: Path) -> None:
    intake = participations.intake(participations.write(tmp_path / "p.csv", [{"sex": "N"}], reversed(PARTICIPATIONS)))

    assert intake.participations["sex"].tolist() == [list(Sex).index(Sex.NON_BINARY)]


def test_a_repeated_heading_refuses_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(";".join([*PARTICIPATIONS, "sex"]), encoding="utf-8")

    with pytest.raises(DeliveryError, match="en double : sex"):
        participations.intake(path)


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{}, {"operation_id": "SANTÉ"}])
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))

    with pytest.raises(DeliveryError, match="UTF-8") as refused:
        participations.intake(path)
    assert refused.value.line == 3


def test_a_byte_order_mark_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    """Case I05: reading goes on after a blank line, nothing below it is lost in silence."""
    path = participations.write(tmp_path / "p.csv", [{}, {}])
    path.write_text("\ufeff" + path.read_text(encoding="utf-8").replace("\n", "\n\n") + "\n", encoding="utf-8")

    intake = participations.intake(path)

    assert people(intake) == ["K1", "K2"]
    assert intake.participations.lines.tolist() == [3, 5]
    assert not intake.participations.broken.any()


def test_an_unclosed_quote_rejects_its_own_line_only(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{"participant_id": "A"}, {"participant_id": "B"}, {"participant_id": "C"}])
    path.write_text(path.read_text(encoding="utf-8").replace(";B;", ';"B;'), encoding="utf-8")

    intake = participations.intake(path)

    assert people(intake) == ["A", "C"]
    assert said(intake) == [("V41", 3)]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_quoted_values_are_read_and_keep_their_line_whatever_ends_it(end: str, tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{"participant_id": name} for name in "ABCD"])
    text = path.read_text(encoding="utf-8").replace(";B;", ';"B";').replace(";C;", ';"C;"";";')
    path.write_text(text.replace("\n", end), encoding="utf-8", newline="")

    intake = participations.intake(path)

    assert people(intake) == ["A", "B", 'C;";', "D"]
    assert sorted(intake.participations.lines.tolist()) == [2, 3, 4, 5]


def test_a_stray_carriage_return_or_a_nul_rejects_its_own_line_only(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{"participant_id": name} for name in "ABCD"])
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b";B;", b";B\rX;").replace(b";C;", b";C\0;"))

    intake = participations.intake(path)

    assert people(intake) == ["A", "D"]
    assert sorted(said(intake)) == [("V41", 3), ("V41", 4)]


def test_a_file_of_several_blocks_has_the_lines_of_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{"participant_id": f"A{n}", "sex": "X" if n == 40 else "F"} for n in range(60)])
    monkeypatch.setattr(bulk, "_BLOCK", 500)

    intake = participations.intake(path)

    assert len(people(intake)) == 59
    assert said(intake) == [("V42", 42)]


def test_a_line_with_too_few_values_is_rejected_and_not_padded(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{}])
    path.write_text(path.read_text(encoding="utf-8") + "P9;OP1;K9;submitted\n", encoding="utf-8")

    intake = participations.intake(path)

    assert said(intake) == [("V41", 3)]


def test_a_remark_gives_line_and_expectation_and_never_the_value(tmp_path: Path) -> None:
    intake = participations.intake(participations.write(tmp_path / "p.csv", [{"birth_date": "MARTIN", "sex": "Madame Martin"}]))

    rows = intake.participations
    remarks = reading_remarks(intake, rows, rows.broken)
    assert {(remark.rule, remark.line) for remark in remarks} == {("V12", 2), ("V42", 2)}
    assert "martin" not in str(remarks).lower()
    assert "martin" not in str(rows.faults).lower()


def test_a_file_without_rows_is_said(tmp_path: Path) -> None:
    intake = participations.intake(participations.write(tmp_path / "p.csv", []))

    assert [remark.rule for remark in intake.remarks] == ["esf.file.empty"]


def test_a_key_that_looks_like_a_social_security_number_is_not_even_repeated(tmp_path: Path) -> None:
    report = participations.report(tmp_path / "p.csv", [{"participant_id": "180067512345678"}])

    assert "180067512345678" not in str(report.as_json())
    assert [(one.rule, one.participant) for one in report.remarks] == [("V40", None)]


@pytest.mark.parametrize(
    ("line", "rule", "said"),
    [
        ("OP1;z;1;transition;;;I;;;", "V40", "specific_objective"),
        ("OP1;h;1;transition;;;I;EECO09+EECO10;;", "V40", "target_indicators"),
        ("OP1;h;1;transition;2024-02-30;;I;;;", "V40", "start"),
        (";h;1;transition;;;I;;;", "V40", "operation_id manque"),
        ("OP1;h", "V40", "nombre de valeurs"),
        ("OP1;h;1;;;;I;;;", "V54", "catégorie de région"),
        ("OP1;h;1;transition;;;I;;;\nOP1;h;1;less_developed;;;I;;;", "V54", "deux fois"),
    ],
)
def test_what_is_wrong_in_the_file_of_operations_is_said(line: str, rule: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(f"{';'.join(OPERATIONS)}\n{line}\n", encoding="utf-8")

    _, remarks = read_operations(path)

    assert [remark.rule for remark in remarks] == [rule]
    assert said in remarks[0].message


@pytest.mark.parametrize("tables", [["ab", "bc", "d"], ["a", "bcd", "dae"], ["", "a", ""], ["abcd", "ca", "xd"]])
def test_one_name_has_one_number_whatever_the_order_and_the_size_of_the_tables(tables: list[str]) -> None:
    names, numbers = Names(), dict[str, int]()
    for table in tables:
        for letter, number in zip(table, names.add(pa.array(list(table), pa.string())).tolist(), strict=True):
            assert numbers.setdefault(letter, number) == number
    assert sorted(numbers.values()) == list(range(len(names)))
    assert all(names.of(number) == letter for letter, number in numbers.items())
