"""Values that do not say who the row is about: by the contract's sample hints, else by its codes and types."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import accumulate

from passerelle.contract.model import Column, Sample, Table
from passerelle.derive.synthetic.people import is_organisation, organisation, person_maker, received_codes
from passerelle.derive.synthetic.scene import TIME, DateText, Maker, Scene, Style
from passerelle.derive.synthetic.text import counted, fitter, plain_text
from passerelle.population.dice import between, pick

_SPECIAL_WORDS = ("non défini", "inconnu", "non renseigné", "sans objet")
_DAYS = ("date", "timestamp")
_RECENT = (-365, 0)
"""Days, for a date of which the contract says nothing."""


def value_maker(column: Column, table: Table, style: Style, tables: Iterable[Table]) -> Maker:
    """What makes a value of this column, present in every case: the share of empty ones is the row's affair."""
    if is_organisation(column, tables):
        return organisation(column)
    made = person_maker(column, table, style) or _told_by_codes(column)
    if made is not None:
        return made
    if _is_commune_name(column, tables):
        fit = fitter(column, style)
        return lambda scene: fit(scene.commune.name)
    if column.sample.pick is not None and _is_about_nobody(tables):
        return _in_turn(column.sample.pick)
    return _hinted(column, style) or _by_codes(column) or _by_type(column, table, style)


def presence(sample: Sample) -> Maker | None:
    """What says whether the value is there (``""``: no), or None when it always is."""
    conditions = sample.only_if or {}
    if not conditions and sample.fill >= 1:
        return None

    def is_there(scene: Scene) -> str:
        if not meets(scene.row, conditions):
            return ""
        return "yes" if sample.fill >= 1 or scene.rng.random() < sample.fill else ""

    return is_there


def meets(row: Mapping[str, str], conditions: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether each column named holds one of its values, ``"*"`` being any value."""
    for name, allowed in conditions.items():
        value = row.get(name, "")
        if not value or (value not in allowed and "*" not in allowed):
            return False
    return True


def _told_by_codes(column: Column) -> Maker | None:
    """A title (« Madame ») or a part in the household: code lists whose words are those of people."""
    codes = received_codes(column)
    if {"M", "F"} <= set(codes) <= {"M", "F", "N"}:
        return lambda scene: codes[scene.person.sex]
    if {"DEM", "CJT", "ENF"} <= set(codes):
        return lambda scene: codes[scene.person.role]
    return None


def _is_commune_name(column: Column, tables: Iterable[Table]) -> bool:
    return any(entry.columns.get("commune_name", "").split(".")[-1] == column.name for table in tables for entry in table.publish)


def _is_about_nobody(tables: Iterable[Table]) -> bool:
    return not any(column.identity is not None or column.nir for table in tables for column in table.columns)


def _in_turn(texts: tuple[str, ...]) -> Maker:
    """In a reference list, what stands at the same place in several columns belongs together: a code and its name."""
    return lambda scene: texts[(scene.number - 1) % len(texts)]


def _hinted(column: Column, style: Style) -> Maker | None:
    sample = column.sample
    if sample.same_as is not None:
        other = sample.same_as
        return lambda scene: scene.row.get(other, "")
    if sample.weights is not None:
        return _weighted(sample.weights)
    if column.type in _DAYS and (sample.days is not None or sample.after is not None):
        return _dated(column, style, sample.days or ((0, 90) if sample.after else _RECENT))
    if sample.range is not None:
        return _ranged(column, style, sample.range)
    if sample.pick is not None:
        texts = sample.pick
        return lambda scene: pick(scene.rng, texts)
    return None


def _weighted(weights: dict[str, int]) -> Maker:
    values = list(weights)
    bounds = list(accumulate(weights.values()))
    total = bounds[-1]
    return lambda scene: values[bisect(bounds, scene.rng.random() * total)]


def _dated(column: Column, style: Style, days: tuple[int, int]) -> Maker:
    text = DateText(column.format)
    low, high = days
    after = column.sample.after
    earliest, latest = _day(column.minimum), _day(column.maximum)

    def make(scene: Scene) -> str:
        start = text.read(scene.row.get(after, "")) if after is not None else None
        day = (start or style.facts_on) + timedelta(days=between(scene.rng, low, high))
        if earliest is not None and day < earliest:
            day = earliest
        return text.write(latest if latest is not None and day > latest else day)

    return make


def _ranged(column: Column, style: Style, bounds: tuple[int, int]) -> Maker:
    low, high = bounds
    if column.type != "number":
        return lambda scene: str(between(scene.rng, low, high))
    scale = 10**column.scale

    def make(scene: Scene) -> str:
        amount = between(scene.rng, low * scale, high * scale)
        whole, rest = divmod(amount, scale)
        return f"{whole}{style.decimal}{rest:0{column.scale}d}" if column.scale else str(whole)

    return make


def _by_codes(column: Column) -> Maker | None:
    """The first code that does not stand for « unknown »."""
    if column.codes is None or not column.codes.codes:
        return None
    usual = [code for code, entry in column.codes.codes.items() if not any(word in entry.label.lower() for word in _SPECIAL_WORDS)]
    code = (usual or list(column.codes.codes))[0]
    return lambda scene: code


def _by_type(column: Column, table: Table, style: Style) -> Maker:
    if column.type in _DAYS:
        return _dated(column, style, _RECENT)
    if column.type == "time":
        text = f"{TIME}.0000" if style.is_xml else TIME
        return lambda scene: text
    if column.type == "boolean":
        return lambda scene: "1" if scene.rng.random() < 0.5 else "0"
    if column.type in ("integer", "number"):
        return _ranged(column, style, _bounds(column))
    if column.name in table.key:
        make = counted(column)
        return lambda scene: make(scene.number)
    text = plain_text(column, style)
    return lambda scene: text


def _bounds(column: Column) -> tuple[int, int]:
    """What the column allows, but no more than a hundred."""
    low = int(float(column.minimum)) if column.minimum is not None else 0
    largest = 10 ** (column.precision - column.scale) - 1 if column.precision else low + 100
    high = int(float(column.maximum)) if column.maximum is not None else largest
    return low, min(high, largest, low + 100)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
