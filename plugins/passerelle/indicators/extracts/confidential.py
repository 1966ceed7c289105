"""The figures of an operation as :mod:`.small_cells` hides them: what the reader of an extract can add and subtract, what is hidden first.

A reader also has the extracts of the earlier frozen snapshots. A figure that differs by a small number from one of theirs is a small
number of people who came, or went, between two dates: it is treated as small itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from passerelle.indicators.definitions import ANNEX_2, COMBINED, INDICATORS, Kind
from passerelle.indicators.extracts.parameters import Parameters
from passerelle.indicators.extracts.small_cells import Key, Printed, Sum, hidden
from passerelle.indicators.identities import PERSON_COLUMNS, laws
from passerelle.indicators.parameters import Rules
from passerelle.indicators.settle import Reason

HIDDEN = "masqué"
"""What stands in the place of a figure that is not printed."""
RECEIVED, COUNTED, LEFT_OUT = ("received", "T"), ("counted", "T"), ("excluded", "T")
NAMELESS = "nameless"
"""The reason of what was rejected before its operation could be read."""
_EXCLUDED, _QUALITY = "excluded ", "quality "
_STEPS = ("due", "observed", "reached")
"""Of the people six months after leaving, each a part of the one before."""
_ENTITIES = frozenset(one.code for one in INDICATORS if one.kind is Kind.ENTITIES)
_JOINED = {parts: code for code, parts in COMBINED.items()}
_EQUAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("EECO01", ("EECO02", "EECO04", "EECO05")),
    ("EECO01", ("EECO09", "EECO10", "EECO11")),
    ("EECO01", ("EECO02+04", "EECO05")),
    ("EECO01", ("EECO02+05", "EECO04")),
    ("EECO01", ("EECO02+04+05",)),
    ("EECO01", ("EECO09", "EECO10+11")),
    *COMBINED.items(),
)
"""The sums of people that hold in every column, whichever way they are added (ID2, ID5, ID9)."""

Numbers = Mapping[Key, int]


def excluded_key(reason: str) -> Key:
    """The cell of the participations left out for a reason."""
    return _EXCLUDED + reason, "T"


def quality_key(name: str) -> Key:
    """The cell of a measure of quality."""
    return _QUALITY + name, "T"


def numbers_of(document: Mapping[str, Any], operation_id: str) -> dict[Key, int]:
    """Every number that an extract prints of an operation, by cell."""
    tables = [document.get(name, {}).get(operation_id, {}) for name in ("operations", "annex_2", "combined")]
    found = {
        (code, column): cell[column] for table in tables for code, cell in table.items() for column in PERSON_COLUMNS if column in cell
    }
    reasons = {**document["excluded"].get(operation_id, {}), NAMELESS: sum(document["excluded"].get("", {}).values())}
    found |= {excluded_key(reason): number for reason, number in reasons.items()}
    told = document["quality"].get(operation_id, {})
    measures = {name: told.get(name) for name in ("exit_without_status", "window_open")} | dict(told.get("six_months", {}))
    found |= {quality_key(name): number for name, number in measures.items() if name != "response_rate" and number is not None}
    left_out = sum(reasons.values())
    received = document["received"]["participations"]
    return found | {RECEIVED: received, COUNTED: received - left_out, LEFT_OUT: left_out}


def hidden_cells(numbers: Numbers, rules: Rules, parameters: Parameters, earlier: Sequence[Numbers] = ()) -> frozenset[Key]:
    """The cells to hide of what is printed, for readers who have the earlier numbers."""
    values, sums = _worked_out(numbers, rules)
    before = [_worked_out(one, rules)[0] for one in earlier]
    people = {key for key in values if key[0] not in _ENTITIES}
    limit = parameters.small_cell_threshold
    moved = {key for key in people for one in before if key in one and 0 < abs(values[key] - one[key]) < limit}
    costs = {key: _cost(*key) for key in numbers}
    return hidden(Printed(values, sums, people, costs, values.keys() - numbers.keys(), moved), limit)


def _worked_out(numbers: Numbers, rules: Rules) -> tuple[dict[Key, int], tuple[Sum, ...]]:
    """The numbers with those that any reader works out, and the sums between all of them."""
    values, sums = dict(numbers), list(_sums(numbers))
    for wholes, parts in _inclusions(rules):
        for column in PERSON_COLUMNS:
            inside = [(code, column) for code in parts]
            if not all((code, column) in numbers for code in (*wholes, *parts)):
                continue
            whole = (_JOINED.get(wholes, " + ".join(wholes)), column)
            if whole not in values:
                values[whole] = sum(numbers[code, column] for code in wholes)
                sums.append(Sum(whole, tuple((code, column) for code in wholes)))
            rest = values[whole] - sum(numbers[key] for key in inside)
            if rest >= 0:
                # An estimate may be larger than what it is a part of; what does not add up tells nothing.
                other = (f"{whole[0]} - {' - '.join(parts)}", column)
                values[other] = rest
                sums.append(Sum(whole, (*inside, other)))
    return values, tuple(sums)


def _inclusions(rules: Rules) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Who is a part of whom: wholes and disjoint parts of their sum (ID3, ID4, ID6 to ID8, the same in Annex II, six months after)."""
    for law in laws(rules):
        if law.relation == "≤":
            yield law.right, law.left
    yield ("II.1",), ("II.2", "II.3", "II.4")
    for one in ANNEX_2[4:]:
        yield ("II.1",), (one.code,)
    for larger, smaller in zip(_STEPS, _STEPS[1:], strict=False):
        yield (_QUALITY + larger,), (_QUALITY + smaller,)


def _sums(values: Numbers) -> Iterator[Sum]:
    for code in sorted({code for code, _ in values}):
        if (code, "F") in values:
            yield Sum((code, "T"), tuple((code, sex) for sex in "FMN"))
    for whole, parts in _EQUAL:
        for column in PERSON_COLUMNS:
            keys = [(code, column) for code in (whole, *parts)]
            if all(key in values for key in keys) and values[keys[0]] == sum(values[key] for key in keys[1:]):
                yield Sum(keys[0], tuple(keys[1:]))
    total = ("II.1", "T") if ("II.1", "T") in values else ("EECO01", "T")
    if total in values and values[total] == values[COUNTED]:
        yield Sum(COUNTED, (total,))
    # Who knows how many were received and left out knows how many count, and the other way round.
    yield Sum(RECEIVED, (COUNTED, LEFT_OUT))
    yield Sum(LEFT_OUT, tuple(_reasons(values)))


def _reasons(values: Collection[Key]) -> list[Key]:
    return sorted(key for key in values if key[0].startswith(_EXCLUDED))


def _cost(code: str, column: str) -> int:
    """A reserved sum goes first, then a sex, then a total; what the alert rests on, and the number of participants, last."""
    if code in COMBINED:
        return 0
    if code in ("EECO01", "II.1", COUNTED[0]):
        return 5 if column == "T" else 4
    if code in (RECEIVED[0], LEFT_OUT[0], excluded_key(Reason.INCOMPLETE)[0]):
        return 3
    return 2 if column == "T" else 1
