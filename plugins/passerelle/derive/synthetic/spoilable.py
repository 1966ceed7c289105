"""Which column of a contract to spoil, and with what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from passerelle.contract.model import Column, Contract, IdentityRole, Table
from passerelle.derive.synthetic.scene import DateText
from passerelle.errors import ConfigurationError

UNKNOWN_NAME = "INCONNUE"
"""Name of a column or element no contract has."""
UNKNOWN_VALUE = "NE JAMAIS LIRE"
"""What stands in it."""
LONG = 10_000_000
"""Characters of a value that is far too long."""
_UNKNOWN_CODES = ("ZZZ", "QQQ", "XYX")
_GARBLED = "Né BÃ©ziers"
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_RAISED = str.maketrans("123", "¹²³")
_A_DAY = date(1980, 2, 23)

Wrong = tuple[Column, str]
"""A column and a value that it must not have."""


def spoilt_values(contract: Contract) -> dict[str, list[Wrong]]:
    """By the name of the mistake (see :mod:`passerelle.derive.mutate`), where it can be made and how; the best place comes first."""
    found = {name: choose(contract) for name, choose in _CHOICES.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def date_column(contract: Contract) -> Column:
    """A birth date if there is one. Raises ConfigurationError when the contract has no date."""
    return _first(contract, "date", _dates(contract))


def code_column(contract: Contract) -> Column:
    """A required one if there is one. Raises ConfigurationError when the contract has no code list."""
    return _first(contract, "code", _coded(contract))


def free_columns(contract: Contract) -> list[Column]:
    """Texts that no rule minds but that of their length: names, comments; required ones first, the least limited ones first."""
    free = [column for column in _unruled(contract) if _is_free(column)]
    return sorted(free, key=lambda column: (not column.required, -(column.max_length or LONG)))


def required_column(contract: Contract) -> Column:
    """A required one whose absence nothing else notices, if there is one. Raises ConfigurationError when nothing is required."""
    optional = {(table.name, block) for table in contract.tables for block in table.optional_blocks}
    blocks = tuple(f"{block}/" for _, block in optional)
    required = [column for column in (*_unruled(contract), *_columns(contract)) if column.required]
    return _first(contract, "required", [column for column in required if not column.source.startswith(blocks)])


def unknown_code(column: Column) -> str:
    """A code that is not in the column's list, and no longer than allowed."""
    known = column.codes.codes if column.codes is not None else {}
    width = min(column.max_length or 3, 3)
    return next((code[:width] for code in _UNKNOWN_CODES if code[:width] not in known), "?" * width)


def _tables(contract: Contract) -> list[Table]:
    return [table for table in contract.tables if table.role in ("record", "child")]


def _columns(contract: Contract) -> list[Column]:
    """The columns of dossiers and lines that stand in the file themselves."""
    return [column for table in _tables(contract) for column in table.columns if not column.is_lifted]


def _unruled(contract: Contract) -> list[Column]:
    """The columns that no rule between columns or rows looks at."""
    found = []
    for table in _tables(contract):
        ruled = {name for rule in table.rules for name in (*rule.columns, *rule.when, *rule.minus)} | {*table.key, contract.layout.dossier}
        found += [column for column in table.columns if column.name not in ruled and not column.is_lifted]
    return found


def _is_free(column: Column) -> bool:
    limits = (column.codes, column.pattern, column.min_length, column.checksum)
    return (
        column.type == "string" and not any(limits) and not column.nir and column.identity not in (IdentityRole.EMAIL, IdentityRole.PHONE)
    )


def _first(contract: Contract, what: str, columns: list[Column]) -> Column:
    if not columns:
        raise ConfigurationError(f"The contract {contract.id} has no {what} column to spoil.")
    return columns[0]


def _dates(contract: Contract) -> list[Column]:
    dates = [column for column in _columns(contract) if column.type == "date"]
    return sorted(dates, key=lambda column: column.identity is not IdentityRole.BIRTH_DATE)


def _coded(contract: Contract) -> list[Column]:
    coded = [column for column in _columns(contract) if column.codes is not None]
    return sorted(coded, key=lambda column: not column.required)


def _typed(contract: Contract, *types: str) -> list[Column]:
    """The columns of these types, required ones first, then in the order of the types."""
    columns = [column for column in _unruled(contract) if column.type in types and column.codes is None]
    return sorted(columns, key=lambda column: (not column.required, types.index(column.type)))


def _impossible_date(contract: Contract) -> list[Wrong]:
    return [(column, DateText(column.format).impossible()) for column in _dates(contract)]


def _unknown_code(contract: Contract) -> list[Wrong]:
    return [(column, unknown_code(column)[: column.width]) for column in _coded(contract)]


def _wrong_type(contract: Contract) -> list[Wrong]:
    columns = _typed(contract, "number", "integer", "boolean", "time", "timestamp") or _dates(contract)
    return [(column, "XYZ"[: column.width]) for column in columns]


def _decimal_sign(contract: Contract) -> list[Wrong]:
    text = "12,5" if contract.layout.decimal == "." else "12.5"
    return [(column, text) for column in _typed(contract, "number") if column.scale]


def _underscore(contract: Contract) -> list[Wrong]:
    return [(column, "1_0") for column in _typed(contract, "integer", "number") if (column.width or 3) >= len("1_0")]


def _foreign_digits(contract: Contract) -> list[Wrong]:
    """Digits that programs take for digits and databases do not; Windows-1252 has no others than ``¹²³``."""
    others = _ARABIC if contract.layout.format == "xml" or _can_write(contract, "٠") else _RAISED
    return [(column, DateText(column.format).write(_A_DAY).translate(others)) for column in _dates(contract)]


def _can_write(contract: Contract, text: str) -> bool:
    try:
        text.encode(contract.layout.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _mojibake(contract: Contract) -> list[Wrong]:
    return [(column, _GARBLED[: min(column.max_length or LONG, column.width or LONG)]) for column in free_columns(contract)]


def _long_field(contract: Contract) -> list[Wrong]:
    if contract.layout.format == "fixed":
        return []
    has_long_lines = contract.layout.format not in ("delimited", "jsonlines")
    text = "X" * LONG
    return [(column, text) for column in free_columns(contract) if column.max_length or not has_long_lines]


_CHOICES: dict[str, Callable[[Contract], list[Wrong]]] = {
    "impossible_date": _impossible_date,
    "unknown_code": _unknown_code,
    "wrong_type": _wrong_type,
    "decimal_sign": _decimal_sign,
    "underscored_number": _underscore,
    "foreign_digits": _foreign_digits,
    "mojibake": _mojibake,
    "long_field": _long_field,
}
