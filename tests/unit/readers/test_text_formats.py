"""Each text format and envelope: its synthetic file is accepted whole, and every mistake is told with its line and nothing else is."""

from __future__ import annotations

import io
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import mistakes
from battery import Said, physical_lines, records_in, said
from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.checks.typed_rows import Protection, typed_rows
from passerelle.contract.model import Contract
from passerelle.derive.mutate import Mutation, mutate, mutations
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic import wrapping
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.findings import Effect, Verdict
from passerelle.readers.openpgp import Unlock
from text_contracts import ALL, FIXED, FIXED_GZIP, PIPE, TAB

ROWS = 40
KEY = wrapping.new_key()
UNLOCK = Unlock(KEY)
WARN, ASIDE, REFUSE = Effect.WARN, Effect.SET_ASIDE, Effect.REFUSE
KINDS = {
    Mutation.EMPTY,
    Mutation.TRUNCATED,
    Mutation.NUL_BYTE,
    Mutation.WRONG_ENCODING,
    Mutation.IMPOSSIBLE_DATE,
    Mutation.UNKNOWN_CODE,
    Mutation.DUPLICATE_KEY,
    Mutation.UNKNOWN_COLUMN,
    Mutation.MISSING_COLUMN,
    Mutation.UNCLOSED_QUOTE,
    Mutation.SHORT_LINE,
    Mutation.MISSING_TRAILER,
    Mutation.WRONG_COUNT,
    Mutation.ALTERED,
    Mutation.NOT_WRAPPED,
    Mutation.OTHER_KEY,
    Mutation.SECOND_FILE,
}
"""Those about the shape of a file; the others are about values, whatever the format."""
OUTSIDE = (Mutation.EMPTY, Mutation.NOT_WRAPPED, Mutation.ALTERED, Mutation.OTHER_KEY, Mutation.SECOND_FILE)
"""Told of the envelope, not of what is inside."""
CASES = [(name, kind) for name, contract in ALL.items() for kind in mutations(contract) if kind in KINDS]


@cache
def good(name: str, rows: int = ROWS) -> tuple[str, bytes]:
    with TemporaryDirectory() as folder:
        request = SampleRequest(rows=rows, seed=3, as_of=date(2026, 11, 20))
        made = write_sample(ALL[name], Path(folder), request=request, certificate=wrapping.certificate_of(KEY))
        return made.path.name, made.path.read_bytes()


def inside(contract: Contract, data: bytes) -> bytes:
    return wrapping.unwrapped(contract, data, KEY)


def judged(contract: Contract, data: bytes) -> Inspection:
    seen = inspect(contract, io.BytesIO(data), UNLOCK)
    assert seen.counts.add_up
    return seen


@pytest.mark.parametrize("name", ALL)
def test_the_synthetic_file_is_accepted_whole(name: str) -> None:
    contract = ALL[name]
    _, data = good(name)
    seen = judged(contract, data)
    assert (seen.verdict, said(seen)) == (Verdict.ACCEPTED, set())
    assert (seen.counts.received, seen.counts.accepted) == (ROWS, ROWS)
    clear = inside(contract, data)
    lines = physical_lines(clear.decode(contract.layout.encoding).encode())
    assert seen.survey is not None
    assert seen.survey.lines == len(lines) == ROWS + contract.layout.outer_lines
    first = 1 if contract.layout.format == "fixed" or not contract.layout.header else 2
    found = [
        line for chunk in chunks(contract, io.BytesIO(data), UNLOCK) for rows in chunk.tables.values() for line in rows.line.to_pylist()
    ]
    assert found == list(range(first, first + ROWS))


@pytest.mark.parametrize("name", ALL)
def test_every_value_comes_out_as_it_was_written(name: str) -> None:
    contract = ALL[name]
    _, data = good(name)
    text = inside(contract, data).decode(contract.layout.encoding)
    seen = 0
    for chunk in chunks(contract, io.BytesIO(data), UNLOCK):
        for table, rows in chunk.tables.items():
            batch = typed_rows(contract, contract.table(table), rows, Protection(hash=str, encrypt=str.encode))
            assert batch.num_rows == len(rows)
            for values, line in zip(rows.values.to_pylist(), rows.line.to_pylist(), strict=True):
                written = text.split("\r\n")[line - 1]
                for value in filter(None, values.values()):
                    seen += 1
                    assert value.replace('"', '""') in written or value in written
    assert seen > 5 * ROWS


def expected(contract: Contract, kind: Mutation, data: bytes, bad: bytes) -> set[Said]:
    """What must be found of the file once it is broken."""
    if kind is Mutation.WRONG_ENCODING:
        return {Said("encoding", _line_of_wrong_encoding(contract), REFUSE)}
    if contract.layout.envelope and kind is Mutation.TRUNCATED:
        return {Said("envelope", None, REFUSE)}
    if contract.layout.envelope and kind not in OUTSIDE:
        data, bad = inside(contract, data), inside(contract, bad)
    return mistakes.expected(contract, kind, data, bad)


