"""The four sheets of the workbook: Synthèse, Participants, Exclus, Contrôles. French; people appear under a reference only."""

from __future__ import annotations

from itertools import groupby

from passerelle.indicators.definitions import INDICATORS, Indicator, Kind
from passerelle.indicators.identities import PERSON_COLUMNS, Check
from passerelle.indicators.members import Counted, Excluded
from passerelle.indicators.page import Cell, Page
from passerelle.indicators.participation import Origin
from passerelle.indicators.report import OperationReport, Report
from passerelle.indicators.settle import Reason
from passerelle.indicators.wording import (
    COLUMNS,
    NAMELESS,
    NOT_COLLECTED,
    REASONS,
    SEVERITIES,
    SEXES,
    SITUATIONS,
    STATUSES,
    participant_reference,
)

PEOPLE = tuple(one.code for one in INDICATORS if one.holds is not None)
"""The indicators that count people."""
SUMMARY_WIDTHS = (12, 82, 12, 12, 12, 12, 34)
PARTICIPANT_WIDTHS = (15, 14, 11, 11, 8, 12, 10, 6, *(8 for _ in PEOPLE), 8, 24, 14, 7)
EXCLUDED_WIDTHS = (18, 15, 12, 22, 80, 10, 34, 18, 8)
CHECK_WIDTHS = (18, 24, 52, 16, 16, 16, 16, 14)
_ORIGIN = ("Dépôt n°", "Flux", "Expéditeur", "Ligne")


def summary(page: Page, report: Report) -> None:
    """Operations, cut-off, rules, and the table of indicators."""
    names = ", ".join(one.operation_id for one in report.operations[:8]) + (", …" if len(report.operations) > 8 else "")
    page.title("Indicateurs communs FSE+ : réalisations et résultats")
    page.line(f"Opération(s) : {names}", "label")
    page.line(f"Arrêté au {report.cutoff:%d/%m/%Y} : valeurs cumulées, telles qu’enregistrées au plus tard ce jour.")
    page.line(f"Règles de calcul : {report.rules.version} (détaillées au bas de la feuille).")
    page.header(("Code", "Indicateur", *COLUMNS.values(), "Remarque"), frozen=True, height=22)
    for number, operation in enumerate(report.operations):
        if number:
            page.sheet.set_h_pagebreaks([*page.sheet.hbreaks, page.row])
        _summary_of(page, operation)
    page.row += 1
    page.line("Règles retenues", "label")
    for sentence in report.rules.sentences():
        page.line(f"• {sentence}")
    page.line(f"• {NOT_COLLECTED.capitalize()} : personne n’a recueilli la donnée ; ce n’est pas un zéro.")
    page.line("Les saisies officielles dans « Ma démarche FSE+ » font foi. Chaque chiffre se retrouve ligne à ligne dans « Participants ».")


def _summary_of(page: Page, operation: OperationReport) -> None:
    counts = f"{operation.counted_number} participants comptés sur {operation.received} participations reçues"
    page.write([(f"Opération {operation.operation_id} : {counts}", "band"), *[(None, "band")] * 6], 20)
    for indicator in INDICATORS:
        page.write(_indicator_row(operation, indicator))
    identities = ", ".join(sorted({one.identity for one in operation.checks}))
    held = f"Contrôles {identities} : {len(operation.checks)} vérifications, toutes respectées"
    page.write([(None, "text"), (held, "good"), *[(None, "text")] * 5])


def _indicator_row(operation: OperationReport, indicator: Indicator) -> list[Cell]:
    named: list[Cell] = [(indicator.code, "center"), (indicator.name, "text")]
    cells = operation.cells(indicator)
    if indicator.kind is Kind.ENTITIES:
        return [*named, *[("", "muted")] * 3, (cells["T"], "total"), ("organismes, sans répartition par sexe", "muted")]
    said = STATUSES.get(cells.get("status", ""))
    if "T" not in cells:
        return [*named, *[("–", "muted")] * 4, (said, "muted")]
    shown: list[Cell] = [(cells.get(column, "–"), "total" if column == "T" else "number") for column in PERSON_COLUMNS]
    return [*named, *shown, (said, "muted" if said else "text")]


def participants(page: Page, report: Report) -> None:
    """Who is behind the figures: one row per participant, a 1 under each indicator in which he or she counts."""
    rows = [person for operation in report.operations for person in operation.counted]
    rows.sort(
        key=lambda one: (one.participation.operation_id, one.entry.entry_date, participant_reference(one.participation.participant_id))
    )
    codes = list(PEOPLE)
    page.title("Participants comptés")
    page.line("Un filtre sur une colonne donne les lignes d’un chiffre ; la ligne « Total affiché » suit le filtre.")
    for index, code in enumerate(codes):
        page.visible_sum(8 + index, page.row + 2, len(rows), sum(code in person.indicators for person in rows))
    page.write([*[(None, "plain")] * 6, ("Total affiché", "label")])
    first = page.row
    names = ("Opération", "Référence", "Entrée le", "Sexe", "Âge à l’entrée", "Situation à l’entrée", "Chômage (mois)", "CITE")
    page.header((*names, *codes, *_ORIGIN), frozen=True)
    for person in rows:
        page.write(_participant_row(person, codes))
    page.filter(first, len(PARTICIPANT_WIDTHS))


