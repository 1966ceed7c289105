"""The rules of one column over one chunk: masks of the rows that break each rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks import checksum, nir, wording
from passerelle.checks.references import Reference
from passerelle.checks.values import has_form, typed
from passerelle.contract.model import Column, Contract, Table
from passerelle.findings import Rule


def prepared(contract: Contract, column: Column, raw: pa.Array) -> pa.Array:
    """The column's texts as they are judged and loaded: padding cut where the contract says so, an empty or blank text is no value."""
    values = raw
    if contract.layout.trim_right:
        values = pc.utf8_rtrim_whitespace(values)
    if contract.is_grouped or contract.layout.format == "jsonlines":
        values = pc.if_else(pc.equal(values, ""), None, values)
    if not _may_be_blank(values):
        return values
    blank = pc.ascii_is_space(values)
    return pc.if_else(blank, None, values) if pc.any(blank).as_py() else values


def _may_be_blank(values: pa.Array) -> bool:
    """A quick look at the bytes of all values: most columns have no space anywhere."""
    data = values.buffers()[2]
    return data is not None and data.size > 0 and bool(np.frombuffer(data, dtype=np.uint8).min() <= _SPACE)


_KINDS = (
    "required",
    "code",
    "pattern",
    "length",
    "range",
    "checksum",
    "nir",
    "nir_temporary",
    "nir_spreadsheet",
    "nir_example",
    "nir_key",
)

_OFTEN_THE_SAME = ("date", "timestamp")
_MOST_REMEMBERED = 50_000
_SPACE = 0x20


