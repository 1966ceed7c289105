from pathlib import Path

import pytest

import participations
from passerelle.errors import ConfigurationError, DeliveryError
from passerelle.indicators import extract as extracts
from passerelle.indicators.source import intake_of


def test_a_folder_gets_a_workbook_named_after_operation_and_cutoff(tmp_path: Path) -> None:
    report = participations.report(tmp_path / "p.csv", [{}])

    path = extracts.write(report, "2023/AG 01", tmp_path / "new" / "folder")

    assert path == tmp_path / "new" / "folder" / "fse_indicateurs_2023_AG_01_2025-12-31.xlsx"
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_path_that_ends_in_xlsx_is_the_workbook_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mine.XLSX"
    path.write_text("old")

    assert extracts.write(participations.report(tmp_path / "p.csv", [{}]), None, path) == path
    assert path.read_bytes().startswith(b"PK")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="ne peut pas être écrit"):
        extracts.write(participations.report(tmp_path / "p.csv", [{}]), None, tmp_path / "file" / "folder")


def test_an_operation_of_which_nothing_is_known_gives_no_empty_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Case H12."""
    monkeypatch.setattr(extracts, "read_warehouse", lambda *_: intake_of([]))

    with pytest.raises(DeliveryError, match="Aucune participation pour l’opération « OP7 »"):
        extracts.report_of(None, "OP7", participations.CUTOFF, participations.OWN)  # type: ignore[arg-type]
