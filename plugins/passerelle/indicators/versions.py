"""Which version of each record speaks at a cut-off: the last one recorded by that day, whatever the order of the lines.

Of two versions recorded on the same day the one with the later status speaks (withdrawn, then corrected), then one chosen by its
content alone, so that shuffling the file changes nothing; both are reported. An unusable row that may be the most recent silences its
record: the older version must not come back unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.indicators.columns import EMPTY, Ints, Mask
from passerelle.indicators.rows import Names, Rows

_UNKNOWN = 2**40
"""The day of recording of a row that does not say it: later than any."""


@dataclass(frozen=True)
class Spoken:
    """One row per record."""

    rows: Ints
    """The row that speaks, or the first one to come for a record not known yet."""
    is_late: Mask
    """Whether nothing of the record was known by the cut-off."""
    repeated: Ints
    """Rows that speak and have an identical twin of the same day."""
    disputed: Ints
    """Rows that speak and have a different twin of the same day."""
    renamed: Ints
    """Rows that speak while an older version was about another person or operation."""


def speaking(rows: Rows, key: str, cutoff: int, shared: tuple[Names, Names]) -> Spoken:
    """One row for each record of the table; a row without its key is a record of its own."""
    record, known = rows[key], rows.recorded_by(cutoff)
    lone, keyed = np.flatnonzero(record < 0), record >= 0
    now = np.flatnonzero(keyed & known)
    latest, disputes = _latest(rows, key, now, shared)
    seen = np.zeros(int(record.max(initial=-1)) + 1, dtype=np.bool_)
    seen[record[now]] = True
    later = np.flatnonzero(keyed & ~known & ~np.append(seen, True)[record])
    later = _ordered(rows, key, later, shared) if len(later) else later
    first = later[_starts(record[later])]
    chosen = np.concatenate([latest, first, lone])
    is_late = np.concatenate([np.zeros(len(latest), np.bool_), np.ones(len(first), np.bool_), ~known[lone]])
    return Spoken(chosen, is_late, *disputes)


def _starts(sorted_keys: Ints) -> Mask:
    """Where a new key begins in a sorted column."""
    return np.append(True, sorted_keys[1:] != sorted_keys[:-1])[: len(sorted_keys)]


def _latest(rows: Rows, key: str, now: Ints, shared: tuple[Names, Names]) -> tuple[Ints, tuple[Ints, Ints, Ints]]:
    record = rows[key]
    many = np.bincount(record[now], minlength=1)[record[now]] > 1
    singles, held = now[~many], now[many]
    none = np.zeros(0, dtype=np.int64)
    if not len(held):
        return singles, (none, none, none)
    order = _ordered(rows, key, held, shared)
    last = np.append(_starts(record[order])[1:], True)
    same = np.append(False, _same_day(rows, key, order)) & last
    before = np.append(order[:1], order[:-1])
    equal = _equal(rows, order, before)
    changed = np.zeros(int(record.max()) + 1, dtype=np.bool_)
    for name in ("operation_id", "participant_id"):
        moved = (rows[name][order] != rows[name][before]) & (record[order] == record[before])
        changed[record[order[moved & ~rows.broken[order] & ~rows.broken[before]]]] = True
    speak = order[last]
    disputes = (order[same & equal], order[same & ~equal], speak[changed[record[speak]]])
    return np.concatenate([singles, speak]), disputes


def _when(rows: Rows, held: Ints) -> Ints:
    recorded = rows["recorded_on"][held]
    return np.where(recorded == EMPTY, _UNKNOWN, recorded)


def _ordered(rows: Rows, key: str, held: Ints, shared: tuple[Names, Names]) -> Ints:
    """These rows by record and recording, the last one of each being the one that speaks."""
    order = held[_by_time(rows, key, held, np.zeros(len(held), dtype=np.int64))]
    same = _same_day(rows, key, order)
    tied = np.append(False, same) | np.append(same, False)
    if not tied.any():
        return order
    rank = np.zeros(len(order), dtype=np.int64)
    rank[tied] = _content_rank(rows, order[tied], shared)
    return order[_by_time(rows, key, order, rank)]


def _by_time(rows: Rows, key: str, held: Ints, rank: Ints) -> Ints:
    return np.lexsort((rank, rows.broken[held], _when(rows, held), rows[key][held]))


def _same_day(rows: Rows, key: str, order: Ints) -> Mask:
    columns = (rows[key][order], _when(rows, order), rows.broken[order])
    return np.logical_and.reduce([column[1:] == column[:-1] for column in columns])


def _content(rows: Rows) -> list[str]:
    """The columns in the order in which they decide, the strongest first."""
    first = [name for name in ("status", "withdrawn") if name in rows.values]
    return [*first, *(name for name in rows.values if name not in first and not name.endswith("_id"))]


def _content_rank(rows: Rows, held: Ints, shared: tuple[Names, Names]) -> Ints:
    names = zip(("operation_id", "participant_id"), shared, strict=True)
    texts = [_text_rank(names_of.texts, rows[column][held]) for column, names_of in names]
    columns = [*(rows[name][held] for name in _content(rows)), *texts]
    rank = np.empty(len(held), dtype=np.int64)
    rank[np.lexsort([-rows.lines[held], *reversed(columns)])] = np.arange(len(held))
    return rank


def _text_rank(texts: pa.Array, codes: Ints) -> Ints:
    named = pa.concat_arrays([texts, pa.array([""], pa.string())])
    taken = named.take(pa.array(np.where(codes < 0, len(texts), codes)))
    return np.asarray(pc.rank(taken, tiebreaker="dense")).astype(np.int64)


def _equal(rows: Rows, left: Ints, right: Ints) -> Mask:
    names = [*_content(rows), "operation_id", "participant_id"]
    return np.logical_and.reduce([rows[name][left] == rows[name][right] for name in names])