def _participant_row(person: Counted, codes: list[str]) -> list[Cell]:
    entry, participation = person.entry, person.participation
    return [
        (participation.operation_id, "text"),
        (participant_reference(participation.participant_id), "center"),
        (entry.entry_date, "date"),
        (SEXES[entry.sex], "center"),
        (entry.age, "number"),
        (SITUATIONS[entry.labour] if entry.labour else None, "center"),
        (entry.unemployment_months, "number"),
        (entry.isced_level, "number"),
        *[(1 if code in person.indicators else None, "center") for code in codes],
        *_origin(participation.origin),
    ]


def excluded(page: Page, report: Report) -> None:
    """Who is not counted, and why."""
    rows = [*report.nameless, *(one for operation in report.operations for one in operation.excluded)]
    page.title("Participations exclues des indicateurs")
    page.line("Reçues = comptées + exclues : chaque participation reçue figure ici ou dans « Participants », une seule fois.")
    first = page.row
    page.header(("Opération", "Référence", "Entrée le", "Motif", "Explication", *_ORIGIN), frozen=True)
    for one in rows:
        page.write(_excluded_row(one), 15 * (1 + len(one.detail) // 95))
    if not rows:
        page.write([("Aucune participation n’est exclue.", "text"), *[(None, "text")] * 8])
    page.filter(first, len(EXCLUDED_WIDTHS))


def _excluded_row(one: Excluded) -> list[Cell]:
    return [
        (one.operation_id or NAMELESS, "text"),
        (participant_reference(one.participant_id), "center"),
        (one.entry_date, "date"),
        (REASONS[one.reason], "error" if one.reason is Reason.REJECTED else "center"),
        (one.detail, "wrap"),
        *_origin(one.origin),
    ]


def _origin(origin: Origin) -> list[Cell]:
    return [(origin.delivery_id, "number"), (origin.feed, "text"), (origin.sender, "text"), (origin.line, "number")]


def controls(page: Page, report: Report) -> None:
    """What was verified: conservation, identities, and the remarks."""
    page.title("Contrôles")
    page.line("Chaque case montre les deux membres de l’égalité ou de l’inégalité.")
    page.header(("Opération", "Contrôle", "Énoncé", *COLUMNS.values(), "Résultat"), frozen=True, height=22)
    for operation in report.operations:
        page.write(_conservation_row(operation))
        for _, checks in groupby(sorted(operation.checks, key=_of_check), key=_of_check):
            page.write(_identity_row(operation, list(checks)))
        page.write(_incomplete_row(operation, report.rules.incomplete_alert_rate))
    page.row += 1
    page.title("Observations")
    page.header(("Opération", "Référence", "Observation", "Gravité", "Ligne", "Règle"))
    for remark in report.remarks:
        severity = "error" if remark.severity == "error" else "warning"
        cells: list[Cell] = [(remark.operation or NAMELESS, "text"), (participant_reference(remark.participant), "center")]
        cells += [(remark.message, "wrap"), (SEVERITIES[remark.severity], severity), (remark.line, "number"), (remark.rule, "text")]
        page.write(cells, 15 * (1 + len(remark.message) // 58))
    if not report.remarks:
        page.write([("Aucune observation.", "text"), *[(None, "text")] * 5])


def _of_check(one: Check) -> tuple[str, str]:
    return one.identity, one.sentence


def _conservation_row(operation: OperationReport) -> list[Cell]:
    counted, left_out = operation.counted_number, operation.received - operation.counted_number
    said = f"{operation.received} = {counted} + {left_out}"
    cells: list[Cell] = [(operation.operation_id, "text"), ("Conservation", "center"), ("Reçues = comptées + exclues", "text")]
    return [*cells, *[(None, "center")] * 3, (said, "center"), ("respecté", "good")]


def _identity_row(operation: OperationReport, checks: list[Check]) -> list[Cell]:
    by_column = {one.column: f"{one.left} {one.relation} {one.right}" for one in checks}
    holds = all(one.holds for one in checks)
    return [
        (operation.operation_id, "text"),
        (checks[0].identity, "center"),
        (checks[0].sentence, "text"),
        *[(by_column.get(column), "center") for column in PERSON_COLUMNS],
        ("respecté", "good") if holds else ("NON RESPECTÉ", "error"),
    ]


def _incomplete_row(operation: OperationReport, limit: float) -> list[Cell]:
    rate, incomplete = operation.incomplete_rate, operation.excluded_by_reason["incomplete"]
    said = "–" if rate is None else f"{incomplete} / {incomplete + operation.counted_number} ({_percent(rate)})"
    named: list[Cell] = [
        (operation.operation_id, "text"),
        ("Dossiers incomplets", "center"),
        (f"Au plus {_percent(limit)} des participants", "text"),
    ]
    within = rate is None or rate <= limit
    return [*named, *[(None, "center")] * 3, (said, "center"), ("respecté", "good") if within else ("ALERTE", "error")]


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %".replace(".0 ", " ").replace(".", ",")
