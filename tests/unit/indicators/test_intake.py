from pathlib import Path

import pytest

import participations
from passerelle.errors import DeliveryError
from passerelle.indicators.intake import PARTICIPATIONS, read_operations, read_participations
from passerelle.indicators.table import OPERATIONS


def test_an_altered_heading_refuses_the_whole_file_and_says_the_nearest_word(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{}], [*PARTICIPATIONS, "isced_levl"])

    with pytest.raises(DeliveryError, match="« isced_levl » \\(vouliez-vous dire « isced_level » \\?\\)") as refused:
        read_participations(path)
    assert (refused.value.rule, refused.value.line) == ("esf.file.header", 1)


@pytest.mark.parametrize("column", ["participant_id", "sex", "isced_level", "recorded_on", "unemployment_months"])
def test_a_needed_column_that_is_absent_refuses_the_whole_file(column: str, tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{}], [name for name in PARTICIPATIONS if name != column])

    with pytest.raises(DeliveryError, match=column):
        read_participations(path)


def test_a_column_that_no_indicator_of_this_release_needs_may_be_absent_and_it_is_said(tmp_path: Path) -> None:
    intake = read_participations(participations.write(tmp_path / "p.csv", [{}], [name for name in PARTICIPATIONS if name != "rural"]))

    assert len(intake.participations) == 1
    assert [(remark.rule, remark.message) for remark in intake.remarks] == [
        ("esf.file.columns", "Colonnes absentes, tenues pour vides : rural.")
    ]


def test_columns_may_come_in_any_order(tmp_path: Path) -> None:
    intake = read_participations(participations.write(tmp_path / "p.csv", [{"sex": "N"}], reversed(PARTICIPATIONS)))

    assert intake.participations[0].sex == "N"


def test_a_repeated_heading_refuses_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text(";".join([*PARTICIPATIONS, "sex"]), encoding="utf-8")

    with pytest.raises(DeliveryError, match="en double : sex"):
        read_participations(path)


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{}, {"operation_id": "SANTÉ"}])
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))

    with pytest.raises(DeliveryError, match="UTF-8") as refused:
        read_participations(path)
    assert refused.value.line == 3


def test_a_byte_order_mark_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{}, {}])
    path.write_text("\ufeff" + path.read_text(encoding="utf-8").replace("\n", "\n\n") + "\n", encoding="utf-8")

    intake = read_participations(path)

    assert len(intake.participations) == 2
    assert not intake.rejected


def test_an_unclosed_quote_rejects_its_own_line_only(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{"participant_id": "A"}, {"participant_id": "B"}, {"participant_id": "C"}])
    path.write_text(path.read_text(encoding="utf-8").replace(";B;", ';"B;'), encoding="utf-8")

    intake = read_participations(path)

    assert [one.participant_id for one in intake.participations] == ["A", "C"]
    assert [(remark.rule, remark.line) for remark in intake.remarks] == [("esf.row.shape", 3)]


def test_a_line_with_too_few_values_is_rejected_and_not_padded(tmp_path: Path) -> None:
    path = participations.write(tmp_path / "p.csv", [{}])
    path.write_text(path.read_text(encoding="utf-8") + "P9;OP1;K9;submitted\n", encoding="utf-8")

    intake = read_participations(path)

    assert [row.origin.line for row in intake.rejected] == [3]


def test_a_remark_gives_line_and_expectation_and_never_the_value(tmp_path: Path) -> None:
    intake = read_participations(participations.write(tmp_path / "p.csv", [{"birth_date": "MARTIN", "sex": "Madame Martin"}]))

    assert {(remark.rule, remark.line) for remark in intake.remarks} == {("esf.birth_date.value", 2), ("esf.sex.value", 2)}
    assert "martin" not in str(intake).lower()


def test_a_file_without_rows_is_said(tmp_path: Path) -> None:
    intake = read_participations(participations.write(tmp_path / "p.csv", []))

    assert [remark.rule for remark in intake.remarks] == ["esf.file.empty"]


@pytest.mark.parametrize(("objective", "annex"), [("l", "I"), ("h", "II")])
def test_an_operation_for_the_most_deprived_is_said_not_to_follow_its_own_rules_yet(objective: str, annex: str, tmp_path: Path) -> None:
    """Cases B06 and B08: a later release applies the rules of objective (l) and of Annex II."""
    path = tmp_path / "o.csv"
    path.write_text(f"{';'.join(OPERATIONS)}\nOP1;{objective};1;transition;;;{annex};;;\nOP2;h;1;transition;;;I;;;\n", encoding="utf-8")

    operations, remarks = read_operations(path)

    assert operations == ("OP1", "OP2")
    assert [(remark.rule, remark.operation) for remark in remarks] == [("esf.operation.objective", "OP1")]
