"""Text → typed values: which texts are of the contract's type, and the typed array of those that are.

``pyarrow.compute.strptime`` reads 31/02 as 2 or 3 March without a word; here a date counts only when its day is the day in the text.
Dates and codes repeat a lot, so they are judged once per distinct value.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from passerelle.contract.model import Column
from passerelle.derive.arrow import arrow_type
from passerelle.errors import InvariantError

_DATE_FORMS = {
    "yyyy-MM-dd": (r"^\d{4}-\d{2}-\d{2}$", "%Y-%m-%d", (8, 10)),
    "dd/MM/yyyy": (r"^\d{2}/\d{2}/\d{4}$", "%d/%m/%Y", (0, 2)),
    "dd-MM-yyyy": (r"^\d{2}-\d{2}-\d{4}$", "%d-%m-%Y", (0, 2)),
    "yyyyMMdd": (r"^\d{8}$", "%Y%m%d", (6, 8)),
    "ddMMyyyy": (r"^\d{8}$", "%d%m%Y", (0, 2)),
}
DATE_FORMATS = tuple(_DATE_FORMS)
_TIME_FORM = r"\d{2}:\d{2}:\d{2}(\.\d{1,6})?$"
_DATE_WIDTH = 10
"""Characters of the date in every format of a timestamp."""
_MICROSECONDS_PER_DAY = 86_400_000_000
_MOST_DIGITS = 18
"""What fits into 64 bits whatever the digits."""
_TRUE = ("1", "true")
_FALSE = ("0", "false")


def distinct(judge: Callable[[pa.Array], pa.Array], values: pa.Array) -> pa.Array:
    """``judge`` applied to the distinct values only, its answer spread over all rows."""
    encoded = values.dictionary_encode()
    return pc.take(judge(encoded.dictionary), encoded.indices)


def dates(column: Column, values: pa.Array) -> pa.Array:
    """date32 array, null where the text is no real date in the column's format."""
    return distinct(lambda texts: _dates(column.format or "yyyy-MM-dd", texts), values)


def _dates(written: str, texts: pa.Array) -> pa.Array:
    form, pattern, (start, stop) = _DATE_FORMS[written]
    formed = pc.if_else(pc.fill_null(pc.match_substring_regex(texts, form), False), texts, None)
    moments = pc.strptime(formed, format=pattern, unit="s", error_is_null=True)
    day = pc.cast(pc.utf8_slice_codeunits(formed, start, stop), pa.int64())
    real = pc.and_(pc.equal(pc.day(moments), day), pc.greater_equal(pc.year(moments), 1))
    return pc.cast(pc.if_else(pc.fill_null(real, False), moments, None), pa.date32())


def timestamps(column: Column, values: pa.Array) -> pa.Array:
    """timestamp[us] array without zone: a real date in the column's format and a time of the day, between them a blank or a ``T``."""
    return distinct(lambda texts: _timestamps(column, texts), values)


def _timestamps(column: Column, texts: pa.Array) -> pa.Array:
    written = column.format or "yyyy-MM-dd HH:mm:ss"
    between = pc.utf8_slice_codeunits(texts, _DATE_WIDTH, _DATE_WIDTH + 1)
    joined = pc.if_else(pc.equal(between, "T" if "T" in written else " "), texts, None)
    days = pc.cast(pc.cast(_dates(written[:_DATE_WIDTH], pc.utf8_slice_codeunits(joined, 0, _DATE_WIDTH)), pa.int32()), pa.int64())
    hours = pc.cast(times(column, pc.utf8_slice_codeunits(joined, _DATE_WIDTH + 1)), pa.int64())
    return pc.cast(pc.add(pc.multiply(days, _MICROSECONDS_PER_DAY), hours), pa.timestamp("us"))


def has_form(column: Column, values: pa.Array) -> pa.Array:
    """Whether each text is written as dates (or moments) of the column are, be it a day that does not exist; null without a text."""
    if column.type == "date":
        form = _DATE_FORMS[column.format or "yyyy-MM-dd"][0]
    else:
        written = column.format or "yyyy-MM-dd HH:mm:ss"
        form = f"{_DATE_FORMS[written[:_DATE_WIDTH]][0][:-1]}{'T' if 'T' in written else ' '}{_TIME_FORM}"
    return distinct(lambda texts: pc.match_substring_regex(texts, form), values)


def times(column: Column, values: pa.Array) -> pa.Array:
    """time64[us] array; texts ``HH:MM:SS`` with an optional fraction."""
    formed = pc.fill_null(pc.match_substring_regex(values, r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$"), False)
    texts = pc.if_else(formed, values, None)

    def digits(start: int, stop: int) -> pa.Array:
        return pc.cast(pc.utf8_slice_codeunits(texts, start, stop), pa.int64())

    micros = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.utf8_slice_codeunits(texts, 9, 15), 6, "0"), 0, 6)
    seconds = pc.add(pc.add(pc.multiply(digits(0, 2), 3600), pc.multiply(digits(3, 5), 60)), digits(6, 8))
    return pc.cast(pc.add(pc.multiply(seconds, 1_000_000), pc.cast(micros, pa.int64())), pa.time64("us"))


def integers(column: Column, values: pa.Array) -> pa.Array:
    """int64 array; ASCII digits with an optional minus, leading zeros allowed, 18 digits at most."""
    if pc.all(pc.ascii_is_decimal(values)).as_py() and (pc.max(pc.binary_length(values)).as_py() or 0) <= _MOST_DIGITS:
        return pc.cast(values, pa.int64())
    formed = pc.fill_null(pc.match_substring_regex(values, rf"^-?[0-9]{{1,{_MOST_DIGITS}}}$"), False)
    return pc.cast(pc.if_else(formed, values, None), pa.int64())


def numbers(column: Column, values: pa.Array, decimal: str) -> pa.Array:
    """Decimal array of the column's precision and scale; more digits than these are no value of the column."""
    precision, scale = column.precision or 18, column.scale
    sign = re.escape(decimal)
    whole = f"[0-9]{{1,{precision - scale}}}" if precision > scale else "0"
    fraction = rf"({sign}[0-9]{{1,{scale}}})?" if scale else ""
    formed = pc.fill_null(pc.match_substring_regex(values, rf"^-?0*{whole}{fraction}$"), False)
    texts = pc.if_else(formed, values, None)
    if decimal != ".":
        texts = pc.replace_substring(texts, decimal, ".")
    return pc.cast(texts, arrow_type(column))


def booleans(column: Column, values: pa.Array) -> pa.Array:
    """Boolean array from 0/1, or from the codes whose canonical word is true or false."""
    if column.codes is not None:
        yes = tuple(code for code, entry in column.codes.codes.items() if entry.canonical == "true")
        no = tuple(code for code, entry in column.codes.codes.items() if entry.canonical == "false")
    else:
        yes, no = _TRUE, _FALSE
    is_yes = pc.is_in(values, value_set=pa.array(yes, pa.string()))
    is_no = pc.is_in(values, value_set=pa.array(no, pa.string()))
    return pc.if_else(is_yes, True, pc.if_else(is_no, False, None))


def typed(column: Column, values: pa.Array, decimal: str = ".") -> pa.Array:
    """The typed array of a text array; null where the text is absent or not of the type."""
    match column.type:
        case "string":
            return values
        case "date":
            return dates(column, values)
        case "time":
            return times(column, values)
        case "timestamp":
            return timestamps(column, values)
        case "integer":
            return integers(column, values)
        case "number":
            return numbers(column, values, decimal)
        case "boolean":
            return booleans(column, values)
    raise InvariantError(f"No conversion is written for type {column.type!r}.")
