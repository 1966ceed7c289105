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
    """An operation, or a line ``priority / objective / region`` of the programme."""
    indicator: str
    column: str
    """F, M, N, T, ``status`` or ``method``; the reason for an exclusion."""
    left: int | str | None
    right: int | str | None


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
        """Whether they show the same figures and nothing is wrong with either."""
        return not self.differences and not any(one.severity is not Severity.INFO for one in self.findings)


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
    findings += [] if same_cutoff else _decreases(left, right, differences)
    return Comparison(
        same_cutoff=same_cutoff,
        same_rules=left.get("rules") == right.get("rules"),
        compared=len({*ones, *others}),
        differences=differences,
        findings=tuple(findings),
    )


def _figures(document: Document) -> Iterator[tuple[tuple[str, str, str], int | str | None]]:
    """Every figure, status, method and number of excluded participations, by where it stands."""
    for part in ("operations", "annex_2"):
        for operation, cells in document.get(part, {}).items():
            yield from _cells(operation, cells)
    for group in document.get("groups", ()):
        named = _named(group)
        yield from _cells(named, group.get("indicators", {}))
        yield from _cells(named, group.get("annex_2", {}))
    for operation, reasons in document.get("excluded", {}).items():
        for reason, number in reasons.items():
            yield (operation, "excluded", reason), number


def _named(group: Document) -> str:
    return " / ".join(str(group.get(name, "")) or "–" for name in ("priority", "specific_objective", "region_category"))


def _cells(operation: str, cells: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str, str], int | str | None]]:
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


def _decreases(left: Document, right: Document, differences: tuple[Difference, ...]) -> Iterator[Remark]:
    """ID11: cumulative figures that are lower at the later cut-off."""
    forward = str(left["cutoff"]) < str(right["cutoff"])
    for one in differences:
        before, after = (one.left, one.right) if forward else (one.right, one.left)
        if one.indicator != "excluded" and one.column == "T" and isinstance(before, int) and isinstance(after, int) and after < before:
            message = (
                f"ID11 : {one.indicator} passe de {before} à {after} alors que les valeurs sont cumulées ; "
                "à expliquer (correction, retrait, retour qui annule un résultat)."
            )
            yield Remark(rule="V50", severity=Severity.WARNING, operation=one.operation, message=message)
