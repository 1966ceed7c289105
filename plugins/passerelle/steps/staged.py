"""Reading staged rows with the columns of their ancestors: a person's row and the dossier it hangs on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_
from sqlalchemy import Table as SqlTable

from passerelle.contract.model import Column, Contract, IdentityRole, Table
from passerelle.derive.tables import staging_table
from passerelle.errors import ConfigurationError


@dataclass(frozen=True)
class Lineage:
    """A staged table joined with its parents."""

    contract: Contract
    table: Table
    sql: dict[str, SqlTable]
    """Table name → its staging table, the table's own and its ancestors'."""
    source: FromClause

    @property
    def own(self) -> SqlTable:
        """The staging table whose rows are read."""
        return self.sql[self.table.name]

    def find(self, name: str) -> tuple[Column, SqlTable]:
        """The contract column and staging table of ``column`` or ``<ancestor>.<column>``; ConfigurationError when there is none."""
        holder, _, column = name.rpartition(".")
        table = self.contract.table(holder) if holder else self.table
        if table.name not in self.sql:
            raise ConfigurationError(f"{self.contract.id}: {name} is no column of {self.table.name} or a table above it.")
        return table.column(column), self.sql[table.name]

    def value(self, name: str) -> ColumnElement[object]:
        """The staged value of ``column`` or ``<ancestor>.<column>``: for a protected column its hash."""
        column, table = self.find(name)
        return table.c[f"{column.name}_hash" if column.protected else column.name]

    def role(self, role: IdentityRole) -> tuple[Column, SqlTable] | None:
        """The nearest column, upwards, that plays this part in recognising the person."""
        table: Table | None = self.table
        while table is not None:
            column = table.role_of(role)
            if column is not None:
                return column, self.sql[table.name]
            table = self.contract.table(table.parent) if table.parent else None
        return None


def lineage(contract: Contract, table: Table) -> Lineage:
    """The table with its ancestors, joined row to parent row."""
    own = staging_table(contract, table)
    sql = {table.name: own}
    source: FromClause = own
    child, parent = own, table.parent
    while parent is not None:
        above = contract.table(parent)
        upper = staging_table(contract, above)
        source = source.join(upper, and_(upper.c["_delivery_id"] == child.c["_delivery_id"], upper.c["_row"] == child.c["_parent"]))
        sql[above.name] = upper
        child, parent = upper, above.parent
    return Lineage(contract, table, sql, source)
