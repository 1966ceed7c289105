"""Ways in which people and spreadsheets write a value otherwise than agreed, undone: candidates for a correction, never applied.

Every way takes texts and gives texts of the same number, null where it has nothing to offer. It is vectorised: a file may hold a million
different wrong values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import nir
from passerelle.checks.column_words import date_form
from passerelle.checks.values import typed
from passerelle.contract.model import Column, Contract, IdentityRole

_BLANKS = r"[\s\x{00A0}\x{202F}\x{2009}\x{FEFF}]"
_GROUPS = r"^[0-9A-Za-z]+([._\-/][0-9A-Za-z]+){2,}$"
"""Groups of digits apart, as in ``06.12.34.56.78``; two groups may be an amount."""
_FLOAT_END = r"^(-?[0-9]+)[.,]0+$"
_YEAR_FIRST = r"^(?P<y>\d{4})[-/. ](?P<m>\d{1,2})[-/. ](?P<d>\d{1,2})$"
_DAY_FIRST = r"^(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>\d{4})$"
_SHORT_YEAR_FIRST = r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})$"
_SHORT_DAY_FIRST = r"^(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4})$"
_MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"
_MOMENT = r"^(?P<date>[^ T]+)[ T]+(?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)$"
_TOKENS = re.compile(r"yyyy|MM|dd|[^yMd]+")
_PARTS = {"yyyy": ("y", 4), "MM": ("m", 2), "dd": ("d", 2)}
_DATE_WIDTH, _MINUTES_WIDTH, _NIR_WIDTH = 10, 5, 13
_FEWEST_DIGITS_PER_ZERO = 5
"""A number of five digits may have lost one zero, one of ten two."""
_ONE_ZERO = (IdentityRole.POSTCODE, IdentityRole.COMMUNE_CODE, IdentityRole.PHONE)
"""No département, no phone number begins with two zeros."""
_MOST_ZEROS = 4

_TRIM = "Retirez les espaces avant ou après la valeur."
_JOIN = "Retirez les espaces, points et tirets entre les chiffres."
_CLOSE_UP = "Retirez les espaces entre les chiffres."
_CAPITALS = "Écrivez le code comme dans la liste : les majuscules et minuscules comptent."
_UPPER = "Écrivez la valeur en majuscules."
_LABEL = "Écrivez le code, pas son libellé."
_FLOAT = "Retirez « .0 » à la fin : un tableur l'a ajouté."
_ZERO = "Le zéro de tête semble perdu : la valeur attendue a {count} chiffres."
_ZEROS = "Les zéros de tête semblent perdus : la valeur attendue a {count} chiffres."
_KEY = "Il manque la clé : la valeur attendue a 15 caractères."


class Rewriting(NamedTuple):
    """Candidates for a correction, one per text."""

    texts: pa.Array
    form: str
    """What is proposed, without any value; ``{count}`` stands for the number of digits."""


def rewritings(contract: Contract, column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    """All candidates for the wrong values of a column, the most likely first."""
    trimmed = pc.utf8_trim_whitespace(texts)
    yield Rewriting(trimmed, _TRIM)
    if column.codes is not None:
        yield from _codes(column, trimmed)
    elif column.nir:
        yield from _numbers_of_people(trimmed)
    else:
        yield from _BY_TYPE.get(column.type, _nothing)(contract, column, trimmed)


def _nothing(contract: Contract, column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    return iter(())


def _codes(column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    codes = column.codes.codes if column.codes is not None else {}
    yield Rewriting(_looked_up({code: code for code in codes}, texts), _CAPITALS)
    yield Rewriting(_looked_up({code: entry.label for code, entry in codes.items()}, texts), _LABEL)
    whole = pc.replace_substring_regex(texts, _FLOAT_END, r"\1")
    yield Rewriting(whole, _FLOAT)
    for zeros in range(1, max((len(code) for code in codes), default=1)):
        yield _with_zeros(whole, zeros)


def _looked_up(words: Mapping[str, str], texts: pa.Array) -> pa.Array:
    """The code whose word this is, whatever its capitals and accents; null where it is no word, or that of several codes."""
    folded = _folded(pa.array(words.values(), pa.string())).to_pylist()
    alone = {word: code for word, code in zip(folded, words, strict=True) if folded.count(word) == 1}
    at = pc.index_in(_folded(texts), value_set=pa.array(alone, pa.string()))
    return pc.take(pa.array(alone.values(), pa.string()), at)


def _folded(texts: pa.Array) -> pa.Array:
    return pc.utf8_lower(pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFKD"), r"\p{Mn}", ""))


def _dates(contract: Contract, column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    written = column.format or "yyyy-MM-dd"
    form = f"La date semble écrite sous une autre forme : écrivez-la {date_form(written)}."
    days = pc.replace_substring_regex(texts, _MIDNIGHT, "")
    yield Rewriting(days, form)
    for pattern in (_YEAR_FIRST, _DAY_FIRST):
        yield Rewriting(_rewritten(days, pattern, written), form)
    one, two = (_rewritten(days, pattern, written) for pattern in (_SHORT_YEAR_FIRST, _SHORT_DAY_FIRST))
    # Eight digits are read one way only where the other makes no date.
    yield Rewriting(pc.if_else(pc.is_valid(typed(column, two)), None, one), form)
    yield Rewriting(pc.if_else(pc.is_valid(typed(column, one)), None, two), form)


def _rewritten(texts: pa.Array, pattern: str, written: str) -> pa.Array:
    """The days of one form in another (``dd/MM/yyyy``); null where a text has not the form."""
    parts = pc.extract_regex(texts, pattern)
    pieces = []
    for token in _TOKENS.findall(written):
        if token in _PARTS:
            name, width = _PARTS[token]
            pieces.append(pc.utf8_lpad(pc.struct_field(parts, name), width, "0"))
        else:
            pieces.append(token)
    return pc.binary_join_element_wise(*pieces, "")


def _moments(contract: Contract, column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    written = column.format or "yyyy-MM-dd HH:mm:ss"
    form = f"La date et l'heure semblent écrites sous une autre forme : écrivez-les {date_form(written)}."
    parts = pc.extract_regex(texts, _MOMENT)
    time = pc.struct_field(parts, "time")
    whole = pc.if_else(pc.equal(pc.binary_length(time), _MINUTES_WIDTH), pc.binary_join_element_wise(time, ":00", ""), time)
    days = pc.struct_field(parts, "date")
    for pattern in (_YEAR_FIRST, _DAY_FIRST):
        day = _rewritten(days, pattern, written[:_DATE_WIDTH])
        yield Rewriting(pc.binary_join_element_wise(day, whole, "T" if "T" in written else " "), form)


def _amounts(contract: Contract, column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    decimal = contract.layout.decimal
    joined = pc.replace_substring_regex(texts, _BLANKS, "")
    yield Rewriting(joined, _CLOSE_UP)
    # 1.234 may be a thousand, or one and a bit: nothing is proposed.
    has_other_sign = pc.match_substring_regex(joined, r"^-?[0-9]+[.,]([0-9]{1,2}|[0-9]{4,})$")
    swapped = pc.if_else(has_other_sign, pc.replace_substring_regex(joined, "[.,]", decimal), None)
    yield Rewriting(swapped, f"Le signe décimal attendu est « {decimal} ».")


def _whole_numbers(contract: Contract, column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    joined = pc.replace_substring_regex(texts, _BLANKS, "")
    yield Rewriting(joined, _CLOSE_UP)
    yield Rewriting(pc.replace_substring_regex(joined, _FLOAT_END, r"\1"), _FLOAT)


def _answers(contract: Contract, column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    for words in ({"1": "oui", "0": "non"}, {"1": "vrai", "0": "faux"}, {"true": "true", "false": "false"}):
        yield Rewriting(_looked_up(words, texts), "Répondez 1 (oui) ou 0 (non).")


def _texts(contract: Contract, column: Column, texts: pa.Array) -> Iterator[Rewriting]:
    if column.pattern is None and not column.min_length:
        return
    yield Rewriting(pc.utf8_upper(texts), _UPPER)
    whole = pc.replace_substring_regex(texts, _FLOAT_END, r"\1")
    yield Rewriting(whole, _FLOAT)
    joined = _joined(whole)
    yield Rewriting(pc.if_else(pc.ascii_is_decimal(joined), joined, None), _JOIN)
    has_one = column.identity in _ONE_ZERO
    for zeros in range(1, 2 if has_one else _MOST_ZEROS + 1):
        for digits in (whole, joined):
            yield _with_zeros(pc.if_else(pc.starts_with(digits, "0"), None, digits) if has_one else digits, zeros)


def _joined(texts: pa.Array) -> pa.Array:
    """The texts without blanks, and without what stands between groups of digits."""
    close = pc.replace_substring_regex(texts, _BLANKS, "")
    return pc.if_else(pc.match_substring_regex(close, _GROUPS), pc.replace_substring_regex(close, r"[._\-/]", ""), close)


def _with_zeros(texts: pa.Array, zeros: int) -> Rewriting:
    """The digits with zeros before them, as long as there are many more digits than zeros."""
    many = pc.greater_equal(pc.binary_length(texts), (_FEWEST_DIGITS_PER_ZERO - 1) * zeros if zeros > 1 else 1)
    able = pc.and_(pc.ascii_is_decimal(texts), many)
    return Rewriting(pc.if_else(able, pc.binary_join_element_wise("0" * zeros, texts, ""), None), _ZERO if zeros == 1 else _ZEROS)


def _numbers_of_people(texts: pa.Array) -> Iterator[Rewriting]:
    whole = pc.replace_substring_regex(texts, _FLOAT_END, r"\1")
    yield Rewriting(whole, _FLOAT)
    joined = nir.compact(_joined(whole))
    yield Rewriting(joined, _JOIN)
    numbers = pc.if_else(pc.equal(pc.binary_length(joined), _NIR_WIDTH), nir.sound(joined), None)
    keys = pc.utf8_lpad(pc.cast(nir.key(numbers), pa.string()), 2, "0")
    yield Rewriting(pc.binary_join_element_wise(numbers, keys, ""), _KEY)


_BY_TYPE: dict[str, Callable[[Contract, Column, pa.Array], Iterator[Rewriting]]] = {
    "date": _dates,
    "timestamp": _moments,
    "number": _amounts,
    "integer": _whole_numbers,
    "boolean": _answers,
    "string": _texts,
}
