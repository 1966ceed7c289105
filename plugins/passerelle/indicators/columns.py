"""Columns of numbers out of columns of text: codes become positions in their list, dates become days, missing becomes ``EMPTY``.

Each distinct text of a column is parsed once, whatever the number of rows; a text outside what is allowed becomes a fault of its
rows, told by column and expectation and never by value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
EMPTY = -(2**31)
"""Stands for a value that is missing."""
EPOCH = date(1970, 1, 1).toordinal()

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"\d{1,5}", re.ASCII)
_SOME = 1_000
_CALENDAR = (date(1000, 1, 1).toordinal() - EPOCH, date.max.toordinal() - EPOCH)
NIR = r"^[12]\d{4}(\d{2}|2[AB])\d{6}(\d{2})?$"
"""A key of this form is taken for a social security number and refused."""


@dataclass(frozen=True)
class Column:
    """One column of a file of the interface. With neither codes nor limits it is text."""

    name: str
    codes: tuple[str, ...] = ()
    """The closed list."""
    joined: bool = False
    """Whether several codes may be joined by ``+``; the number then has one bit per code."""
    is_day: bool = False
    limits: tuple[int, int] | None = None
    """Of a whole number."""
    needed: bool = False
    """A row without it is rejected."""
    optional: bool = False
    """The heading may be absent."""
    is_text: bool = False
    """A key: kept as text, with a code per distinct value."""
    private: bool = True
    """Whether a text must not look like a social security number."""

    def parse(self, text: str) -> int:
        """The number that stands for a text; ValueError with the expectation, in French."""
        if self.is_day:
            return _day(text)
        if self.limits is not None:
            low, high = self.limits
            if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
                raise ValueError(f"nombre entier attendu, de {low} à {high}")
            return int(text)
        parts = text.split("+") if self.joined else [text]
        if not set(parts) <= set(self.codes):
            raise ValueError(f"code attendu : {', '.join(self.codes)}")
        return sum(1 << self.codes.index(part) for part in set(parts)) if self.joined else self.codes.index(text)


@dataclass(frozen=True)
class Fault:
    """What is wrong with one column of these rows."""

    column: str
    message: str
    rows: Ints
    is_missing: bool = False
    texts: frozenset[str] = field(default_factory=frozenset, repr=False)
    """The wrong texts, to tell one mistake from another; never shown."""


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "").toordinal() - EPOCH
    except ValueError:
        raise ValueError("date attendue : AAAA-MM-JJ, existant au calendrier") from None


def encoded(column: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """A code per row and the distinct texts, surrounding blanks taken off; an empty text has the code -1."""
    # Dictionaries of keys are as long as the table: joining those of each block takes a minute for a million rows.
    is_coded = pa.types.is_dictionary(column.type)
    whole = (column.unify_dictionaries() if is_coded else column).combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], pa.string())
    if not pa.types.is_dictionary(whole.type) and _is_increasing(whole):
        codes, texts = np.arange(len(whole)), whole
    else:
        whole = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
        codes, texts = np.asarray(whole.indices).astype(np.int64), whole.dictionary
    trimmed = pc.utf8_trim_whitespace(texts)
    if not trimmed.equals(texts):
        again = trimmed.dictionary_encode()
        codes, texts = np.asarray(again.indices).astype(np.int64)[codes], again.dictionary
    for blank in np.flatnonzero(np.asarray(pc.binary_length(texts)) == 0).tolist():
        codes = np.where(codes == blank, -1, codes)
    return codes, texts


def _is_increasing(texts: pa.Array) -> bool:
    """Whether each text is greater than the one before, as the keys of a snapshot's files are: each is then the only one of its kind."""
    return all(pc.all(pc.less(held[:-1], held[1:])).as_py() for held in (texts[:_SOME], texts))


def numbers(column: Column, text: pa.ChunkedArray) -> tuple[Ints, list[Fault]]:
    """The numbers of a column and its faults; a faulty value is ``EMPTY``. Days and whole numbers may come as such."""
    if not (pa.types.is_string(text.type) or pa.types.is_dictionary(text.type)):
        values = _as_they_are(column, text)
        if values is not None:
            return values, _missing(column, values == EMPTY)
        text = text.cast(pa.string()).fill_null("")
    codes, texts = encoded(text)
    table = np.full(len(texts) + 1, EMPTY, dtype=np.int64)
    wrong: dict[str, list[tuple[int, str]]] = {}
    for code, value in enumerate(texts.to_pylist()):
        if not value:
            continue
        try:
            table[code] = column.parse(value)
        except ValueError as error:
            wrong.setdefault(str(error), []).append((code, value))
    faults = [
        Fault(
            column.name,
            f"{column.name} : {message}.",
            np.flatnonzero(np.isin(codes, [code for code, _ in held])),
            texts=frozenset(value for _, value in held),
        )
        for message, held in wrong.items()
    ]
    return table[codes], faults + _missing(column, codes < 0)


def _as_they_are(column: Column, held: pa.ChunkedArray) -> Ints | None:
    """The values of a column of days or whole numbers; None when their words would not all be right."""
    low, high = _CALENDAR if column.is_day else column.limits or (0, -1)
    values = held.cast(pa.int32()).cast(pa.int64())
    least, most = pc.min_max(values).as_py().values()
    if least is not None and not low <= least <= most <= high or column.is_day != pa.types.is_date32(held.type):
        return None
    found: Ints = values.fill_null(EMPTY).to_numpy()
    return found


def _missing(column: Column, mask: Mask) -> list[Fault]:
    return absent(column, np.where(mask, -1, 0)) if column.needed else []


def absent(column: Column, codes: Ints) -> list[Fault]:
    """The fault of the rows in which a needed value is missing."""
    rows = np.flatnonzero(codes < 0)
    return [Fault(column.name, f"{column.name} : valeur obligatoire manquante.", rows, is_missing=True)] if len(rows) else []


def looks_like_nir(texts: pa.Array) -> Mask:
    """Which of the texts have the form of a social security number."""
    lengths = np.asarray(pc.utf8_length(texts))
    if not np.isin(lengths, (13, 15)).any():
        return np.zeros(len(texts), dtype=np.bool_)
    return np.asarray(pc.match_substring_regex(texts, NIR).fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def as_date(value: int) -> date | None:
    """One day since 1970 as a date; None for ``EMPTY``."""
    return None if value == EMPTY else date.fromordinal(int(value) + EPOCH)


def of_date(day: date) -> int:
    """A date as a day since 1970."""
    return day.toordinal() - EPOCH
