"""Two documents of figures side by side, and whether each one holds by itself.

A document is what ``passerelle esf indicators --json`` prints, or a snapshot kept in the same form. At one cut-off and with one set of
rules every figure must be the same. At a later cut-off figures may change: an indicator that decreases needs an explanation (ID11), one
that changes its unit is refused (V52).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from passerelle.errors import ConfigurationError
from passerelle.indicators.controls import Remark, Severity, remark
from passerelle.indicators.definitions import INDICATORS
from passerelle.indicators.identities import PERSON_COLUMNS, check
from passerelle.indicators.parameters import Rules, default_rules

Document = Mapping[str, Any]


class Difference(BaseModel):
    """One figure that is not the same in both documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: str
    """An operation, or a line ``priority / objective / region`` of the programme, with the half-year where the figure is of one."""
    indicator: str
    column: str
    """F, M, N, T, ``status`` or ``method``; the reason for an exclusion, the name of a number that tells of quality."""
    left: int | float | str | None
    right: int | float | str | None


class Comparison(BaseModel):
    """What two documents have in common and what not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    same_cutoff: bool
    same_rules: bool
    compared: int
    """Figures compared."""
    differences: tuple[Difference, ...]
    findings: tuple[Remark, ...]

    @property
    def agree(self) -> bool:
        """Whether they show the same figures, at one cut-off and by one set of rules, and nothing is wrong with either."""
        is_right = not any(one.severity is not Severity.INFO for one in self.findings)
        return self.same_cutoff and self.same_rules and not self.differences and is_right


def read_document(path: Path) -> Document:
    """The document in a file. Raises ConfigurationError when it is not one."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"Le document {path} est illisible ({type(error).__name__}).") from error
    if not isinstance(document, dict) or not isinstance(document.get("operations"), dict) or "cutoff" not in document:
        raise ConfigurationError(f"{path} n’est pas un document de « passerelle esf indicators --json ».")
    return document


def compare(left: Document, right: Document) -> Comparison:
    """The differences of two documents, and the findings of :func:`document_findings` on each."""
    ones, others = dict(_figures(left)), dict(_figures(right))
    differences = tuple(
        Difference(operation=key[0], indicator=key[1], column=key[2], left=ones.get(key), right=others.get(key))
        for key in sorted({*ones, *others})
        if ones.get(key) != others.get(key)
    )
    same_cutoff = left["cutoff"] == right["cutoff"]
    findings = [*document_findings(left), *document_findings(right), *_units(left, right)]
    findings += [] if same_cutoff else decreases(left, right)
    return Comparison(
        same_cutoff=same_cutoff,
        same_rules=left.get("rules") == right.get("rules"),
        compared=len({*ones, *others}),
        differences=differences,
        findings=tuple(findings),
    )


Figure = tuple[tuple[str, str, str], int | float | str | None]
"""Where it stands (operation or line, indicator, column) and what it is."""


def _figures(document: Document) -> Iterator[Figure]:
    """Every figure, status, method, number of excluded participations and of quality, by where it stands."""
    for part in ("operations", "annex_2", "combined"):
        for operation, cells in document.get(part, {}).items():
            yield from _cells(operation, cells)
    for operation, halves in document.get("half_years", {}).items():
        yield from _halves(operation, halves)
    for group in document.get("groups", ()):
        for part in ("indicators", "annex_2", "combined"):
            yield from _cells(_named(group), group.get(part, {}))
        yield from _halves(_named(group), group.get("half_years", {}))
    for part in ("excluded", "quality"):
        for operation, numbers in document.get(part, {}).items():
            yield from _numbers((operation, part), numbers)


def _halves(name: str, halves: Mapping[str, Document]) -> Iterator[Figure]:
    for half, cells in halves.items():
        yield from _cells(f"{name} / {half}", cells)


