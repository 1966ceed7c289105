"""Two versions of a contract: what changed, who is concerned, and whether the version number says so.

A change is *breaking* when a file, or a program that reads it, that was right yesterday is wrong tomorrow. For a feed a partner sends
(inbound) that is a narrower promise; for one the Département sends (outbound) it is a wider one: the partner's program may meet what it
does not know. A change *needs notice* when everything goes on as before but someone must know: another contact, calendar, retention or
classification. The version follows (semantic versioning): breaking, a new major version; notice, a new minor one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from passerelle.contract import fields
from passerelle.contract.fields import Field
from passerelle.contract.judges import Sense
from passerelle.contract.model import CodeList, Column, Contract, Layout, Table


class Verdict(StrEnum):
    """What one change asks for."""

    COMPATIBLE = "compatible"
    NOTICE = "notice"
    BREAKING = "breaking"


_WHY = {
    (Sense.NARROWER, True): "Un fichier conforme hier peut être refusé ou mis à part demain.",
    (Sense.WIDER, False): "Le programme du partenaire peut recevoir ce qu'il ne connaît pas.",
    (Sense.OTHER, True): "Un fichier fait comme hier ne sera plus lu comme avant.",
    (Sense.OTHER, False): "Le programme du partenaire ne lira plus le fichier comme avant.",
    (Sense.TOLD, True): "Rien n'est refusé, mais le partenaire ou le délégué à la protection des données doit le savoir.",
    (Sense.TOLD, False): "Tout reste lisible, mais le partenaire ou le délégué à la protection des données doit le savoir.",
}
_ORDER = (Verdict.COMPATIBLE, Verdict.NOTICE, Verdict.BREAKING)


class Change(BaseModel):
    """One difference between two versions of a contract."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    place: str
    """Where: ``fichier``, ``table accompagnement``, ``accompagnement.date_naissance``, …"""
    what: str
    """What changed, in French."""
    old: str
    new: str
    verdict: Verdict
    why: str
    """Why, in French; empty where nobody is concerned."""


class Difference(BaseModel):
    """All differences, and what follows for the version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    direction: str
    old_version: str
    new_version: str
    changes: tuple[Change, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict; compatible when nothing changed."""
        return max((change.verdict for change in self.changes), key=_ORDER.index, default=Verdict.COMPATIBLE)

    @property
    def needed_version(self) -> str:
        """The lowest version number the new contract may carry."""
        major, minor, patch = _numbers(self.old_version)
        if not self.changes:
            return self.old_version
        if self.verdict is Verdict.BREAKING:
            return f"{major + 1}.0.0"
        return f"{major}.{minor + 1}.0" if self.verdict is Verdict.NOTICE else f"{major}.{minor}.{patch + 1}"

    @property
    def is_refused(self) -> bool:
        """Whether the new version number does not say what changed."""
        return _numbers(self.new_version) < _numbers(self.needed_version)


def compare(old: Contract, new: Contract) -> Difference:
    """The differences between two versions of one feed's contract, the gravest first."""
    found = list(_Comparison(new.direction, new.layout).contract(old, new))
    found.sort(key=lambda change: -_ORDER.index(change.verdict))
    return Difference(feed=new.id, direction=new.direction, old_version=old.version, new_version=new.version, changes=tuple(found))


