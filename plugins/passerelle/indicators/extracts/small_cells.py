"""Small cells: which figures are hidden where an extract leaves the restricted circle.

A number of people from 1 to below the threshold is hidden. As much more is hidden as is needed that no hidden small cell follows from what
is printed, by any addition or subtraction of the printed table, and that no group of hidden cells is known to add up to less than the
threshold. Zero is printed. What is hidden beside is never 0 where something else can be: so that another table is always possible.
Numbers that no table prints but any reader can work out (those of a line who are not in another line that is part of it) are cells too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from passerelle.errors import InvariantError

Key = tuple[str, str]
"""A line of the table and its column."""
_EXACT = 1e-7
_UNBOUNDED = 3
"""What the solver says of a number that has no limit."""


@dataclass(frozen=True)
class Sum:
    """A printed whole and the parts it is the sum of."""

    whole: Key
    parts: tuple[Key, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        """All of its cells."""
        return self.whole, *self.parts


@dataclass(frozen=True)
class Printed:
    """What would be printed: every figure, the sums anyone can check, and what is rather hidden when something must be."""

    values: Mapping[Key, int]
    sums: tuple[Sum, ...]
    people: Collection[Key]
    """The cells that are small when they are below the threshold; others (organisations) are hidden only beside."""
    cost: Mapping[Key, int]
    """How much it hurts to hide a cell; the least is hidden first."""
    unprinted: Collection[Key] = ()
    """The cells that are never printed and may follow from those that are."""
    protected: Collection[Key] = ()
    """The cells to treat as small whatever their number."""


def hidden(printed: Printed, threshold: int) -> frozenset[Key]:
    """The cells not to print. Raises InvariantError when a sum does not add up."""
    for one in printed.sums:
        if printed.values[one.whole] != sum(printed.values[part] for part in one.parts):
            raise InvariantError(f"The parts of {one.whole} do not add up to it.")
    small = frozenset(key for key in printed.people if 0 < printed.values[key] < threshold) | frozenset(printed.protected)
    never = frozenset(printed.unprinted)
    found = set(small | never)
    while (more := _more(printed, small, found, threshold)) is not None:
        found.add(more)
    for key in sorted(found - small - never, key=lambda key: (-printed.cost.get(key, 0), key)):
        # Hidden on the way to something better, or known anyway: printed again when everything small stays protected.
        if _more(printed, small, found - {key}, threshold) is None:
            found.remove(key)
    for key in sorted(small):
        _widen(printed, key, found)
    return frozenset(found) - never


def exposed(sums: Sequence[Sum], found: Collection[Key]) -> frozenset[Key]:
    """The hidden cells that follow from the printed ones by addition and subtraction."""
    order = sorted(found)
    place = {key: number for number, key in enumerate(order)}
    rows = [_row(one, place) for one in sums if any(key in place for key in one.keys)]
    if not rows:
        return frozenset()
    # A hidden cell is known exactly when no solution of the sums moves it: its row of the null space is empty.
    _, singular, right = np.linalg.svd(np.array(rows), full_matrices=True)
    rank = int((singular > _EXACT).sum())
    moves = np.abs(right[rank:]).max(axis=0) if rank < len(order) else np.zeros(len(order))
    return frozenset(key for key in order if moves[place[key]] <= _EXACT)


def _widen(printed: Printed, key: Key, found: set[Key]) -> None:
    """Hides more until a hidden cell could be another number of people, none of them below 0. What is hidden later only helps."""
    while _width(printed, key, found) < 1 - _EXACT:
        choice = _around(printed, key, found)
        if choice is None:
            return
        found.add(choice)


def _width(printed: Printed, key: Key, found: Collection[Key]) -> float:
    """How far apart the least and the largest number are that the sums allow for a hidden cell."""
    sums, order = _tied(printed.sums, key, found)
    place = {one: number for number, one in enumerate(order)}
    rows = np.array([_row(one, place) for one in sums])
    known = np.array([_known(one, printed.values, place) for one in sums])
    aim = np.zeros(len(order))
    aim[place[key]] = 1
    # Here, for it takes longer to load than all the rest, and most extracts hide nothing.
    from scipy.optimize import linprog

    least, most = (linprog(sign * aim, A_eq=rows, b_eq=known, bounds=(0, None)) for sign in (1, -1))
    return float("inf") if most.status == _UNBOUNDED else -float(most.fun) - float(least.fun)


def _tied(sums: Sequence[Sum], key: Key, found: Collection[Key]) -> tuple[list[Sum], list[Key]]:
    """The sums that a hidden cell is in, those that their other hidden cells are in, and so on; and all these cells."""
    cells, held = {key}, list[Sum]()
    while len(more := [one for one in sums if not cells.isdisjoint(one.keys)]) > len(held):
        held = more
        cells |= {other for one in held for other in one.keys if other in found}
    return held, sorted(cells)


def _around(printed: Printed, key: Key, found: Collection[Key]) -> Key | None:
    """The cheapest cell to hide as near to this one as there is any, that is not 0 if one is not."""
    cells, last = {key}, 0
    nearest: Key | None = None
    while len(cells) > last:
        last = len(cells)
        held = [one for one in printed.sums if not cells.isdisjoint(one.keys)]
        choice = _cheapest(printed, held, found)
        if choice is not None and printed.values[choice] > 0:
            return choice
        nearest = nearest or choice
        cells |= {other for one in held for other in one.keys if other in found}
    return nearest


def _known(one: Sum, values: Mapping[Key, int], place: Mapping[Key, int]) -> float:
    """What the printed cells of a sum leave for its hidden ones."""
    return float(sum(values[part] for part in one.parts if part not in place) - (values[one.whole] if one.whole not in place else 0))


def _row(one: Sum, place: Mapping[Key, int]) -> list[float]:
    row = [0.0] * len(place)
    for key, sign in ((one.whole, 1.0), *((part, -1.0) for part in one.parts)):
        if key in place:
            row[place[key]] += sign
    return row


def _more(printed: Printed, small: frozenset[Key], found: set[Key], threshold: int) -> Key | None:
    """One more cell to hide; None when everything small is protected."""
    for one in printed.sums:
        parts = [part for part in one.parts if part in found]
        if one.whole not in found and small & set(parts) and sum(printed.values[part] for part in parts) < threshold:
            return _cheapest(printed, (one,), found) or one.whole
    known = sorted(exposed(printed.sums, found) & small)
    if not known:
        return None
    near = _near(printed.sums, known[0], found)
    choice = _cheapest(printed, near, found)
    if choice is None:
        raise InvariantError(f"Nothing is left to hide beside {known[0]}.")
    return choice


def _near(sums: Sequence[Sum], key: Key, found: Collection[Key]) -> tuple[Sum, ...]:
    """The sums by which a hidden cell is known: those it is alone in, else all that hidden cells tie to it."""
    alone = tuple(one for one in sums if key in one.keys and len({*one.keys} & {*found}) == 1)
    if alone:
        return alone
    tied, last = {key}, 0
    while len(tied) > last:
        last = len(tied)
        tied |= {other for one in sums if tied & {*one.keys} for other in one.keys if other in found}
    return tuple(one for one in sums if tied & {*one.keys})


def _cheapest(printed: Printed, sums: Sequence[Sum], found: Collection[Key]) -> Key | None:
    open_cells = {key for one in sums for key in one.keys if key not in found}
    whole = {key for key in open_cells if printed.values[key] > 0}
    return min(whole or open_cells, key=lambda key: (printed.cost.get(key, 0), printed.values[key], key), default=None)
