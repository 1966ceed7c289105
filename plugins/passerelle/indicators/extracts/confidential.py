"""The figures of an operation as :mod:`.small_cells` hides them: which sums the reader of an extract can check, what is hidden first."""

from __future__ import annotations

from collections.abc import Mapping

from passerelle.indicators.definitions import COMBINED, INDICATORS, Kind
from passerelle.indicators.extracts.parameters import Parameters
from passerelle.indicators.extracts.small_cells import Key, Printed, Sum, hidden

HIDDEN = "masqué"
"""What stands in the place of a figure that is not printed."""
_ENTITIES = frozenset(one.code for one in INDICATORS if one.kind is Kind.ENTITIES)
_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("EECO01", ("EECO02", "EECO04", "EECO05")),
    ("EECO01", ("EECO09", "EECO10", "EECO11")),
    ("EECO01", ("EECO02+04", "EECO05")),
    ("EECO01", ("EECO02+05", "EECO04")),
    ("EECO01", ("EECO02+04+05",)),
    ("EECO01", ("EECO09", "EECO10+11")),
    *COMBINED.items(),
)
"""The sums of people that hold in every column, whichever way they are added (ID2, ID5, ID9)."""

Cells = Mapping[str, Mapping[str, object]]


def hidden_cells(cells: Cells, conservation: tuple[int, int], parameters: Parameters) -> frozenset[Key]:
    """The cells to hide; ``conservation`` is how many participations were received and how many count."""
    values = {(code, column): value for code, held in cells.items() for column, value in held.items() if isinstance(value, int)}
    people = {key for key in values if key[0] not in _ENTITIES}
    received, counted = conservation
    values |= {("received", "T"): received, ("counted", "T"): counted, ("excluded", "T"): received - counted}
    return hidden(Printed(values, _sums(values), people | {("counted", "T")}, _costs(values)), parameters.small_cell_threshold)


def _sums(values: Mapping[Key, int]) -> tuple[Sum, ...]:
    codes = sorted({code for code, _ in values})
    sums = [Sum((code, "T"), tuple((code, sex) for sex in "FMN")) for code in codes if (code, "F") in values]
    for whole, parts in _PARTS:
        for column in "FMNT":
            keys = [(code, column) for code in (whole, *parts)]
            # An estimate need not add up; what does not add up tells nothing.
            if all(key in values for key in keys) and values[keys[0]] == sum(values[key] for key in keys[1:]):
                sums.append(Sum(keys[0], tuple(keys[1:])))
    total = ("II.1", "T") if ("II.1", "T") in values else ("EECO01", "T")
    if total in values and values[total] == values["counted", "T"]:
        sums.append(Sum(("counted", "T"), (total,)))
    # Excluded participations are printed: who knows how many were received knows how many count, and the other way round.
    return (*sums, Sum(("received", "T"), (("counted", "T"), ("excluded", "T"))))


def _costs(values: Mapping[Key, int]) -> dict[Key, int]:
    """A reserved sum goes first, then a sex, then a total; the number of participants last."""
    return {key: _cost(*key) for key in values}


def _cost(code: str, column: str) -> int:
    if code == "excluded":
        return 9
    if code in COMBINED:
        return 0
    if code in ("EECO01", "II.1", "received", "counted"):
        return 5 if column == "T" else 4
    return 2 if column == "T" else 1