def _numbers(place: tuple[str, str], numbers: Mapping[str, Any]) -> Iterator[Figure]:
    for name, value in numbers.items():
        if isinstance(value, Mapping):
            yield from _numbers((place[0], f"{place[1]} {name}"), value)
        else:
            yield (*place, name), value


def _named(group: Document) -> str:
    return " / ".join(str(group.get(name, "")) or "–" for name in ("priority", "specific_objective", "region_category"))


def _cells(operation: str, cells: Mapping[str, Mapping[str, Any]]) -> Iterator[Figure]:
    for code, cell in cells.items():
        for column, value in cell.items():
            yield (operation, code, column), value


def document_findings(document: Document) -> list[Remark]:
    """What is wrong in one document: an indicator or a column that is not there (V51), an identity that does not hold (V50)."""
    try:
        rules = Rules.model_validate(document.get("rules"))
    except ValidationError:
        rules = default_rules()
    scopes = [(name, cells, document.get("combined", {}).get(name, {})) for name, cells in document["operations"].items()]
    scopes += [(_named(group), group.get("indicators", {}), group.get("combined", {})) for group in document.get("groups", ())]
    found: list[Remark] = []
    for name, cells, combined in scopes:
        found += [remark("V51", operation=name, detail=detail) for detail in _absent(cells)]
        found += [remark("V50", operation=name, detail=detail) for detail in _broken({**cells, **combined}, rules)]
    return found


def _absent(cells: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for indicator in INDICATORS:
        cell = cells.get(indicator.code)
        if cell is None:
            yield f"{indicator.code} manque : un indicateur sans participant s’imprime 0, un indicateur non collecté le dit."
        elif "status" not in cell and indicator.unit == "participants" and not set(PERSON_COLUMNS) <= set(cell):
            yield f"{indicator.code} : les colonnes F, M, N et T sont attendues, 0 compris."
        elif any(value is None for value in cell.values()):
            yield f"{indicator.code} : une case est vide ; écrire 0 ou « not_collected »."


def _broken(cells: Mapping[str, Mapping[str, Any]], rules: Rules) -> Iterator[str]:
    numbers = {
        code: {column: cell[column] for column in PERSON_COLUMNS if isinstance(cell.get(column), int)} for code, cell in cells.items()
    }
    for one in check({code: cell for code, cell in numbers.items() if cell}, rules):
        if not one.holds:
            yield f"{one.identity}, colonne {one.column} : {one.sentence} n’est pas vrai ({one.left} et {one.right})."
    for code, cell in cells.items():
        if float(cell.get("percent") or 0) > 100:
            yield f"ID10 : {code} dépasse 100 % de sa population de référence."


def _units(left: Document, right: Document) -> Iterator[Remark]:
    ones, others = left.get("units", {}), right.get("units", {})
    for code in sorted({*ones} & {*others}):
        if ones[code] != others[code]:
            yield remark("V52", code=code, left=ones[code], right=others[code])


def decreases(left: Document, right: Document) -> Iterator[Remark]:
    """ID11: cumulative totals that are lower at the later cut-off, each to be explained."""
    earlier, later = sorted((left, right), key=lambda one: str(one["cutoff"]))
    now = dict(_cumulative(later))
    for (operation, code, column), before in _cumulative(earlier):
        after = now.get((operation, code, column))
        if column == "T" and isinstance(before, int) and isinstance(after, int) and after < before:
            message = (
                f"ID11 : {code} passe de {before} à {after} alors que les valeurs sont cumulées ; "
                "à expliquer (correction, retrait, retour qui annule un résultat)."
            )
            yield Remark(rule="V50", severity=Severity.WARNING, operation=operation, message=message)


def _cumulative(document: Document) -> Iterator[Figure]:
    for part in ("operations", "annex_2"):
        for operation, cells in document.get(part, {}).items():
            yield from _cells(operation, cells)
    for group in document.get("groups", ()):
        yield from _cells(_named(group), group.get("indicators", {}))
