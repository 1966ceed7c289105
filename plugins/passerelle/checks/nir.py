"""The French social security number (NIR): its form, its key, and the comparable form on 13 characters.

Structure: sex, year, month, département and commune of birth, order, then a key of two digits, 97 - (N mod 97), with Corsica's 2A and
2B read as 19 and 18. Senders give 13 characters (CAF, France Travail lists) or 15 (MSA, CCAS). A first digit 3, 4, 7 or 8 is a
provisional number. Months 20-42 and 50-99 stand for incomplete civil status; 00 passes as well.

Source of every rule: formats.md, section 11.1 (what les-emplois and the paying bodies accept).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_FORM = r"^[123478]\d{2}(?:0\d|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(?:2[AB]|\d{2})\d{6}(?:\d{2})?$"
_PROVISIONAL = r"^[3478]"
_EXAMPLE = "2690549588157"
"""The number printed on specimen cards (published with the key 80): nobody's, and people copy it."""
_TEMPORARY = r"^[12][0-9]{9}[0-9a-zA-Z]{1,30}$"
"""NTT, a technical number given to someone whose NIR is not known yet."""
_DAMAGED = r"^\d{10,15}[.,]0+$|^\d([.,]\d+)?[eE]\+?\d{2}$"
"""A number a spreadsheet took for an amount: ``1803331476872.0``, ``1,85E+14``."""
_MEN = ("1", "3", "7")
_FIRST = np.array([False, True, True, True, True, False, False, True, True, False])
"""Which first digits there are."""
_MONTHS = np.array([month <= 12 or 20 <= month <= 42 or month >= 50 for month in range(100)])
"""Which numbers of a month there are."""
_WITH_KEY, _BARE = 15, 13


def compact(values: pa.Array) -> pa.Array:
    """The values without inner blanks, in capitals: people write ``1 85 05 78 006 084 36``."""
    if pc.all(pc.ascii_is_decimal(values)).as_py():
        return values
    return pc.utf8_upper(pc.replace_substring(values, " ", ""))


def has_form(values: pa.Array) -> pa.Array:
    """Mask: 13 or 15 characters of the right form (null where the value is null)."""
    length = _digits(values)
    if length is None:
        return pc.match_substring_regex(values, _FORM)
    bare, _ = _numbers(values, length)
    formed = _FIRST[bare // 10**12] & _MONTHS[bare // 10**8 % 100]
    return pc.if_else(pc.is_valid(values), pa.array(formed), None)


def is_example(values: pa.Array) -> pa.Array:
    """Mask over values of the right form: a published specimen, with or without key."""
    return pc.starts_with(values, _EXAMPLE)


def is_temporary(values: pa.Array) -> pa.Array:
    """Mask over values that are no NIR: they have the form of a temporary technical number (NTT)."""
    return pc.match_substring_regex(values, _TEMPORARY)


def is_damaged(values: pa.Array) -> pa.Array:
    """Mask over values that are no NIR: a spreadsheet has rewritten them as an amount."""
    return pc.match_substring_regex(values, _DAMAGED)


def _digits(values: pa.Array) -> int | None:
    """How many characters every value has, if they are digits only and 13 or 15 everywhere: nearly always, and ten times as fast."""
    if values.null_count == len(values) or not pc.all(pc.ascii_is_decimal(values)).as_py():
        return None
    lengths = pc.min_max(pc.binary_length(values)).as_py()
    return lengths["min"] if lengths["min"] == lengths["max"] and lengths["min"] in (_WITH_KEY, _BARE) else None


def _numbers(values: pa.Array, length: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The thirteen digits and the key of values of so many digits; zero where there is none."""
    whole = np.asarray(pc.fill_null(pc.cast(values, pa.int64()), 0))
    return (whole // 100, whole % 100) if length == _WITH_KEY else (whole, np.zeros_like(whole))


def key(values: pa.Array) -> pa.Array:
    """The key, as a number, that belongs to each value of the right form."""
    first = pc.utf8_slice_codeunits(values, 0, 13)
    if not pc.all(pc.ascii_is_decimal(first)).as_py():
        first = pc.replace_substring(pc.replace_substring(first, "2A", "19"), "2B", "18")
    whole = pc.cast(first, pa.int64())
    return pc.subtract(97, pc.subtract(whole, pc.multiply(pc.divide(whole, 97), 97)))


def has_key(values: pa.Array) -> pa.Array:
    """Mask over values of the right form: the key is given and right. A missing key is not wrong: null there."""
    length = _digits(values)
    if length is not None:
        bare, written = _numbers(values, length)
        has_one = pc.is_valid(values) if length == _WITH_KEY else pa.nulls(len(values), pa.bool_())
        return pc.if_else(has_one, pa.array(written == 97 - bare % 97), None)
    given = pc.utf8_slice_codeunits(values, 13, 15)
    texts = pc.if_else(pc.equal(given, ""), None, given)
    return pc.equal(pc.cast(texts, pa.int64()), key(values))


def sex(values: pa.Array) -> pa.Array:
    """``M`` or ``F``, by the first digit of each value of the right form; a provisional number says it as well."""
    is_man = pc.is_in(pc.utf8_slice_codeunits(values, 0, 1), value_set=pa.array(_MEN))
    return pc.if_else(pc.is_valid(values), pc.if_else(is_man, "M", "F"), None)


def birth_year(values: pa.Array) -> pa.Array:
    """The last two digits of the year of birth, as a number, by each value of the right form."""
    return pc.cast(pc.utf8_slice_codeunits(values, 1, 3), pa.int64())


def birth_month(values: pa.Array) -> pa.Array:
    """The month of birth by each value of the right form; null where the digits stand for an incomplete civil status."""
    month = pc.cast(pc.utf8_slice_codeunits(values, 3, 5), pa.int64())
    return pc.if_else(pc.and_(pc.greater_equal(month, 1), pc.less_equal(month, 12)), month, None)


def sound(values: pa.Array) -> pa.Array:
    """The compact form of the values that are well-formed numbers, null elsewhere."""
    tidy = compact(values)
    return pc.if_else(pc.fill_null(has_form(tidy), False), tidy, None)


def flags(values: pa.Array) -> pa.Array:
    """Quality words of each value, comma-separated; empty when fine.

    ``form`` (not a NIR at all), ``key`` (wrong key), ``example`` (a published specimen), ``provisional``.
    """
    tidy = compact(values)
    formed = pc.fill_null(has_form(tidy), False)
    numbers = pc.if_else(formed, tidy, None)
    words = pc.binary_join_element_wise(
        pc.if_else(formed, "", "form"),
        pc.if_else(pc.fill_null(has_key(numbers), True), "", "key"),
        pc.if_else(pc.fill_null(is_example(numbers), False), "example", ""),
        pc.if_else(pc.fill_null(pc.match_substring_regex(tidy, _PROVISIONAL), False), "provisional", ""),
        ",",
    )
    tidy_words = pc.utf8_trim(pc.replace_substring_regex(words, ",+", ","), ",")
    return pc.if_else(pc.is_valid(values), tidy_words, None)


def comparable(values: pa.Array) -> pa.Array:
    """The form in which two numbers are compared: 13 characters where the value is a NIR, else the value without blanks."""
    tidy = compact(values)
    return pc.if_else(pc.fill_null(has_form(tidy), False), pc.utf8_slice_codeunits(tidy, 0, 13), tidy)
