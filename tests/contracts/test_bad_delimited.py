"""What goes wrong in delimited files, for every contract that describes one: each line is received, judged and accounted for."""

from __future__ import annotations

import csv
import io
from itertools import cycle
from pathlib import Path

import pytest

import battery
from battery import DELIMITED, Said, contract_of, judged, loaded_lines, physical_lines, said, sample
from passerelle.contract.model import Contract
from passerelle.derive.synthetic.scene import DateText
from passerelle.derive.synthetic.spoilable import date_column
from passerelle.findings import Effect, Verdict

COUNT = 12
ASIDE, REFUSED, WARNED = Effect.SET_ASIDE, Effect.REFUSE, Effect.WARN


@pytest.fixture(params=DELIMITED)
def contract(request: pytest.FixtureRequest) -> Contract:
    # Half of the file may be set aside here without a person's decision.
    return contract_of(request.param).model_copy(update={"hold_above": 1.0})


class Grid:
    """A good file as rows of cells, to be spoilt and written again."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        layout = contract.layout
        text = sample(contract.id, COUNT)[1].decode(layout.encoding)
        self.rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, quotechar=layout.quote))

    def lines(self) -> list[bytes]:
        """The physical lines, without their ends."""
        out = io.StringIO(newline="")
        layout = self.contract.layout
        csv.writer(out, delimiter=layout.delimiter, quotechar=layout.quote, lineterminator="\r\n").writerows(self.rows)
        return out.getvalue().encode(layout.encoding).split(b"\r\n")[:-1]

    def text(self) -> bytes:
        return b"\r\n".join(self.lines()) + b"\r\n"

    def free_column(self) -> int:
        """A column of free text that no rule minds, by its place."""
        columns = self.contract.record_table.columns
        free = [
            column
            for column in columns
            if column.type == "string"
            and not (column.codes or column.pattern or column.nir or column.name in self.contract.record_table.key)
        ]
        return self.rows[0].index(max(free, key=lambda column: column.max_length or 999).source)

    def break_date(self, line: int) -> Said:
        """31 February on a physical line; what must be found."""
        column = date_column(self.contract)
        self.rows[line - 1][self.rows[0].index(column.source)] = DateText(column.format).impossible()
        return Said("date", line, column.on_failure)


@pytest.fixture
def grid(contract: Contract) -> Grid:
    return Grid(contract)


# Quotes


def quoted(contract: Contract, line: bytes, place: int) -> bytes:
    """The line with an open quote before the value of this column."""
    delimiter = contract.layout.delimiter.encode()
    cells = line.split(delimiter)
    cells[place] = contract.layout.quote.encode() + cells[place]
    return delimiter.join(cells)


@pytest.mark.parametrize("end", [b"\r\n", b""], ids=["ended", "without a last line end"])
@pytest.mark.parametrize("place", [0, 1, -2, -1])
@pytest.mark.parametrize("at", [1, 5, COUNT - 1, COUNT])
def test_a_quote_never_closed_swallows_nothing_unseen(contract: Contract, grid: Grid, at: int, place: int, end: bytes) -> None:
    lines = grid.lines()
    lines[at] = quoted(contract, lines[at], place)
    data = b"\r\n".join(lines) + end
    seen = judged(contract, data)
    assert said(seen) == {Said("swallowed", at + 1, ASIDE)}
    assert seen.counts.received == len(physical_lines(data)) - 1 == COUNT
    assert seen.counts.set_aside == COUNT - at + 1
    assert loaded_lines(contract, data) == list(range(2, at + 1))


@pytest.mark.parametrize("place", [0, 3, -1])
@pytest.mark.parametrize(("opened", "closed"), [(1, 2), (4, 9), (1, COUNT)])
def test_a_quote_closed_lines_later_swallows_the_lines_between(
    contract: Contract, grid: Grid, opened: int, closed: int, place: int
) -> None:
    lines = grid.lines()
    lines[opened] = quoted(contract, lines[opened], place)
    lines[closed] = lines[closed] + contract.layout.quote.encode()
    data = b"\r\n".join(lines) + b"\r\n"
    seen = judged(contract, data)
    assert said(seen) == {Said("swallowed", opened + 1, ASIDE)}
    assert seen.counts.received == COUNT
    assert seen.counts.set_aside == closed - opened + 1
    assert loaded_lines(contract, data) == [*range(2, opened + 1), *range(closed + 2, COUNT + 2)]


def test_the_partner_is_told_which_lines_a_quote_swallowed(contract: Contract, grid: Grid) -> None:
    lines = grid.lines()
    lines[4], lines[7] = quoted(contract, lines[4], 0), lines[7] + contract.layout.quote.encode()
    lines[COUNT] = quoted(contract, lines[COUNT], 0)
    messages = [finding.message for finding in battery.told(judged(contract, b"\n".join(lines)))]
    assert "les lignes 6 à 8" in messages[0]
    assert "la fin du fichier" in messages[1]


def test_a_line_end_inside_quotes_moves_the_lines_after_it(contract: Contract, grid: Grid) -> None:
    place = grid.free_column()
    grid.rows[3][place] = "A\nB\nC"
    grid.rows[6][place] = "A\r\nB"
    expected = grid.break_date(9)
    data = b"\r\n".join(grid.lines())
    moved = Said(expected.kind, 9 + 3, expected.effect)
    seen = judged(contract, data.replace(b"A\r\nB", b"A\rB"))
    assert said(seen) == {Said("swallowed", 4, ASIDE), Said("swallowed", 7 + 2, ASIDE), moved}
    assert said(judged(contract, data)) == said(seen)
    assert seen.counts.received == COUNT + 3


def test_quotes_closed_on_their_line_are_no_mistake(contract: Contract, grid: Grid) -> None:
    quote = contract.layout.quote
    grid.rows[3][grid.free_column()] = f"dit {quote}le grand{quote}{contract.layout.delimiter} né"
    seen = judged(contract, grid.text())
    assert (said(seen), seen.counts.accepted) == (set(), COUNT)


# Lines


def test_mixed_line_ends_lose_nothing(contract: Contract, grid: Grid) -> None:
    expected = grid.break_date(8)
    ends = cycle((b"\r\n", b"\n", b"\r"))
    data = b"".join(line + end for line, end in zip(grid.lines(), ends, strict=False))
    seen = judged(contract, data)
    assert said(seen) == {expected}
    assert seen.counts.received == COUNT


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_each_line_end_is_read(contract: Contract, grid: Grid, end: bytes) -> None:
    for data in (end.join(grid.lines()), end.join(grid.lines()) + end):
        seen = judged(contract, data)
        assert (seen.verdict, seen.counts.accepted) == (Verdict.ACCEPTED, COUNT)
        assert seen.survey is not None
        assert seen.survey.lines == COUNT + 1


def test_the_end_marker_of_a_database_is_a_line_like_others(contract: Contract, grid: Grid) -> None:
    lines = grid.lines()
    lines.insert(5, rb"\.")
    data = b"\r\n".join(lines)
    seen = judged(contract, data)
    assert said(seen) == {Said("columns", 6, ASIDE)}
    assert loaded_lines(contract, data) == [2, 3, 4, 5, *range(7, COUNT + 3)]


def test_short_and_long_lines_are_set_aside_by_their_line(contract: Contract, grid: Grid) -> None:
    lines = grid.lines()
    delimiter = contract.layout.delimiter.encode()
    lines[2] = lines[2].rsplit(delimiter, 1)[0]
    lines[3] += delimiter
    lines[COUNT] += delimiter + b"x"
    seen = judged(contract, b"\r\n".join(lines))
    assert said(seen) == {Said("columns", line, ASIDE) for line in (3, 4, COUNT + 1)}
    assert seen.counts.accepted == COUNT - 3
    width = len(grid.rows[0])
    assert [
        f"{n} au lieu de {width}" in finding.message
        for n, finding in zip((width - 1, width + 1, width + 1), battery.told(seen), strict=True)
    ]


def test_blank_lines_are_ignored_and_said_to_be(contract: Contract, grid: Grid) -> None:
    expected = grid.break_date(COUNT)
    lines = grid.lines()
    empty_row = contract.layout.delimiter.encode() * (len(grid.rows[0]) - 1)
    data = b"\r\n".join([*lines[:3], b"", empty_row, *lines[3:], b"", b""]) + b"\r\n"
    seen = judged(contract, data)
    assert said(seen) == {Said(expected.kind, COUNT + 2, expected.effect)}
    assert (seen.counts.received, seen.counts.ignored) == (COUNT + 4, 4)
    receipt = battery.receipt_of(contract, "f.csv", seen, len(data))
    assert [(item.reason, item.count) for item in receipt.ignored] == [("ligne vide", 4)]


def test_blanks_alone_are_no_value(contract: Contract, grid: Grid) -> None:
    column = next(
        column
        for column in contract.record_table.columns
        if column.required and column.type == "string" and column.name not in contract.record_table.key
    )
    grid.rows[4][grid.rows[0].index(column.source)] = "   "
    assert Said("required", 5, column.on_failure) in said(judged(contract, grid.text()))


def test_a_line_too_long_for_memory_is_refused_wherever_it_stands(contract: Contract, grid: Grid) -> None:
    layout = contract.layout.model_copy(update={"max_line_bytes": 4_000})
    strict = contract.model_copy(update={"layout": layout})
    assert judged(strict, grid.text()).verdict is Verdict.ACCEPTED
    for at in (1, 6, COUNT):
        lines = grid.lines()
        lines[at] += b" " * 4_000
        assert said(judged(strict, b"\n".join(lines) + b"\n")) == {Said("line_length", at + 1, REFUSED)}


# Bytes


@pytest.mark.parametrize("line", [1, 2, COUNT + 1])
def test_a_nul_byte_is_refused_with_its_line(contract: Contract, grid: Grid, line: int) -> None:
    lines = grid.lines()
    lines[line - 1] += b"\0"
    assert said(judged(contract, b"\r\n".join(lines))) == {Said("nul", line, REFUSED)}


def test_a_file_in_utf_16_is_refused(contract: Contract, grid: Grid) -> None:
    text = grid.text().decode(contract.layout.encoding)
    assert {one.kind for one in said(judged(contract, text.encode("utf-16")))} == {"encoding"}


def test_a_byte_order_mark_is_no_part_of_the_first_name(contract: Contract, grid: Grid) -> None:
    utf8 = contract.model_copy(update={"layout": contract.layout.model_copy(update={"encoding": "utf-8"})})
    text = grid.text().decode(contract.layout.encoding)
    seen = judged(utf8, text.encode("utf-8-sig"))
    assert (said(seen), seen.counts.accepted) == (set(), COUNT)


# Header


def test_an_empty_file_is_refused(contract: Contract) -> None:
    seen = judged(contract, b"")
    assert said(seen) == {Said("empty", None, REFUSED)}
    assert seen.counts.received == 0


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r\n\r\n"])
def test_a_header_alone_waits_for_a_person(contract: Contract, grid: Grid, end: bytes) -> None:
    seen = judged(contract, grid.lines()[0] + end)
    assert (seen.verdict, said(seen), seen.counts.accepted) == (Verdict.HELD, set(), 0)
    assert "aucune ligne" in seen.reason


def test_a_column_twice_is_refused(contract: Contract, grid: Grid) -> None:
    for row in grid.rows:
        row.append(row[0])
    seen = judged(contract, grid.text())
    assert said(seen) == {Said("header", 1, REFUSED)}
    assert f"« {grid.rows[0][0]} » figure deux fois" in seen.reason
    assert seen.counts.set_aside == seen.counts.received == COUNT


def test_a_misspelt_column_is_refused_with_its_right_name(contract: Contract, grid: Grid) -> None:
    right = grid.rows[0][2]
    grid.rows[0][2] = f"{right}s"
    (finding,) = battery.told(judged(contract, grid.text()))
    assert (finding.rule, finding.line) == ("file.header", 1)
    assert f"« {right}s »" in finding.fix
    assert f"« {right} »" in finding.fix


def test_columns_in_another_order_are_the_same_columns(contract: Contract, grid: Grid) -> None:
    grid.rows = [[*row[3:], *row[:3]] for row in grid.rows]
    expected = grid.break_date(7)
    assert said(judged(contract, grid.text())) == {expected}


def test_unknown_columns_are_told_and_not_read(contract: Contract, grid: Grid) -> None:
    grid.rows = [
        [row[0], extra, *row[1:], "", ""] for row, extra in zip(grid.rows, ["Observations", *["secret de famille"] * COUNT], strict=True)
    ]
    grid.rows[5][1] = "une\nnote"
    seen = judged(contract, grid.text())
    assert said(seen) == {Said("unknown_column", 1, WARNED), Said("swallowed", 6, ASIDE)}
    width = len(grid.rows[0])
    columns = {finding.column for finding in battery.told(seen)}
    assert columns == {None, "Observations", f"n° {width - 1}, sans nom", f"n° {width}, sans nom"}
    assert "famille" not in "".join(finding.message for finding in battery.told(seen))
    assert seen.counts.received == COUNT + 1


def test_another_delimiter_is_refused_as_such(contract: Contract, grid: Grid) -> None:
    other = b"\t" if contract.layout.delimiter != "\t" else b";"
    data = grid.text().replace(contract.layout.delimiter.encode(), other)
    assert said(judged(contract, data)) == {Said("delimiter", 1, REFUSED)}


def test_a_file_sent_without_its_header_does_not_show_its_first_person(contract: Contract, grid: Grid, tmp_path: Path) -> None:
    values = battery.personal_values(contract, grid.text())
    del grid.rows[0]
    seen = judged(contract, grid.text())
    assert said(seen) == {Said("header", 1, REFUSED)}
    text = battery.everything_told(seen, sample(contract.id)[0], grid.text(), tmp_path)
    assert battery.leaks(values, text) == []
