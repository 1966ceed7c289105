"""A text file reduced to some of its records, byte for byte: its header, the physical lines of those records, its trailer.

The lines that a quote had swallowed go with the record that swallowed them. Only the number of rows that a trailer announces is written
anew. Text of two bytes a character and more goes through UTF-8 and back, which changes no byte.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from passerelle.checks.dossier_bytes import same_width
from passerelle.contract.model import Contract, Layout, Trailer
from passerelle.errors import InvariantError
from passerelle.readers.reading import read
from passerelle.readers.rows import Chunk
from passerelle.readers.survey import survey
from passerelle.readers.trailer import is_trailer
from passerelle.readers.wide import as_utf8, is_wide

_BLOCK = 1 << 20
_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_Write = Callable[[bytes], object]
_Numbers = npt.NDArray[np.int64]


def copy_lines(contract: Contract, file: BinaryIO, records: Collection[int], write: _Write) -> None:
    """Writes the file with the lines of these records only. Raises InvariantError when it has no record of such an ordinal."""
    wanted = _lines_of(contract, file, np.array(sorted(records), dtype=np.int64))
    file.seek(0)
    bom, encode = _encoder(contract.layout, file)
    narrow, text = as_utf8(contract, file)
    text.seek(0)
    if bom:
        write(bom)
    copied = 0
    for number, line in enumerate(_physical_lines(text), start=1):
        if number <= _header_lines(contract.layout):
            write(encode(line))
        elif copied < len(wanted) and number == wanted[copied]:
            write(encode(line))
            copied += 1
        elif contract.layout.trailer is not None and _is_trailer(narrow.layout, contract.layout.trailer, line):
            write(encode(_with_count(narrow.layout, contract.layout.trailer, line, len(wanted))))
    if copied != len(wanted):
        raise InvariantError(f"Of {len(wanted)} lines to copy, {copied} were found.")


def _header_lines(layout: Layout) -> int:
    return int(layout.format == "delimited" and layout.header)


def _lines_of(contract: Contract, file: BinaryIO, records: _Numbers) -> _Numbers:
    """The physical lines of the records, in their order.

    Every row is on one line unless a quote swallowed the following ones; how many they are shows in the line of the next record.
    """
    file.seek(0)
    found = survey(contract.layout, file)
    file.seek(0)
    base = _header_lines(contract.layout) + 1
    first = swallowed = 0
    parts: list[_Numbers] = []
    for chunk in read(contract, file, found):
        ordinals, lines = _known(contract, chunk, first)
        first += chunk.records
        shifts = lines - ordinals
        swallowed += chunk.swallowed
        hit = np.isin(ordinals, records)
        sizes = 1 + np.diff(np.append(shifts, base + swallowed))[hit]
        parts.append(np.repeat(lines[hit], sizes) + _within(sizes))
    if first <= (records[-1] if len(records) else -1):
        raise InvariantError(f"The file has {first} records; record {records[-1]} cannot be copied.")
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _known(contract: Contract, chunk: Chunk, first: int) -> tuple[_Numbers, _Numbers]:
    """Ordinals and first lines of the chunk's records that are not blank."""
    places = {oddity.record: oddity.line for oddity in chunk.oddities if oddity.record >= first}
    ordinals, lines = np.array([*places], dtype=np.int64), np.array([*places.values()], dtype=np.int64)
    rows = chunk.tables.get(contract.record_table.name)
    if rows is not None:
        ordinals, lines = np.append(np.asarray(rows.record), ordinals), np.append(np.asarray(rows.line), lines)
    ordinals, at = np.unique(ordinals, return_index=True)
    return ordinals, lines[at]


def _within(sizes: _Numbers) -> _Numbers:
    """0, 1, … for each record of so many lines."""
    starts = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) - np.repeat(starts, sizes)


def _physical_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines with their ends, as the survey counts them: ended by LF, CR LF or CR."""
    rest = b""
    while block := file.read(_BLOCK):
        lines = (rest + block).splitlines(keepends=True)
        # The last one may go on in the next block, and so may a CR LF.
        rest = lines.pop()
        yield from lines
    if rest:
        yield rest


def _encoder(layout: Layout, file: BinaryIO) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The byte order mark, and how a line read as UTF-8 is written."""
    if not is_wide(layout):
        return b"", lambda line: line
    head = file.read(4)
    name = codecs.lookup(layout.encoding).name
    marks = [mark for mark in _BOMS if head.startswith(mark) and (len(mark) == 4) is name.startswith("utf-32")]
    bom = marks[0] if marks else b""
    order = "-be" if bom in (codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE) else "-le"
    codec = name if name.endswith(("-le", "-be")) else name + order
    return bom, lambda line: line.decode().encode(codec)


def _is_trailer(layout: Layout, trailer: Trailer, line: bytes) -> bool:
    if trailer.marker.encode(layout.encoding) not in line[: 2 * len(trailer.marker) + 8]:
        return False
    return is_trailer(layout, trailer, line.decode(layout.encoding).rstrip("\r\n").removeprefix("\ufeff"))


def _with_count(layout: Layout, trailer: Trailer, line: bytes, count: int) -> bytes:
    if trailer.count is None:
        return line
    text = line.decode(layout.encoding)
    if layout.format == "fixed":
        start = trailer.count - 1
        stop = start + (trailer.width or 0)
        before, field, after = text[:start], text[start:stop], text[stop:]
    else:
        # Quotes hold no delimiter here: what stands in a trailer are a marker and numbers.
        parts = re.split(f"({re.escape(layout.delimiter)})", text)
        place = 2 * (trailer.count - 1)
        before, field, after = "".join(parts[:place]), parts[place], "".join(parts[place + 1 :])
    former = re.search(r"\d+", field)
    if former is None:
        raise InvariantError("The trailer's count is not where the contract says.")
    number = same_width(former[0].encode(), count).decode()
    made = field[: former.start()] + number + field[former.end() :]
    return (before + _as_wide(layout, field, number, made) + after).encode(layout.encoding)


def _as_wide(layout: Layout, field: str, number: str, made: str) -> str:
    """In a file of fixed width the field stays as wide as it was, on the same side."""
    if layout.format != "fixed":
        return made
    return number.rjust(len(field)) if field[:1] in (" ", "0") or field.isdigit() else number.ljust(len(field))