@dataclass(frozen=True)
class ColumnCheck:
    """The rules of one column, compiled from the contract."""

    contract: Contract
    table: Table
    column: Column
    reference: Reference | None = None
    """The list its values must stand in, where one was received."""

    @cached_property
    def block(self) -> str | None:
        """The innermost optional XML block the column stands in, if any."""
        inside = [path for path in self.table.optional_blocks if self.column.source.startswith(f"{path}/")]
        return max(inside, key=len, default=None)

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        rules = {kind: wording.rule(self.contract, self.table, self.column, kind) for kind in _KINDS}
        if self.column.type != "string":
            rules["type"] = wording.rule(self.contract, self.table, self.column, self.column.type)
        if self.column.type in _OFTEN_THE_SAME:
            rules["form"] = wording.rule(self.contract, self.table, self.column, f"{self.column.type}_form")
        if self.reference is not None:
            rules["reference"] = wording.reference_rule(self.table, self.column, self.reference.name, self.reference.as_of)
        return rules

    @cached_property
    def _codes(self) -> pa.Array:
        """The allowed texts; no value at all is allowed here, whether one is required is another rule."""
        return pa.array([*(self.column.codes.codes if self.column.codes else ()), None], pa.string())

    @cached_property
    def _referred(self) -> pa.Array:
        """The texts of the list it refers to, and no value at all."""
        return pa.concat_arrays([self.reference.values, pa.nulls(1, pa.string())]) if self.reference else pa.nulls(1, pa.string())

    def violations(self, raw: pa.Array, present: pa.Array | None) -> Iterator[tuple[Rule, pa.Array]]:
        """Each broken rule with the mask of its rows. ``present``: where the column's optional block is there (None: everywhere).

        A value is reported for the first rule it breaks only.
        """
        column = self.column
        if column.is_lifted:
            return
        values = prepared(self.contract, column, raw)
        if column.required:
            yield from self._broken("required", self._missing(raw, values, present))
        if values.null_count == len(values):
            return
        if column.codes is not None:
            yield from self._not("code", self._in_codes(values))
        elif column.nir:
            yield from self._nir(values)
        elif column.type == "string":
            yield from self._text(values)
        else:
            yield from self._typed(values)

    def _missing(self, raw: pa.Array, values: pa.Array, present: pa.Array | None) -> pa.Array:
        # CAF flows write an empty element for a mandatory text that is not known.
        empty_allowed = (
            self.contract.is_grouped and self.column.type == "string" and self.column.codes is None and not self.column.min_length
        )
        missing = pc.is_null(raw if empty_allowed else values)
        return missing if present is None else pc.and_(missing, present)

    def _in_codes(self, texts: pa.Array) -> pa.Array:
        return pc.is_in(texts, value_set=self._codes)

    def _nir(self, values: pa.Array) -> Iterator[tuple[Rule, pa.Array]]:
        tidy = nir.compact(values)
        formed = nir.has_form(tidy)
        sound = tidy
        if pc.all(formed, skip_nulls=True).as_py() is False:
            yield from self._no_nir(values, pc.if_else(formed, None, tidy))
            sound = pc.if_else(pc.fill_null(formed, False), tidy, None)
        example = nir.is_example(sound)
        yield from self._broken("nir_example", example)
        own = pc.if_else(example, None, sound) if pc.any(example).as_py() else sound
        keyed = nir.has_key(own)
        yield from self._not("nir_key", keyed)
        if self.column.min_length or self.column.max_length:
            yield from self._not("length", pc.or_(self._fits(own), pc.invert(pc.fill_null(keyed, True))))

    def _no_nir(self, values: pa.Array, tidy: pa.Array) -> Iterator[tuple[Rule, pa.Array]]:
        """What is no number: each kind of it has its own words. ``tidy``: null where it is one."""
        damaged = pc.fill_null(nir.is_damaged(pc.if_else(pc.is_valid(tidy), values, None)), False)
        temporary = pc.fill_null(nir.is_temporary(tidy), False)
        yield from self._broken("nir_spreadsheet", damaged)
        yield from self._broken("nir_temporary", temporary)
        yield from self._broken("nir", pc.and_not(pc.is_valid(tidy), pc.or_(damaged, temporary)))

    def _text(self, values: pa.Array) -> Iterator[tuple[Rule, pa.Array]]:
        column = self.column
        sound = None
        if column.pattern:
            sound = _matches(values, column.pattern)
            yield from self._not("pattern", sound)
        if column.min_length or column.max_length:
            fits = self._fits(values)
            yield from self._not("length", _unless(fits, sound))
            sound = _both(fits, sound)
        if column.checksum is not None:
            right = checksum.luhn(values)
            yield from self._not("checksum", _unless(right, sound))
            sound = _both(right, sound)
        if self.reference is not None:
            yield from self._not("reference", _unless(pc.is_in(values, value_set=self._referred), sound))

    def _fits(self, values: pa.Array) -> pa.Array:
        column = self.column
        # No text has more characters than bytes, and bytes are counted without reading them.
        length = pc.binary_length(values)
        if column.min_length or not pc.all(pc.less_equal(length, column.max_length)).as_py():
            length = pc.utf8_length(values)
        fits = pc.less_equal(length, column.max_length or 2**31 - 1)
        return pc.and_(fits, pc.greater_equal(length, column.min_length)) if column.min_length else fits

    def _typed(self, values: pa.Array) -> Iterator[tuple[Rule, pa.Array]]:
        column = self.column
        if column.type in _OFTEN_THE_SAME:
            known = pc.is_in(values, value_set=self._good[0])
            if pc.all(known).as_py():
                return
            values = pc.if_else(known, None, values)
        read = typed(column, values, self.contract.layout.decimal)
        within = self._within(read) if column.minimum is not None or column.maximum is not None else None
        if column.type in _OFTEN_THE_SAME:
            good = pc.is_valid(read) if within is None else pc.and_(pc.is_valid(read), within)
            self._remember(values.filter(good).unique())
        yield from self._unread(values, pc.and_(pc.is_null(read), pc.is_valid(values)))
        if within is not None:
            yield from self._not("range", within)

    def _unread(self, values: pa.Array, wrong: pa.Array) -> Iterator[tuple[Rule, pa.Array]]:
        """Texts that are no value of the type; of a date in another form nobody says that it does not exist."""
        if self.column.type in _OFTEN_THE_SAME and pc.any(wrong).as_py():
            formed = pc.fill_null(has_form(self.column, values), False)
            yield from self._broken("form", pc.and_not(wrong, formed))
            wrong = pc.and_(wrong, formed)
        yield from self._broken("type", wrong)

    @cached_property
    def _good(self) -> list[pa.Array]:
        """Texts judged good before, and null: looking a date up takes a third of the time of judging it again in every chunk."""
        return [pa.nulls(1, pa.string())]

    def _remember(self, texts: pa.Array) -> None:
        if len(self._good[0]) + len(texts) <= _MOST_REMEMBERED:
            self._good[0] = pa.concat_arrays([self._good[0], texts])

    def _within(self, read: pa.Array) -> pa.Array:
        inside = pc.is_valid(read)
        for bound, compare in ((self.column.minimum, pc.greater_equal), (self.column.maximum, pc.less_equal)):
            if bound is not None:
                limit = pc.cast(pa.scalar(bound), read.type)
                inside = pc.and_(inside, pc.fill_null(compare(read, limit), True))
        return pc.or_(inside, pc.is_null(read))

    def _not(self, kind: str, good: pa.Array) -> Iterator[tuple[Rule, pa.Array]]:
        """Where ``good`` is false (null = no value, nothing to say)."""
        if pc.all(good, skip_nulls=True).as_py() is False:
            yield self._rules[kind], pc.invert(pc.fill_null(good, True))

    def _broken(self, kind: str, bad: pa.Array) -> Iterator[tuple[Rule, pa.Array]]:
        if pc.any(bad, skip_nulls=True).as_py():
            yield self._rules[kind], bad


def _both(good: pa.Array, sound: pa.Array | None) -> pa.Array:
    return good if sound is None else pc.and_(good, sound)


def _unless(good: pa.Array, sound: pa.Array | None) -> pa.Array:
    """Good, or wrong by another rule that was told."""
    return good if sound is None else pc.or_(good, pc.invert(sound))


_DIGITS = re.compile(r"(?P<lead>[0-9]?)\[0-9\]\{(?P<count>[0-9]+)\}")


def _matches(values: pa.Array, pattern: str) -> pa.Array:
    """Whether the whole value matches. Numbers of fixed length (postcodes, SIRET, phones) need no regular expression: 6 times as fast."""
    digits = _DIGITS.fullmatch(pattern)
    if digits is None:
        return pc.match_substring_regex(values, f"^(?:{pattern})$")
    lead = digits["lead"]
    sound = pc.and_(pc.ascii_is_decimal(values), pc.equal(pc.binary_length(values), int(digits["count"]) + len(lead)))
    return pc.and_(sound, pc.starts_with(values, lead)) if lead else sound
