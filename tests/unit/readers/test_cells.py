"""One cell and one column: what the reader takes, and what it calls damage."""

from __future__ import annotations

import pytest

from invented_contracts import codes, column
from passerelle.contract.model import Column
from passerelle.readers.cells import CellReader, Kind
from passerelle.readers.rows import Damage

YEAR_FIRST = column("day", type="date", format="yyyyMMdd")
DAY_FIRST = column("day", type="date", format="ddMMyyyy")
MOMENT = column("moment", type="timestamp", format="yyyy-MM-dd'T'HH:mm:ss")
TIME = column("time", type="time")
MATRICULE = column("matricule", min_length=7)
ANSWER = column("answer", type="boolean", codes=codes("ANSWER", OUI="true", NON="false"))
CODED = column("answer", codes=codes("ANSWER", "VRAI", "FAUX"))
TWICE = column("role", codes=codes("ROLE", "1", "01"))


@pytest.mark.parametrize(
    ("one", "kind", "raw", "expected"),
    [
        (YEAR_FIRST, "number", "19800302", ("19800302", Damage.NONE)),
        (YEAR_FIRST, "number", "29282", ("29282", Damage.DATE)),
        (YEAR_FIRST, "dated", "29282", ("19800302", Damage.NONE)),
        (DAY_FIRST, "number", "12031980", ("12031980", Damage.NONE)),
        (DAY_FIRST, "number", "2031980", ("2031980", Damage.ZERO)),
        (DAY_FIRST, "number", "29282", ("29282", Damage.DATE)),
        (MOMENT, "dated", "29282.5", ("1980-03-02T12:00:00", Damage.NONE)),
        (MOMENT, "dated", "29282", ("1980-03-02T00:00:00", Damage.NONE)),
        (MOMENT, "dated", "29282.9999999", ("1980-03-03T00:00:00", Damage.NONE)),
        (MOMENT, "number", "29282.5", ("29282.5", Damage.DATE)),
        (TIME, "dated", "0.5", ("12:00:00", Damage.NONE)),
        (TIME, "number", "0.5", ("0.5", Damage.DATE)),
        (TIME, "text", "12:00:00", ("12:00:00", Damage.NONE)),
        (MATRICULE, "number", "2055990", ("2055990", Damage.NONE)),
        (MATRICULE, "number", "55990", ("55990", Damage.ZERO)),
        (ANSWER, "truth", "1", ("OUI", Damage.NONE)),
        (ANSWER, "truth", "0", ("NON", Damage.NONE)),
        (CODED, "truth", "1", ("VRAI", Damage.NONE)),
        (CODED, "truth", "false", ("FAUX", Damage.NONE)),
        (TWICE, "number", "1", ("1", Damage.ZERO)),
        (TWICE, "text", "1", ("1", Damage.NONE)),
        (MOMENT, "moment", "demain", ("demain", Damage.NONE)),
    ],
)
def test_a_cell_is_read_for_its_column(one: Column, kind: Kind, raw: str, expected: tuple[str, Damage]) -> None:
    assert CellReader(one, ".", is_1904=False).read(kind, raw) == expected
