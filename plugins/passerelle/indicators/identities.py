"""The arithmetic that the figures of one operation or group must satisfy, for each sex and in total (ID1 to ID10).

A figure of ours that breaks one is a bug, never a fault of the data: the caller raises InvariantError. The same checks are run on a
document that comes from elsewhere (:mod:`.compare`), where a broken one is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from passerelle.indicators.definitions import COMBINED
from passerelle.indicators.parameters import Rules
from passerelle.indicators.participation import Labour

PERSON_COLUMNS = ("F", "M", "N", "T")
"""The columns of an indicator that counts people, as they are printed."""
Numbers = Mapping[str, Mapping[str, int]]
"""Indicator → column (F, M, N, T) → number of people; only indicators that have figures."""
_LABOUR = {Labour.UNEMPLOYED: "EECO02", Labour.INACTIVE: "EECO04", Labour.EMPLOYED: "EECO05"}


@dataclass(frozen=True)
class Check:
    """One identity of one operation, one column."""

    identity: str
    column: str
    sentence: str
    """The identity, as a formula."""
    left: int
    relation: str
    """``=`` or ``≤``."""
    right: int

    @property
    def holds(self) -> bool:
        """Whether the two sides stand in this relation."""
        return self.left == self.right if self.relation == "=" else self.left <= self.right


@dataclass(frozen=True)
class _Law:
    identity: str
    left: tuple[str, ...]
    relation: str
    right: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"{' + '.join(self.left)} {self.relation} {' + '.join(self.right)}"


def laws(rules: Rules) -> Iterator[_Law]:
    """Every identity but ID1, in order; the reference populations of results are those of the rules."""
    yield _Law("ID2", ("EECO01",), "=", ("EECO02", "EECO04", "EECO05"))
    yield _Law("ID3", ("EECO03",), "≤", ("EECO02",))
    yield _Law("ID4", ("EECO06", "EECO07", "EECO08"), "≤", ("EECO01",))
    yield _Law("ID5", ("EECO09", "EECO10", "EECO11"), "=", ("EECO01",))
    for number in range(12, 18):
        yield _Law("ID6", (f"EECO{number}",), "≤", ("EECO01",))
    # ID7 among the figures of one computation, ID10 between Table 10 and its reference output in Table 6: the same arithmetic.
    for identity in ("ID7", "ID10"):
        for code, reference in _references(rules):
            yield _Law(identity, (code,), "≤", reference)
    yield _Law("ID8", ("EECR01", "EECR04"), "≤", ("EECO01",))
    yield _Law("ID8", ("EECR05", "EECR06"), "≤", ("EECO01",))
    for name, parts in COMBINED.items():
        yield _Law("ID9", (name,), "=", parts)


def _references(rules: Rules) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each result with the outputs that count its reference population."""
    chosen = {
        "EECR01": rules.eecr01_reference,
        "EECR04": rules.eecr04_reference,
        "EECR05": rules.eecr05_reference,
        "EECR06": rules.eecr06_reference,
    }
    for code, labour in chosen.items():
        yield code, tuple(_LABOUR[one] for one in labour)
    for code in ("EECR02", "EECR03"):
        yield code, ("EECO01",)


def check(numbers: Numbers, rules: Rules) -> tuple[Check, ...]:
    """Every identity whose indicators all have figures, with both its sides, held or broken."""
    found = [_total(code, cell) for code, cell in numbers.items() if set(PERSON_COLUMNS) <= set(cell)]
    for law in laws(rules):
        if all(code in numbers for code in (*law.left, *law.right)):
            found += _columns(numbers, law)
    return tuple(found)


def _total(code: str, cell: Mapping[str, int]) -> Check:
    return Check("ID1", "T", f"{code} : T = F + M + N", cell["T"], "=", cell["F"] + cell["M"] + cell["N"])


def _columns(numbers: Numbers, law: _Law) -> Iterator[Check]:
    for column in PERSON_COLUMNS:
        if all(column in numbers[code] for code in (*law.left, *law.right)):
            left, right = (sum(numbers[code][column] for code in codes) for codes in (law.left, law.right))
            yield Check(law.identity, column, law.sentence, left, law.relation, right)