def _line_of_wrong_encoding(contract: Contract) -> int | None:
    """UTF-8 in another encoding is recognised as a whole; a letter cp1252 lacks is seen where it stands; names are in the header too."""
    if contract.layout.format == "fixed":
        return None
    is_first = contract.layout.encoding != "cp1252" or not contract.layout.header
    return 1 if is_first else 2


def test_every_kind_is_tried_somewhere() -> None:
    assert {kind for _, kind in CASES} == KINDS


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_mistake_is_told_with_its_line_and_the_rest_loads(name: str, kind: Mutation, tmp_path: Path) -> None:
    contract = ALL[name]
    file_name, data = good(name)
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / file_name).write_bytes(data)
    bad = mutate(contract, tmp_path / "good" / file_name, kind, tmp_path / "bad", key=KEY).read_bytes()
    seen = judged(contract, bad)
    wanted = expected(contract, kind, data, bad)
    assert said(seen) == wanted
    if any(one.effect is REFUSE for one in wanted):
        assert (seen.verdict, seen.counts.accepted) == (Verdict.REFUSED, 0)
        assert all(finding.message and finding.expected and finding.fix for _, finding, _ in seen.findings())
        return
    received = records_in(contract, inside(contract, bad))
    last = ROWS + contract.layout.outer_lines - (1 if contract.layout.trailer else 0)
    lost = sum(one.effect is ASIDE for one in wanted)
    if kind is Mutation.UNCLOSED_QUOTE:
        lost = last - max(one.line or 0 for one in wanted) + 1
    assert (seen.counts.received, seen.counts.set_aside) == (received, lost)


def test_a_line_with_too_many_values_has_its_line_where_there_is_no_header() -> None:
    _, data = good("tab")
    lines = data.split(b"\r\n")
    lines[0] += b"\tx"
    lines[7] = lines[7].rsplit(b"\t", 1)[0]
    assert said(judged(TAB, b"\r\n".join(lines))) == {Said("columns", 1, ASIDE), Said("columns", 8, ASIDE)}


def test_a_file_without_header_that_has_one_is_refused() -> None:
    _, data = good("tab")
    header = "\t".join(column.source for column in TAB.record_table.columns).encode("cp1252")
    assert said(judged(TAB, header + b"\r\n" + data)) == {Said("header", 1, REFUSE)}


def test_another_delimiter_is_told_where_there_is_no_header() -> None:
    _, data = good("tab")
    assert said(judged(TAB, data.replace(b"\t", b";"))) == {Said("delimiter", 1, REFUSE)}


@pytest.mark.parametrize("name", ["pipe", "bare"])
def test_another_delimiter_is_told_and_not_the_last_line_that_it_spoils(name: str) -> None:
    assert said(judged(ALL[name], good(name)[1].replace(b"|", b";"))) == {Said("delimiter", 1, REFUSE)}


def test_a_byte_order_mark_is_no_part_of_the_first_value_of_a_file_without_header() -> None:
    utf8 = TAB.model_copy(update={"layout": TAB.layout.model_copy(update={"encoding": "utf-8"})})
    text = good("tab")[1].decode("cp1252")
    data = text.encode("utf-8-sig")
    assert said(judged(utf8, data)) == set()
    (chunk, *_) = chunks(utf8, io.BytesIO(data))
    assert chunk.tables["suivi"].values.column("file_number")[0].as_py() == text.split("\t")[0]


# The last line that is no row


def _with(name: str, change: dict[int, bytes]) -> bytes:
    """The file with other lines (by their place, the last being -1)."""
    lines = good(name)[1].split(b"\r\n")[:-1]
    for at, line in change.items():
        lines[at] = line
    return b"".join(line + b"\r\n" for line in lines)


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (b"FIN||40", None),
        (b'"FIN"|"x"|"40"', None),
        (b"FIN||0040|", None),
        (b"FIN||quarante", "trailer"),
        (b"FIN", "trailer"),
        (b"FINI||40", "trailer"),
        (b"fin||40", "trailer"),
        (b"FIN||39", "count"),
        (b"FIN||" + b"4" * 30, "trailer"),
    ],
)
def test_the_last_line_must_be_the_trailer_and_count_the_lines(last: bytes, kind: str | None) -> None:
    seen = judged(PIPE, _with("pipe", {-1: last}))
    assert said(seen) == ({Said(kind, 42, REFUSE)} if kind else set())


@pytest.mark.parametrize(("end", "blank"), [(b"", 0), (b"\r\n", 1), (b"\r\n\r\n  \r\n", 3)])
@pytest.mark.parametrize("name", ["pipe", "bare", "fixed"])
def test_blank_lines_after_the_trailer_are_ignored_and_counted(name: str, end: bytes, blank: int) -> None:
    seen = judged(ALL[name], good(name)[1].removesuffix(b"\r\n") + (b"\r\n" + end if end else b""))
    assert (said(seen), seen.counts.accepted, seen.counts.ignored) == (set(), ROWS, blank)


