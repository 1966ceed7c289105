"""Which column of a contract to spoil, and with what."""

from __future__ import annotations

from passerelle.contract.model import Column, Contract, IdentityRole
from passerelle.errors import ConfigurationError

UNKNOWN_NAME = "INCONNUE"
"""Name of a column or element no contract has."""
_UNKNOWN_CODES = ("ZZZ", "QQQ", "XYX")


def _columns(contract: Contract) -> list[Column]:
    """The columns of dossiers and lines that stand in the file themselves."""
    tables = [table for table in contract.tables if table.role in ("record", "child")]
    return [column for table in tables for column in table.columns if not column.is_lifted]


def date_column(contract: Contract) -> Column:
    """A birth date if there is one. Raises ConfigurationError when the contract has no date."""
    dates = [column for column in _columns(contract) if column.type == "date"]
    births = [column for column in dates if column.identity is IdentityRole.BIRTH_DATE]
    return _first(contract, "date", births or dates)


def code_column(contract: Contract) -> Column:
    """A required one if there is one. Raises ConfigurationError when the contract has no code list."""
    coded = [column for column in _columns(contract) if column.codes is not None]
    return _first(contract, "code", [column for column in coded if column.required] or coded)


def _first(contract: Contract, what: str, columns: list[Column]) -> Column:
    if not columns:
        raise ConfigurationError(f"The contract {contract.id} has no {what} column to spoil.")
    return columns[0]


def unknown_code(column: Column) -> str:
    """A code that is not in the column's list, and no longer than allowed."""
    known = column.codes.codes if column.codes is not None else {}
    width = min(column.max_length or 3, 3)
    return next((code[:width] for code in _UNKNOWN_CODES if code[:width] not in known), "?" * width)
