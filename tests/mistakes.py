"""What must be found of each mistake in a file, for any contract, and nothing else."""

from __future__ import annotations

from battery import Said, first_difference, lines_of
from passerelle.contract.model import Contract
from passerelle.derive.mutate import Mutation, spoilt_value
from passerelle.derive.synthetic.broken_rules import broken_rule
from passerelle.derive.synthetic.broken_xlsx import lost_zeros
from passerelle.derive.synthetic.broken_xml import place_of
from passerelle.derive.synthetic.spoilable import date_column, required_column
from passerelle.findings import Effect

REFUSE, ASIDE, WARN = Effect.REFUSE, Effect.SET_ASIDE, Effect.WARN
HARMLESS = (
    Mutation.HEADER_ONLY,
    Mutation.BYTE_ORDER_MARK,
    Mutation.MIXED_LINE_ENDS,
    Mutation.NO_LAST_LINE_END,
    Mutation.REORDERED_COLUMNS,
    Mutation.EXCEL_FALSE_DIMENSION,
)
"""Nothing is found."""
_WHOLE_FILE = {
    Mutation.EMPTY: Said("empty", None, REFUSE),
    Mutation.UTF_16: Said("encoding", 1, REFUSE),
    Mutation.WRONG_DELIMITER: Said("delimiter", 1, REFUSE),
    Mutation.MISSING_FOOTER: Said("footer", None, REFUSE),
    Mutation.ENTITY_BOMB: Said("doctype", None, REFUSE),
    Mutation.EXTERNAL_ENTITY: Said("doctype", None, REFUSE),
    Mutation.NOT_WRAPPED: Said("envelope", None, REFUSE),
    Mutation.ALTERED: Said("envelope", None, REFUSE),
    Mutation.SECOND_FILE: Said("envelope", None, REFUSE),
    Mutation.OTHER_KEY: Said("envelope", None, REFUSE),
    Mutation.EXCEL_MACRO: Said("workbook_macro", None, REFUSE),
    Mutation.EXCEL_LINK: Said("workbook_links", None, REFUSE),
    Mutation.EXCEL_HIDDEN_SHEET: Said("other_sheets", 1, WARN),
}
_AT_THE_LINE = {
    Mutation.NUL_BYTE: ("nul", REFUSE),
    Mutation.DUPLICATE_KEY: ("unique", ASIDE),
    Mutation.UNCLOSED_QUOTE: ("swallowed", ASIDE),
    Mutation.SHORT_LINE: ("width", ASIDE),
    Mutation.UNKNOWN_ELEMENT: ("unknown_element", WARN),
    Mutation.INCLUSION: ("unknown_element", WARN),
    Mutation.DUPLICATE_JSON_KEY: ("json_repeated_key", ASIDE),
    Mutation.NOT_AN_OBJECT: ("json_object", ASIDE),
    Mutation.NOT_A_NUMBER: ("json_number", ASIDE),
    Mutation.INFINITE_NUMBER: ("json_number", ASIDE),
    Mutation.ENDLESS_NUMBER: ("json_number", ASIDE),
    Mutation.EXCEL_NIR_NUMBER: ("excel_exact", WARN),
}
_BY_FORMAT = {
    Mutation.END_MARKER: {"delimited": ("columns", ASIDE), "fixed": ("width", ASIDE), "jsonlines": ("json_syntax", ASIDE)},
    Mutation.DEEP_NESTING: {"xml": ("xml", REFUSE), "jsonlines": ("json_depth", ASIDE)},
}
_EXCEL = {
    Mutation.EXCEL_LOST_ZERO: "excel_zero",
    Mutation.EXCEL_SERIAL_DATE: "excel_date",
    Mutation.EXCEL_ERROR: "excel_error",
    Mutation.EXCEL_FORMULA: "excel_formula",
}


