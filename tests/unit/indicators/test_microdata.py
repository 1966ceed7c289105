from pathlib import Path
from typing import Any

import pytest

import participations
from passerelle.errors import ConfigurationError
from passerelle.indicators.compare import compare
from passerelle.indicators.compute import compute
from passerelle.indicators.intake import read_files
from passerelle.indicators.microdata import write_microdata

# A case with something of everything: versions, an unusable correction, a row of another shape, quotes, a draft, a return.
CASE: dict[str, Any] = {
    "rows": [
        {"participation_id": "P", "participant_id": "A", "exit_date": "2024-06-15"},
        {"participation_id": "P", "participant_id": "A", "isced_level": "9", "recorded_on": "2025-01-01"},
        {"participant_id": 'B;"quoted"', "exit_date": "2024-06-15"},
        {"participant_id": "C", "exit_date": "2024-06-15", "labour_at_entry": "employed", "unemployment_months": ""},
        {"participant_id": "C", "entry_date": "2024-08-01", "exit_date": "2024-09-15"},
        {"status": "draft"},
        {"participation_id": "", "participant_id": "D"},
        {"sex": "X"},
        {"times": 5, "exit_date": "2024-06-15", "operation_id": "OP2"},
    ],
    "events": [
        {"participant_id": 'B;"quoted"', "event": "employed", "event_date": "2024-06-20"},
        {"participant_id": "C", "event": "job", "event_date": "2024-06-20"},
        {"participant_id": "K9", "operation_id": "OP2", "event": "qualification", "event_date": "2024-06-20", "withdrawn": "yes"},
    ],
    "six_months": [{"participant_id": "C", "situation": "employed", "improvement": "stability+hours", "observed_on": "2025-03-10"}],
    "operations": [{"start": "2024-01-01", "target_indicators": "EECO12+EECO02"}, {"operation_id": "OP2", "entities_sme": 2}],
    "estimates": [{"operation_id": "OP2", "indicator": "EECO16", "value": 2}],
}


def test_the_figures_are_recomputed_from_the_microdata_alone(tmp_path: Path) -> None:
    first = participations.report_of(tmp_path, CASE)
    written = write_microdata(first.computed.intake, tmp_path / "arrete")

    again = compute(read_files(written), participations.CUTOFF, participations.OWN)

    left, right = first.as_json(), again.as_json()
    found = compare(left, right)
    assert (found.differences, found.findings) == ((), ())
    for part in ("operations", "excluded", "quality", "combined", "half_years", "groups", "received"):
        assert left[part] == right[part], part
    assert left["received"]["participations"] == 12
    assert left["excluded"]["OP1"]["rejected"] == 3


def test_writing_what_was_read_from_microdata_gives_the_same_bytes(tmp_path: Path) -> None:
    once = write_microdata(participations.report_of(tmp_path, CASE).computed.intake, tmp_path / "a")
    twice = write_microdata(read_files(once), tmp_path / "b")

    for name in ("participations", "events", "six_months", "operations", "estimates"):
        assert sorted(getattr(once, name).read_bytes().splitlines()) == sorted(getattr(twice, name).read_bytes().splitlines())


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="ne peuvent pas être écrites"):
        write_microdata(participations.report_of(tmp_path, {"rows": [{}]}).computed.intake, tmp_path / "file" / "folder")
