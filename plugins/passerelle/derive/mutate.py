"""Broken copies of a good file, one mistake each: what partners' exports and transfers do to files.

For tests and the demonstration. A copy keeps the file's name and goes into another folder. Files are read whole: use small ones.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from passerelle.contract.model import Column, Contract, Format
from passerelle.derive.synthetic import (
    broken_delimited,
    broken_envelope,
    broken_fixed,
    broken_json,
    broken_text,
    broken_xlsx,
    broken_xml,
    wrapping,
)
from passerelle.derive.synthetic.broken_rules import broken_rule
from passerelle.derive.synthetic.spoilable import Wrong, spoilt_values
from passerelle.errors import ConfigurationError

_Break = Callable[[Contract, bytes], bytes]


class Mutation(StrEnum):
    """The ways to break a file."""

    EMPTY = "empty"
    """Zero bytes."""
    HEADER_ONLY = "header_only"
    """No line, no dossier."""
    TRUNCATED = "truncated"
    """Half-written: cut in the middle of a record."""
    NUL_BYTE = "nul_byte"
    WRONG_ENCODING = "wrong_encoding"
    """Bytes that the announced encoding does not have."""
    UTF_16 = "utf_16"
    BYTE_ORDER_MARK = "byte_order_mark"
    """No mistake, as the two below: a good reader does not mind."""
    MIXED_LINE_ENDS = "mixed_line_ends"
    NO_LAST_LINE_END = "no_last_line_end"
    END_MARKER = "end_marker"
    r"""A line ``\.``, where a database would stop loading."""
    LONG_FIELD = "long_field"
    """Ten million characters in one value."""
    IMPOSSIBLE_DATE = "impossible_date"
    """31 February 1980, as a birth date."""
    UNKNOWN_CODE = "unknown_code"
    WRONG_TYPE = "wrong_type"
    """Letters for a number, an hour, a yes or no; where there is none, for a date."""
    DECIMAL_SIGN = "decimal_sign"
    """A comma where a point was agreed, or the other way round."""
    UNDERSCORED_NUMBER = "underscored_number"
    """``1_0``, a number to Python."""
    FOREIGN_DIGITS = "foreign_digits"
    """Arabic-Indic ones, digits to Unicode."""
    MOJIBAKE = "mojibake"
    """UTF-8 read as Windows-1252 before it was sent."""
    DUPLICATE_KEY = "duplicate_key"
    """The first line or dossier comes a second time; the footer counts it, and adds it up."""
    UNKNOWN_COLUMN = "unknown_column"
    """Not in XML, as the two below."""
    REORDERED_COLUMNS = "reordered_columns"
    """No mistake where columns have names."""
    WRONG_DELIMITER = "wrong_delimiter"
    """Delimited only, as the one below."""
    UNCLOSED_QUOTE = "unclosed_quote"
    MISSING_COLUMN = "missing_column"
    """In XML and JSON, a required value is missing once."""
    AT_LEAST_ONE = "at_least_one"
    """None of several values of a line of which one is needed. Not in XML, as the one below."""
    EMPTY_UNLESS = "empty_unless"
    """A value where the line's other values say that there is none."""
    MISSING_FOOTER = "missing_footer"
    """XML only, as the ones below."""
    UNKNOWN_ELEMENT = "unknown_element"
    INCLUSION = "inclusion"
    ENTITY_BOMB = "entity_bomb"
    EXTERNAL_ENTITY = "external_entity"
    DEEP_NESTING = "deep_nesting"
    """XML and JSON."""
    SHORT_LINE = "short_line"
    """Fixed width only."""
    MISSING_TRAILER = "missing_trailer"
    """Where the contract provides for one, as the one below."""
    WRONG_COUNT = "wrong_count"
    NOT_WRAPPED = "not_wrapped"
    """Sent without its envelope, as the one below where the contract provides for one."""
    ALTERED = "altered"
    """One bit of the wrapped file is another."""
    SECOND_FILE = "second_file"
    """Zip only."""
    OTHER_KEY = "other_key"
    """OpenPGP only: encrypted to a key that is not ours."""
    DUPLICATE_JSON_KEY = "duplicate_json_key"
    """JSON lines only, as the ones below."""
    NOT_AN_OBJECT = "not_an_object"
    NOT_A_NUMBER = "not_a_number"
    INFINITE_NUMBER = "infinite_number"
    ENDLESS_NUMBER = "endless_number"
    EXCEL_LOST_ZERO = "excel_lost_zero"
    """Spreadsheets only, as the ones below."""
    EXCEL_NIR_NUMBER = "excel_nir_number"
    EXCEL_SERIAL_DATE = "excel_serial_date"
    EXCEL_ERROR = "excel_error"
    EXCEL_FORMULA = "excel_formula"
    """One whose result was not saved."""
    EXCEL_MACRO = "excel_macro"
    EXCEL_LINK = "excel_link"
    EXCEL_HIDDEN_SHEET = "excel_hidden_sheet"
    EXCEL_FALSE_DIMENSION = "excel_false_dimension"
    """No mistake: what a sheet says of its size is not believed."""


def mutations(contract: Contract) -> tuple[Mutation, ...]:
    """The ways in which a file of this contract can be broken."""
    return tuple(_kinds(contract))