def expected(contract: Contract, kind: Mutation, good: bytes, bad: bytes) -> set[Said]:
    """What must be found; both files without their envelope."""
    if kind in HARMLESS:
        return set()
    if kind in _WHOLE_FILE:
        return {_WHOLE_FILE[kind]}
    if kind is Mutation.TRUNCATED and contract.layout.format == "xlsx":
        return {Said("truncated", None, REFUSE)}
    line = first_difference(contract, good, bad)
    if contract.layout.is_lines and max(map(len, lines_of(contract, bad))) > contract.layout.max_line_bytes:
        return {Said("line_length", line, REFUSE)}
    if kind is Mutation.END_MARKER and contract.layout.trailer is not None and contract.layout.trailer.count:
        return {Said("count", len(lines_of(contract, bad)), REFUSE)}  # a line more than announced
    if kind in _AT_THE_LINE or kind in _BY_FORMAT:
        name, effect = _AT_THE_LINE[kind] if kind in _AT_THE_LINE else _BY_FORMAT[kind][contract.layout.format]
        return {Said(name, line, effect)}
    return {_of_a_value(contract, kind, good, line) or _of_the_structure(contract, kind, good, bad)}


def _of_a_value(contract: Contract, kind: Mutation, good: bytes, line: int) -> Said | None:
    if kind in _EXCEL:
        return Said(_EXCEL[kind], line, _excel_effect(contract, kind))
    contradicted = broken_rule(contract, kind)
    if contradicted is not None:
        return Said(kind, line, contradicted[0].effect)
    wrong = spoilt_value(contract, good, kind)
    if wrong is None:
        return None
    column, _ = wrong
    if kind is Mutation.MOJIBAKE:
        return Said("mojibake", line, WARN)
    return Said({Mutation.UNKNOWN_CODE: "code", Mutation.LONG_FIELD: "length"}.get(kind, column.type), line, column.on_failure)


def _excel_effect(contract: Contract, kind: Mutation) -> Effect:
    column = lost_zeros(contract)[0][0] if kind is Mutation.EXCEL_LOST_ZERO else date_column(contract)
    return column.on_failure


def _of_the_structure(contract: Contract, kind: Mutation, good: bytes, bad: bytes) -> Said:
    layout, last = contract.layout, len(lines_of(contract, bad)) if contract.layout.format != "xlsx" else None
    match kind:
        case Mutation.TRUNCATED:
            return Said("xml" if layout.format == "xml" else "trailer" if layout.trailer else "truncated", last, REFUSE)
        case Mutation.WRONG_ENCODING:
            return Said("encoding", _unreadable_line(contract, bad), REFUSE)
        case Mutation.UNKNOWN_COLUMN:
            return Said("unknown_key" if layout.format == "jsonlines" else "unknown_column", 1, WARN)
        case Mutation.MISSING_COLUMN:
            return _missing_column(contract, good, bad)
        case Mutation.MISSING_TRAILER:
            return Said("trailer", last, REFUSE)
        case Mutation.WRONG_COUNT:
            return Said("count", last, REFUSE)
    raise KeyError(kind)


def _missing_column(contract: Contract, good: bytes, bad: bytes) -> Said:
    if contract.layout.format == "jsonlines":
        column = next(column for column in contract.record_table.columns if column.required)
        return Said("required", first_difference(contract, good, bad), column.on_failure)
    if contract.layout.format != "xml":
        return Said("header", 1, REFUSE)
    column = required_column(contract)
    table = next(table for table in contract.tables if column in table.columns)
    block = contract.layout.record if table.path == "." else table.path.rsplit("/", 1)[-1]
    place, _ = place_of(contract, good, column)
    return Said("required", good.count(b"\n", 0, good.rindex(f"<{block}>".encode(), 0, place)) + 1, column.on_failure)


def _unreadable_line(contract: Contract, data: bytes) -> int | None:
    """Where the first byte stands that the encoding does not have; None where only the whole tells that it is another one."""
    try:
        data.decode("utf-8" if contract.is_grouped else contract.layout.encoding)
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1
    return None