@pytest.mark.parametrize(
    ("cut", "received"), [(1, ROWS), (3, ROWS - 2), (ROWS + 1, 0)], ids=["no trailer", "two rows gone with it", "no row left"]
)
@pytest.mark.parametrize("name", ["pipe", "bare", "fixed"])
def test_a_file_without_its_trailer_is_refused_with_the_number_of_its_lines(name: str, cut: int, received: int) -> None:
    lines = good(name)[1].splitlines(keepends=True)
    seen = judged(ALL[name], b"".join(lines[:-cut]))
    assert (seen.verdict, seen.counts.received, seen.counts.set_aside) == (Verdict.REFUSED, received, received)


@pytest.mark.parametrize("name", ["pipe", "bare", "fixed"])
def test_a_file_that_announces_another_number_is_refused_with_the_number_of_its_lines(name: str) -> None:
    lines = good(name)[1].splitlines(keepends=True)
    seen = judged(ALL[name], b"".join([*lines[:-2], lines[-1]]))
    assert (seen.verdict, seen.counts.received) == (Verdict.REFUSED, ROWS - 1)


@pytest.mark.parametrize("name", ["pipe", "bare", "fixed"])
def test_two_files_put_together_are_refused(name: str) -> None:
    data = good(name)[1]
    seen = judged(ALL[name], data + data)
    assert [finding.rule for _, finding, _ in seen.findings()] == ["file.trailer"]
    assert "au milieu du fichier" in seen.reason


def test_a_trailer_alone_is_a_file_without_rows() -> None:
    header = good("pipe")[1].split(b"\r\n")[0]
    for contract, data in (
        (PIPE, header + b"\r\nFIN||0\r\n"),
        (ALL["bare"], b"FIN|0\r\n"),
        (FIXED, b"99".ljust(10) + b"00000000" + b"\r\n"),
    ):
        seen = judged(contract, data)
        assert (seen.verdict, said(seen), seen.counts.received) == (Verdict.HELD, set(), 0)


def test_a_value_over_two_lines_may_be_counted_as_one_row_or_two() -> None:
    lines = good("pipe")[1].split(b"\r\n")
    cells = lines[5].split(b"|")
    cells[8] = b'"A\nB"'
    lines[5] = b"|".join(cells)
    for count, kinds in ((b"40", {"swallowed"}), (b"41", {"swallowed"}), (b"42", {"count"})):
        seen = judged(PIPE, b"\r\n".join([*lines[:-2], b"FIN||" + count, b""]))
        assert {one.kind for one in said(seen)} == kinds
        assert seen.counts.received == 41


LAST = {"pipe": "FIN||70000", "fixed": "99".ljust(10) + "00070000"}


@pytest.mark.parametrize("name", ["pipe", "fixed", "utf16", "tab"])
def test_lines_are_right_past_65_535_and_after_line_ends_inside_values(name: str) -> None:
    table = ALL[name].record_table.model_copy(update={"key": ()})
    contract = ALL[name].model_copy(update={"tables": (table,)})
    is_fixed = contract.layout.format == "fixed"
    lines = good(name)[1].decode(contract.layout.encoding).split("\r\n")
    head = lines[:1] if contract.layout.header and not is_fixed else []
    rows = [lines[1]] * 70_000
    if not is_fixed:
        cells = lines[1].split(contract.layout.delimiter)
        cells[8] = '"A\r\nB"'
        rows[10] = contract.layout.delimiter.join(cells)
    rows[69_000] = lines[1][:-1] if is_fixed else lines[1] + contract.layout.delimiter
    foot = [LAST[name]] if name in LAST else []
    seen = judged(contract, "".join(line + "\r\n" for line in [*head, *rows, *foot]).encode(contract.layout.encoding))
    if is_fixed:
        assert said(seen) == {Said("width", 69_001, ASIDE)}
    else:
        assert said(seen) == {Said("swallowed", 11 + len(head), ASIDE), Said("columns", 69_002 + len(head), ASIDE)}
    assert seen.counts.received == 70_000 + (0 if is_fixed else 1)


# Bytes


def test_windows_text_is_not_taken_for_iso_8859() -> None:
    contract = FIXED.model_copy(update={"layout": FIXED.layout.model_copy(update={"encoding": "iso-8859-15"})})
    line = good("fixed")[1].split(b"\r\n")[3]
    data = good("fixed")[1].replace(line, line[:12] + b"\x92" + line[13:])
    seen = judged(contract, data)
    assert said(seen) == {Said("encoding", 4, REFUSE)}
    assert "Windows-1252" in seen.reason


@pytest.mark.parametrize(
    ("start", "what"), [(b"PK\x03\x04", "classeur"), (b"\x1f\x8b\x08", "gzip"), (b"-----BEGIN PGP MESSAGE-----\n", "OpenPGP")]
)
def test_a_file_of_another_kind_is_told_as_such(start: bytes, what: str) -> None:
    seen = judged(PIPE, start + b"x" * 100)
    assert said(seen) == {Said("format", None, REFUSE)}
    assert what in seen.reason


def test_a_wrapped_file_is_hashed_inside_and_its_name_keeps_the_envelope() -> None:
    name, data = good("fixed_gzip")
    assert name.endswith(".txt.gz")
    seen = judged(FIXED_GZIP, data)
    plain = judged(FIXED, inside(FIXED_GZIP, data))
    assert seen.survey == plain.survey
