"""Contract → staging tables: one per table of the feed and major version, every row with its delivery and its line.

A column classified ``secret`` (a NIR, or what may be one) becomes three: keyed hash, quality words, ciphertext. There is no clear form.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, LargeBinary, MetaData, Numeric, Text, Time
from sqlalchemy import Table as SqlTable
from sqlalchemy.types import TypeEngine

from passerelle.contract.model import Column as ContractColumn
from passerelle.contract.model import Contract, Table

SCHEMA = "staging"
LOAD_SCHEMA = "load"
TECHNICAL = ("_delivery_id", "_row", "_line", "_record", "_parent")


def staging_name(contract: Contract, table: Table) -> str:
    """``<partner>__<feed>__v<major>__<table>``."""
    return f"{contract.slug}__v{contract.major}__{table.name}"


def staging_table(contract: Contract, table: Table) -> SqlTable:
    """The staging table of one table of the feed."""
    return SqlTable(
        staging_name(contract, table),
        MetaData(),
        Column("_delivery_id", BigInteger, primary_key=True, autoincrement=False),
        Column("_row", BigInteger, primary_key=True, autoincrement=False),
        *_other_columns(table),
        schema=SCHEMA,
    )


def load_table(contract: Contract, table: Table, delivery_id: int) -> SqlTable:
    """The unlogged table into which the rows of one delivery first go; dropped once they are staged."""
    return SqlTable(
        f"d{delivery_id}__{table.name}",
        MetaData(),
        Column("_delivery_id", BigInteger, nullable=False),
        Column("_row", BigInteger, nullable=False),
        *_other_columns(table),
        schema=LOAD_SCHEMA,
        prefixes=["UNLOGGED"],
    )


def _other_columns(table: Table) -> list[Column[Any]]:
    return [
        Column("_line", BigInteger, nullable=False),
        Column("_record", BigInteger, nullable=False),
        Column("_parent", BigInteger),
        *(made for column in table.columns for made in _columns(column)),
    ]


def _columns(column: ContractColumn) -> list[Column[Any]]:
    if column.protected:
        return [Column(f"{column.name}_hash", Text), Column(f"{column.name}_flags", Text), Column(f"{column.name}_cipher", LargeBinary)]
    return [Column(column.name, _sql_type(column), comment=column.label)]


def _sql_type(column: ContractColumn) -> TypeEngine[Any]:
    match column.type:
        case "date":
            return Date()
        case "time":
            return Time()
        case "timestamp":
            return DateTime()
        case "integer":
            return BigInteger()
        case "number":
            return Numeric(max(column.precision or 18, column.scale + 1), column.scale)
        case "boolean":
            return Boolean()
        case _:
            return Text()