class _Comparison:
    """Walks both contracts side by side."""

    def __init__(self, direction: str, layout: Layout) -> None:
        self._inbound = direction == "inbound"
        self._layout = layout
        self._by_place = layout.format == "fixed" or (layout.format in ("delimited", "xlsx") and not layout.header)
        self._named_in_header = layout.format in ("delimited", "xlsx") and layout.header

    def contract(self, old: Contract, new: Contract) -> Iterator[Change]:
        yield from self._fields("contrat", fields.CONTRACT, old, new)
        yield from self._fields("calendrier", fields.CALENDAR, old.calendar, new.calendar)
        yield from self._fields("fichier", fields.LAYOUT, old.layout, new.layout)
        yield from self._names(old.layout, new.layout)
        yield from self._ignored(old, new)
        before, after = ({table.name: table for table in contract.tables} for contract in (old, new))
        for name in sorted(before.keys() - after.keys()):
            yield self._change(f"table {name}", "table retirée", name, "", Sense.TOLD if self._inbound else Sense.OTHER)
        for name in sorted(after.keys() - before.keys()):
            sense = Sense.NARROWER if after[name].min_rows else Sense.TOLD
            yield self._change(f"table {name}", "table ajoutée", "", name, sense if self._inbound else Sense.TOLD)
        for name in sorted(before.keys() & after.keys()):
            yield from self._table(before[name], after[name])

    def _fields(self, place: str, known: Mapping[str, Field], old: BaseModel, new: BaseModel) -> Iterator[Change]:
        for name, field in known.items():
            before, after = getattr(old, name), getattr(new, name)
            if field.judge is not None and before != after:
                yield self._change(place, field.name, before, after, field.judge(before, after))

    def _change(self, place: str, what: str, old: Any, new: Any, sense: Sense) -> Change:
        verdict = self._verdict(sense)
        why = _WHY.get((sense, self._inbound), "") if verdict is not Verdict.COMPATIBLE else ""
        return Change(place=place, what=what, old=_text(old), new=_text(new), verdict=verdict, why=why)

    def _verdict(self, sense: Sense) -> Verdict:
        breaking = (Sense.OTHER, Sense.NARROWER if self._inbound else Sense.WIDER)
        if sense in breaking:
            return Verdict.BREAKING
        return Verdict.NOTICE if sense is Sense.TOLD else Verdict.COMPATIBLE

    def _names(self, old: Layout, new: Layout) -> Iterator[Change]:
        if old.name_template != new.name_template:
            sense = Sense.SILENT if self._inbound else Sense.OTHER
            yield self._change("fichier", fields.LAYOUT["name_template"].name, old.name_template, new.name_template, sense)

    def _ignored(self, old: Contract, new: Contract) -> Iterator[Change]:
        before, after = ({item.path for item in contract.layout.ignored} for contract in (old, new))
        for path in sorted(before ^ after):
            what = "élément laissé de côté" if path in after else "élément qui n'est plus laissé de côté"
            yield self._change("fichier", what, path if path in before else "", path if path in after else "", Sense.TOLD)

    def _table(self, old: Table, new: Table) -> Iterator[Change]:
        place = f"table {new.name}"
        yield from self._fields(place, fields.TABLE, old, new)
        if old.key != new.key:
            sense = Sense.WIDER if not new.key else Sense.NARROWER if not old.key else Sense.OTHER
            yield self._change(place, fields.TABLE["key"].name, old.key, new.key, sense)
        yield from self._rules(old, new)
        for before, after in _paired(old, new):
            if before is None and after is not None:
                yield self._change(f"{new.name}.{after.name}", "colonne ajoutée", "", after.source, self._added(after))
            elif after is None and before is not None:
                yield self._change(f"{new.name}.{before.name}", "colonne retirée", before.source, "", self._removed())
            elif before is not None and after is not None:
                yield from self._column(new.name, before, after)
        yield from self._order(place, old, new)

    def _added(self, column: Column) -> Sense:
        if self._by_place:
            return Sense.OTHER
        if self._inbound:
            # A header must name every column of the contract, whether a value is required or not.
            return Sense.NARROWER if column.required or self._named_in_header else Sense.TOLD
        return Sense.TOLD

    def _removed(self) -> Sense:
        return Sense.OTHER if self._by_place or not self._inbound else Sense.TOLD

    def _order(self, place: str, old: Table, new: Table) -> Iterator[Change]:
        common = {column.source for column in old.columns} & {column.source for column in new.columns}
        before, after = ([column.source for column in table.columns if column.source in common] for table in (old, new))
        if before != after:
            is_told = not self._inbound and self._layout.format in ("delimited", "xlsx")
            sense = Sense.OTHER if self._by_place else Sense.TOLD if is_told else Sense.SILENT
            yield self._change(place, "ordre des colonnes", before, after, sense)

    def _column(self, table: str, old: Column, new: Column) -> Iterator[Change]:
        place = f"{table}.{new.name}"
        yield from self._fields(place, fields.COLUMN, old, new)
        if old.codes is None or new.codes is None:
            if old.codes is not new.codes:
                name = (new.codes or old.codes or CodeList(name="", codes={})).name
                sense = Sense.NARROWER if old.codes is None else Sense.WIDER
                yield self._change(place, fields.COLUMN["codes"].name, name if old.codes else "", name if new.codes else "", sense)
            return
        yield from self._codes(place, old.codes, new.codes)

    def _codes(self, place: str, old: CodeList, new: CodeList) -> Iterator[Change]:
        for code in sorted(old.codes.keys() - new.codes.keys()):
            yield self._change(place, "code retiré", f"{code} ({old.codes[code].label})", "", Sense.NARROWER)
        for code in sorted(new.codes.keys() - old.codes.keys()):
            yield self._change(place, "code ajouté", "", f"{code} ({new.codes[code].label})", Sense.WIDER)
        for code in sorted(old.codes.keys() & new.codes.keys()):
            yield from self._fields(f"{place}, code {code}", fields.CODE, old.codes[code], new.codes[code])

    def _rules(self, old: Table, new: Table) -> Iterator[Change]:
        before, after = ({rule.id: rule for rule in table.rules} for table in (old, new))
        for name in sorted(before.keys() - after.keys()):
            yield self._change(f"règle {new.name}.{name}", "règle retirée", before[name].message, "", Sense.WIDER)
        for name in sorted(after.keys() - before.keys()):
            sense = Sense.TOLD if after[name].effect.severity == "warning" else Sense.NARROWER
            yield self._change(f"règle {new.name}.{name}", "règle ajoutée", "", after[name].message, sense)
        for name in sorted(before.keys() & after.keys()):
            yield from self._fields(f"règle {new.name}.{name}", fields.RULE, before[name], after[name])


def _paired(old: Table, new: Table) -> list[tuple[Column | None, Column | None]]:
    """The columns of both: of the same name, else of the same source; in the old order, then the added ones."""
    by_name = {column.name: column for column in new.columns}
    by_source = {column.source: column for column in new.columns if column.name not in {other.name for other in old.columns}}
    pairs: list[tuple[Column | None, Column | None]] = []
    met: set[str] = set()
    for column in old.columns:
        match = by_name.get(column.name) or by_source.get(column.source)
        pairs.append((column, match))
        if match is not None:
            met.add(match.name)
    return pairs + [(None, column) for column in new.columns if column.name not in met]


def _text(value: Any) -> str:
    """The value as an author reads it."""
    if value is None or value == "" or value == ():
        return "(rien)"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return str(value)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
