"""One row of a table: its columns in an order that lets each see those it depends on, its optional blocks, its rules, its key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from passerelle.contract.model import Column, IdentityRole, Table
from passerelle.derive.synthetic.rules import Mending
from passerelle.derive.synthetic.scene import Maker, Scene, Style
from passerelle.derive.synthetic.values import presence, value_maker
from passerelle.errors import ConfigurationError

_OWN = frozenset(
    {
        IdentityRole.NIR,
        IdentityRole.OTHER_ID,
        IdentityRole.FRANCE_TRAVAIL_NUMBER,
        IdentityRole.DOSSIER_NUMBER,
        IdentityRole.ALLOCATAIRE_NUMBER,
    }
)
"""A key with one of these is different for every person or dossier by itself."""
_TRIES = 50


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    make: Maker
    is_there: Maker | None
    blocks: tuple[str, ...]
    """Optional blocks around the field."""
    opens: tuple[str, ...]
    """Optional blocks whose presence this field decides."""


class RowPlan:
    """How the rows of one table are filled. ``fixed`` gives the values that are decided beforehand."""

    def __init__(self, table: Table, style: Style, tables: Iterable[Table], fixed: Mapping[str, str] | None = None) -> None:
        self.table = table
        tables = tuple(tables)
        self._fixed = dict(fixed or {})
        makers = {column.name: value_maker(column, table, style, tables) for column in table.columns}
        self._leaders = _leaders(table)
        self._fields = [self._field(column, makers[column.name]) for column in _in_order(table, self._leaders)]
        self._mending = Mending(table, makers)
        self._keys: set[tuple[str, ...]] | None = None
        if table.key and not any(table.column(name).identity in _OWN for name in table.key):
            self._keys = set()

    def fill(self, scene: Scene) -> dict[str, str]:
        """The row, by column name; ``scene.row`` may hold values that are already decided, ``scene.absent`` tells the absent blocks."""
        decided = dict(scene.row)
        for _ in range(_TRIES):
            scene.row, scene.absent = {**decided, **self._fixed}, set()
            self._fill_once(scene)
            if self._is_new(scene.row):
                return scene.row
        raise ConfigurationError(
            f"The synthetic file finds no further value for the key ({', '.join(self.table.key)}) of table {self.table.name!r}: "
            "widen the sample hints of these columns in the contract."
        )

    def _fill_once(self, scene: Scene) -> None:
        row, absent = scene.row, scene.absent
        for column in self._fields:
            name = column.name
            if name in row:
                continue
            if column.blocks and not absent.isdisjoint(column.blocks):
                row[name] = ""
            elif column.is_there is None or column.is_there(scene):
                row[name] = column.make(scene)
            else:
                row[name] = ""
            if column.opens and not row[name]:
                absent.update(column.opens)
        self._mending.mend(scene)

    def _is_new(self, row: dict[str, str]) -> bool:
        if self._keys is None:
            return True
        key = tuple(row[name] for name in self.table.key)
        if key in self._keys:
            return False
        self._keys.add(key)
        return True

    def _field(self, column: Column, make: Maker) -> _Field:
        blocks = _blocks_around(column, self.table)
        opens = tuple(block for block in blocks if self._leaders[block] == column.name)
        is_certain = column.required and not opens
        return _Field(column.name, make, None if is_certain else presence(column.sample), blocks, opens)


def _blocks_around(column: Column, table: Table) -> tuple[str, ...]:
    """The optional blocks of the table that hold the column, outermost first."""
    if "[" in column.source:
        return ()
    return tuple(sorted((block for block in table.optional_blocks if column.source.startswith(f"{block}/")), key=len))


def _leaders(table: Table) -> dict[str, str]:
    """For each optional block with fields, the column that decides whether it is there: its first required one, else its first."""
    leaders: dict[str, str] = {}
    for block in table.optional_blocks:
        inside = [column for column in table.columns if block in _blocks_around(column, table)]
        own = [column for column in inside if _blocks_around(column, table)[-1] == block] or inside
        if own:
            leaders[block] = next((column.name for column in own if column.required), own[0].name)
    return leaders


def _in_order(table: Table, leaders: Mapping[str, str]) -> list[Column]:
    """The columns, each after those its sample hints name and after the leaders of its blocks; else as listed."""
    by_name = {column.name: column for column in table.columns}
    ordered: list[Column] = []
    seen: set[str] = set()

    def visit(column: Column) -> None:
        if column.name in seen:
            return
        seen.add(column.name)
        sample = column.sample
        needed = [name for name in (sample.same_as, sample.after, *(sample.only_if or ())) if name is not None]
        needed += [leaders[block] for block in _blocks_around(column, table)]
        for name in needed:
            if name in by_name:
                visit(by_name[name])
        ordered.append(column)

    for column in table.columns:
        visit(column)
    return ordered