def mutate(contract: Contract, path: Path, kind: str, out_dir: Path, *, key: bytes | None = None) -> Path:
    """A copy of the file in ``out_dir`` with this mistake; what is inside an envelope is taken out, broken and wrapped again.

    ``key``: the private OpenPGP key of an encrypted feed. Raises ConfigurationError when it is missing, when the kind does not exist for
    the contract's format, when the contract has no column to spoil in that way, or when ``out_dir`` is the folder of the file.
    """
    breaks = _kinds(contract)
    if kind not in breaks:
        raise ConfigurationError(f"A file of {contract.id} cannot be broken by {kind!r}; known: {', '.join(sorted(breaks))}.")
    if out_dir.resolve() == path.parent.resolve():
        raise ConfigurationError(f"The broken copy would replace {path}: give another folder.")
    out_dir.mkdir(parents=True, exist_ok=True)
    copy = out_dir / path.name
    data = path.read_bytes()
    if kind in _outside(contract):
        copy.write_bytes(breaks[Mutation(kind)](contract, data))
        return copy
    copy.write_bytes(breaks[Mutation(kind)](contract, wrapping.unwrapped(contract, data, key)))
    if kind != Mutation.NOT_WRAPPED:
        wrapping.wrap(contract, copy, copy.name, wrapping.certificate_of(key) if key is not None else None)
    return copy


def with_value(contract: Contract, data: bytes, column: Column, value: str) -> bytes:
    """The file, not wrapped, with this value in a column: in a line in the middle, in XML in place of the first one there is."""
    return _WITH_VALUE[contract.layout.format](contract, data, column, value)


def spoilt_value(contract: Contract, data: bytes, kind: str) -> Wrong | None:
    """The column that this mistake spoils in this file, not wrapped, and the value it is given; None when it is about no value."""
    wrong = spoilt_values(contract).get(kind, [])
    return next((one for one in wrong if contract.layout.format != "xml" or broken_xml.holds(contract, data, one[0])), None)


def _kinds(contract: Contract) -> dict[Mutation, _Break]:
    layout = contract.layout
    inside = {Mutation(name): breaks for name, breaks in (broken_text.breaks_of(contract) | _PER_FORMAT[layout.format]).items()}
    inside |= {kind: _spoilt(kind) for kind in map(Mutation, spoilt_values(contract)) if kind not in inside}
    inside |= {kind: _contradicted(kind) for kind in _CONTRADICTIONS if broken_rule(contract, kind) is not None}
    missing = (
        set() if layout.header else {Mutation.UNKNOWN_COLUMN, Mutation.MISSING_COLUMN, Mutation.REORDERED_COLUMNS, Mutation.HEADER_ONLY}
    )
    missing |= {Mutation.MISSING_TRAILER, Mutation.WRONG_COUNT} if layout.trailer is None else set()
    missing |= {Mutation.WRONG_COUNT} if layout.trailer is not None and layout.trailer.count is None else set()
    if layout.format == "xlsx":
        missing |= {kind for kind in inside if not broken_xlsx.is_possible(contract, kind)}
    known = {kind: breaks for kind, breaks in inside.items() if kind not in missing}
    return known | _outside(contract) | ({Mutation.NOT_WRAPPED: lambda contract, data: data} if layout.envelope else {})


def _spoilt(kind: Mutation) -> _Break:
    def spoil(contract: Contract, data: bytes) -> bytes:
        wrong = spoilt_value(contract, data, kind)
        if wrong is None:
            raise ConfigurationError(f"The file of {contract.id} has no value to spoil by {kind}.")
        return with_value(contract, data, *wrong)

    return spoil


def _contradicted(kind: Mutation) -> _Break:
    def contradict(contract: Contract, data: bytes) -> bytes:
        found = broken_rule(contract, kind)
        if found is None:
            raise ConfigurationError(f"The contract {contract.id} has no rule of kind {kind} to break.")
        for column, value in found[1]:
            data = with_value(contract, data, column, value)
        return data

    return contradict


def _outside(contract: Contract) -> dict[Mutation, _Break]:
    """What can happen to the file as a whole: to its envelope, if it has one."""
    envelope = contract.layout.envelope
    if not envelope:
        return {}
    only = {"zip": (Mutation.SECOND_FILE,), "openpgp": (Mutation.OTHER_KEY,)}
    kinds = (Mutation.ALTERED, *only.get(envelope[0], ()))
    found: dict[Mutation, _Break] = {kind: broken_envelope.BREAKS[kind] for kind in kinds}
    return found | {Mutation.EMPTY: lambda contract, data: b"", Mutation.TRUNCATED: lambda contract, data: data[: len(data) * 2 // 3]}


_CONTRADICTIONS = (Mutation.AT_LEAST_ONE, Mutation.EMPTY_UNLESS)
_WITH_VALUE: dict[Format, Callable[[Contract, bytes, Column, str], bytes]] = {
    "delimited": broken_delimited.with_value,
    "fixed": broken_fixed.with_value,
    "jsonlines": broken_json.with_value,
    "xlsx": broken_xlsx.with_value,
    "xml": broken_xml.with_value,
}
_PER_FORMAT: dict[Format, dict[str, _Break]] = {
    "delimited": broken_delimited.BREAKS,
    "fixed": broken_fixed.BREAKS,
    "jsonlines": broken_json.BREAKS,
    "xlsx": broken_xlsx.BREAKS,
    "xml": broken_xml.BREAKS,
}
"""What can happen to a file of each format, by the value of its Mutation."""
