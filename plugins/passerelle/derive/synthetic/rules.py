"""The rules between columns of a row, made to hold in a row that was filled without them.

Rules that look further than the row are made to hold elsewhere: ``present_in`` in :mod:`passerelle.derive.synthetic.across`, ``total``
in :mod:`passerelle.derive.synthetic.sums`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from passerelle.contract.model import Column, RowRule, Table
from passerelle.derive.synthetic.people import received_codes
from passerelle.derive.synthetic.scene import DateText, Maker, Scene
from passerelle.population.dice import between

Mender = Callable[[Scene], bool]
"""Makes one rule hold; says whether it had to change the row."""

_ROUNDS = 8
_ACROSS = ("present_in", "total")


class Mending:
    """All rules of a table."""

    def __init__(self, table: Table, makers: Mapping[str, Maker]) -> None:
        self._menders = [_mender(rule, table, makers) for rule in table.rules if rule.kind not in _ACROSS]

    def mend(self, scene: Scene) -> None:
        """Changes the row until every rule holds; a rule may undo another, so it goes round a few times."""
        for _ in range(_ROUNDS):
            changes = [mender(scene) for mender in self._menders]
            if not any(changes):
                return


def _mender(rule: RowRule, table: Table, makers: Mapping[str, Maker]) -> Mender:
    if rule.kind == "at_least_one":
        return _at_least_one([table.column(name) for name in rule.columns], makers)
    first, second = (table.column(name) for name in rule.columns)
    if rule.kind == "equal":
        return _equal(first, second)
    if rule.kind == "ordered":
        return _ordered(first, second)
    if rule.kind in ("nir_sex", "nir_birth"):
        return _as_the_nir_says(first, second, sex_of(second) if rule.kind == "nir_sex" else born_on(second))
    if rule.kind == "empty_unless":
        return _empty_unless(first, second, rule.values)
    return _required_if(first, second, rule.values, makers[first.name])


def _equal(first: Column, second: Column) -> Mender:
    source, target = (second.name, first.name) if second.identity is not None and first.identity is None else (first.name, second.name)

    def mend(scene: Scene) -> bool:
        if scene.row.get(source, "") == scene.row.get(target, ""):
            return False
        scene.row[target] = scene.row.get(source, "")
        return True

    return mend


def _ordered(first: Column, second: Column) -> Mender:
    """Exchanges the two dates; a birth date stays, and the other is set some days from it."""
    early, late = DateText(first.format), DateText(second.format)

    def mend(scene: Scene) -> bool:
        before, after = early.read(scene.row.get(first.name, "")), late.read(scene.row.get(second.name, ""))
        if before is None or after is None or before <= after:
            return False
        if first.identity is not None:
            scene.row[second.name] = late.write(before + timedelta(days=between(scene.rng, 0, 30)))
        elif second.identity is not None:
            scene.row[first.name] = early.write(after - timedelta(days=between(scene.rng, 0, 30)))
        else:
            scene.row[first.name], scene.row[second.name] = early.write(after), late.write(before)
        return True

    return mend


def _required_if(column: Column, condition: Column, values: tuple[str, ...], make: Maker) -> Mender:
    def mend(scene: Scene) -> bool:
        held = scene.row.get(condition.name, "")
        if scene.row.get(column.name, "") or not held or (values and held not in values and "*" not in values):
            return False
        value = make(scene)
        scene.row[column.name] = value
        return bool(value)

    return mend


def _empty_unless(column: Column, condition: Column, values: tuple[str, ...]) -> Mender:
    def mend(scene: Scene) -> bool:
        held = scene.row.get(condition.name, "")
        if not scene.row.get(column.name, "") or (held in values if values else held):
            return False
        scene.row[column.name] = ""
        return True

    return mend


def _at_least_one(columns: Sequence[Column], makers: Mapping[str, Maker]) -> Mender:
    """Fills the first of the columns for which there is a value, and whose block is there."""

    def mend(scene: Scene) -> bool:
        if any(scene.row.get(column.name, "") for column in columns):
            return False
        there = [column for column in columns if not any(column.source.startswith(f"{block}/") for block in scene.absent)]
        for column in there:
            value = makers[column.name](scene)
            if value:
                scene.row[column.name] = value
                return True
        return False

    return mend


def _as_the_nir_says(nir: Column, column: Column, told: Maker) -> Mender:
    """Gives the row the sex or birth date of the person whose NIR it holds, as the sender knows the person."""

    def mend(scene: Scene) -> bool:
        held = scene.row.get(column.name, "")
        right = told(scene)
        if not scene.row.get(nir.name, "") or not held or held == right:
            return False
        scene.row[column.name] = right
        return True

    return mend


def sex_of(column: Column) -> Maker:
    """The person's sex, in this column's codes."""
    codes = received_codes(column)
    return lambda scene: codes.get(scene.person.sex, "")


def born_on(column: Column) -> Maker:
    """The person's birth date, as this column writes it."""
    text = DateText(column.format)
    return lambda scene: text.write(scene.person.birth_date)
