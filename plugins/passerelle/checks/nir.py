"""The French social security number (NIR): its form, its key, and the comparable form on 13 characters.

Structure: sex, year, month, département and commune of birth, order, then a key of two digits, 97 - (N mod 97), with Corsica's 2A and
2B read as 19 and 18. Senders give 13 characters (CAF, France Travail lists) or 15 (MSA, CCAS). A first digit 3, 4, 7 or 8 is a
provisional number. Months 20-42 and 50-99 stand for incomplete civil status.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_FORM = r"^[123478]\d{2}(?:0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(?:2[AB]|\d{2})\d{6}(?:\d{2})?$"
_PROVISIONAL = r"^[3478]"


def compact(values: pa.Array) -> pa.Array:
    """The values without inner blanks, in capitals: people write ``1 85 05 78 006 084 36``."""
    if pc.all(pc.ascii_is_decimal(values)).as_py():
        return values
    return pc.utf8_upper(pc.replace_substring(values, " ", ""))


def has_form(values: pa.Array) -> pa.Array:
    """Mask: 13 or 15 characters of the right form (null where the value is null)."""
    return pc.match_substring_regex(values, _FORM)


def has_key(values: pa.Array) -> pa.Array:
    """Mask over values of the right form: the key is given and right. A missing key is not wrong: null there."""
    first = pc.utf8_slice_codeunits(values, 0, 13)
    if not pc.all(pc.ascii_is_decimal(first)).as_py():
        first = pc.replace_substring(pc.replace_substring(first, "2A", "19"), "2B", "18")
    whole = pc.cast(first, pa.int64())
    expected = pc.subtract(97, pc.subtract(whole, pc.multiply(pc.divide(whole, 97), 97)))
    given = pc.utf8_slice_codeunits(values, 13, 15)
    key = pc.if_else(pc.equal(given, ""), None, given)
    return pc.equal(pc.cast(key, pa.int64()), expected)


def flags(values: pa.Array) -> pa.Array:
    """Quality words of each value, comma-separated: ``form`` (not a NIR at all), ``key`` (wrong key), ``provisional``; empty when fine."""
    tidy = compact(values)
    formed = pc.fill_null(has_form(tidy), False)
    sound = pc.if_else(formed, tidy, None)
    keyed = pc.fill_null(has_key(sound), True)
    words = pc.binary_join_element_wise(
        pc.if_else(formed, "", "form"),
        pc.if_else(keyed, "", "key"),
        pc.if_else(pc.fill_null(pc.match_substring_regex(tidy, _PROVISIONAL), False), "provisional", ""),
        ",",
    )
    tidy_words = pc.utf8_trim(pc.replace_substring_regex(words, ",+", ","), ",")
    return pc.if_else(pc.is_valid(values), tidy_words, None)


def comparable(values: pa.Array) -> pa.Array:
    """The form in which two numbers are compared: 13 characters where the value is a NIR, else the value without blanks."""
    tidy = compact(values)
    return pc.if_else(pc.fill_null(has_form(tidy), False), pc.utf8_slice_codeunits(tidy, 0, 13), tidy)
