"""Sheets « Indicateurs » (Tables 6 and 10), « Lignes combinées » and « Semestres »."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from passerelle.indicators.definitions import INDICATORS
from passerelle.indicators.extracts.content import Extract, amount, figure, figures, promised, share, text
from passerelle.indicators.extracts.lines import Line
from passerelle.indicators.page import Cell, Page
from passerelle.indicators.wording import COLUMNS, STATUSES

TABLE_WIDTHS = (10, 50, 12, 13, 12, 9, 9, 11, 14, 9, 11, 30)
COMBINED_WIDTHS = (16, 44, 14, 12, 12, 12, 12, 40)
HALF_WIDTHS = (12, 10, 82, 12, 12, 12, 12, 34)
_SEXES = tuple(COLUMNS.values())
_SET = ("Valeur intermédiaire (2024)", "Valeur cible (2029)")
PLACE = ("Priorité", "Objectif spécifique", "Fonds", "Catégorie de région")


def place_of(extract: Extract) -> tuple[str, str, str, str]:
    """What Tables 6 and 10 say on every line: priority, specific objective, fund, category of region."""
    operation = extract.subject.operation
    given = [operation.get(name) or "non renseigné" for name in ("priority", "specific_objective", "region_category")]
    return given[0], given[1], "FSE+", given[2]


def indicators(page: Page, extract: Extract) -> None:
    """Tables 6 and 10, with targets and ratios."""
    told = ", ".join(f"{name.lower()} : {value}" for name, value in zip(PLACE, place_of(extract), strict=True))
    day = f"{extract.subject.cut_off:%d/%m/%Y}"
    page.sheet.fit_to_pages(1, 1)
    title = f"Opération {extract.subject.operation_id}, au {day}"
    page.paragraph(title, len(TABLE_WIDTHS), 26 * (1 + len(title) // 110), "heading")
    page.line(f"{told}.")
    page.line(extract.subject.state, "frozen" if extract.subject.is_frozen else "provisional")
    page.row += 1
    page.line("Indicateurs de réalisation (règlement (UE) 2021/1060, annexe VII, tableau 6)", "label")
    page.header(("Code", "Indicateur", "Unité", *_SET, *_SEXES, "Ratio", "Reste à atteindre", "Remarque"), height=44)
    for line in extract.lines.outputs:
        page.write(
            [*_named(line), *(promised(line, name) for name in ("milestone", "target")), *_achieved(line, _gap(line))], _height(line)
        )
    page.row += 1
    page.line("Indicateurs de résultat (règlement (UE) 2021/1060, annexe VII, tableau 10)", "label")
    names = ("Code", "Indicateur", "Base", "Valeur de référence", "Valeur cible (2029)", *_SEXES, "Ratio", "Taux sur la base", "Remarque")
    page.header(names, height=44)
    for line in extract.lines.results:
        named: list[Cell] = [(line.code, "center"), (line.name, "wrap"), (line.reference, "center")]
        page.write([*named, *(promised(line, name) for name in ("baseline", "target")), *_achieved(line, share(line.rate))], _height(line))
    page.row += 1
    for sentence in legend(extract):
        page.line(sentence)


def legend(extract: Extract) -> list[str]:
    """How to read the tables."""
    told = [
        "0 : personne n’est dans ce cas. « Non collecté » : personne n’a recueilli la donnée ; ce n’est pas un zéro.",
        "Ratio : valeur atteinte sur valeur cible. Base : réalisation dont le résultat est une part, en participants.",
        "Une cible « non fixé » n’a été décidée par aucun acte connu à la date d’arrêté.",
    ]
    if extract.is_public:
        limit = extract.parameters.small_cell_threshold
        few = f"Masqué : effectif de moins de {limit} personnes, ou qui en trahirait un, seul ou comparé à un arrêté figé plus ancien"
        told.append(f"{few} ; {extract.lines.hidden} cases masquées.")
    return told


def combined(page: Page, extract: Extract) -> None:
    """The reserved sums that SFC2021 compares with their parts, by sex (errors 144 to 148)."""
    page.title("Lignes combinées SFC2021")
    page.line("Chaque somme égale ses parties, pour chaque sexe et au total : SFC2021 le vérifie (erreurs 144 à 148).")
    page.header(("Code", "Somme", "Valeur cible (2029)", *_SEXES, "Remarque"), frozen=True)
    for line in extract.lines.combined:
        page.write([(line.code, "center"), (line.name, "text"), promised(line, "target"), *figures(line), text(line.remark, "muted")])


def half_years(page: Page, extract: Extract) -> None:
    """The same indicators by half-year; they add up to the cumulative figures."""
    page.title("Par semestre")
    page.line("Réalisations au semestre d’entrée, résultats au semestre de sortie, six mois après au semestre de l’échéance.")
    page.header(("Semestre", "Code", "Indicateur", *_SEXES, "Remarque"), frozen=True)
    first = page.row - 1
    for half, cells in extract.subject.section("half_years").items():
        for indicator in INDICATORS:
            if indicator.holds is not None:
                page.write([(half, "center"), (indicator.code, "center"), (indicator.name, "text"), *_half(cells[indicator.code])])
    page.filter(first, len(HALF_WIDTHS))


def _half(cell: Mapping[str, Any]) -> list[Cell]:
    status = str(cell.get("status", ""))
    said = "non réparti par semestre" if status == "not_broken_down" else STATUSES.get(status, status)
    return [*(figure(cell.get(column), "total" if column == "T" else "number") for column in "FMNT"), text(said, "muted")]


def _named(line: Line) -> list[Cell]:
    return [(line.code, "center"), (line.name, "wrap"), (line.unit, "center")]


def _gap(line: Line) -> Cell:
    return ("–", "muted") if line.gap is None else amount(line.gap)


def _height(line: Line) -> float:
    return 14.5 * (1 + max(len(line.name) // 53, len(line.method) // 34))


def _achieved(line: Line, rate: Cell) -> list[Cell]:
    return [*figures(line), share(line.ratio), rate, text(line.remark if line.figures else None, "remark")]
