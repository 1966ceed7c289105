"""Sheets « Exclusions », « Qualité », « Saisies tardives », « Changements » and « Contrôles »: what an auditor asks first."""

from __future__ import annotations

from itertools import groupby

from passerelle.indicators.controls import Severity
from passerelle.indicators.extracts.confidential import HIDDEN, NAMELESS
from passerelle.indicators.extracts.content import Extract, figure, text
from passerelle.indicators.extracts.late import late_entries, late_exits
from passerelle.indicators.extracts.measures import ALERT, KEPT, conservation, quality_rows
from passerelle.indicators.extracts.variables import HEADINGS
from passerelle.indicators.identities import PERSON_COLUMNS, Check, check
from passerelle.indicators.page import Cell, Page
from passerelle.indicators.settle import Reason
from passerelle.indicators.snapshot.changes import WORDS, summary
from passerelle.indicators.wording import COLUMNS, REASONS, SEVERITIES, participant_reference

EXCLUDED_WIDTHS = (30, 24, 18, 78)
QUALITY_WIDTHS = (62, 16, 16, 50)
LATE_WIDTHS = (24, 26, 18, 20, 16, 16, 14)
CHANGE_WIDTHS = (24, 18, 52, 44, 40, 40)
OBSERVATION_WIDTHS = (24, 104, 18, 18)
CHECK_WIDTHS = (18, 58, 18, 18, 18, 18, 14)


def exclusions(page: Page, extract: Extract) -> None:
    """Why participations do not count, and the sum with those that do."""
    page.title("Participations exclues, et pourquoi")
    page.line("Reçues = comptées + exclues : chaque participation reçue est dans un seul de ces nombres.")
    page.header(("Motif", "Participations"))
    lines = extract.lines
    for name, number in lines.excluded.items():
        page.write([(reason_words(name), "text"), figure(number)])
    for label, value in (("Total des exclues", lines.left_out), ("Comptées", lines.counted), ("Reçues", lines.received)):
        page.write([(label, "band"), figure(value, "total")])
    page.line(conservation(extract), "label")
    if extract.is_public:
        return
    page.row += 1
    page.header(("Motif", "Participation", "Référence", "Explication"))
    first = page.row - 1
    limit = extract.parameters.rows_per_sheet
    for row in extract.subject.excluded[:limit]:
        cells = [(REASONS[Reason(row["reason"])], "text"), text(row["participation_id"], "center"), (_who(row), "center")]
        page.write([*cells, (row["detail"], "wrap")], 15 * (1 + len(row["detail"]) // 92))
    if extract.subject.excluded:
        page.filter(first, len(EXCLUDED_WIDTHS))
    _cut(page, len(extract.subject.excluded), limit)


def quality(page: Page, extract: Extract) -> None:
    """What is missing, with the alert on incomplete records."""
    page.title("Qualité des données")
    page.header(("Mesure", "Valeur", "Verdict", "Règle"))
    for label, value, verdict, rule in quality_rows(extract):
        page.write([(label, "text"), value, (verdict, _VERDICTS.get(verdict, "center")), (rule, "wrap")], 15 * (1 + len(rule) // 58))


_VERDICTS = {KEPT: "good", ALERT: "error", HIDDEN: "hidden"}


def late(page: Page, extract: Extract) -> None:
    """Entries and situations after the exit that were told late."""
    limit, months = extract.parameters.late_entry_days, extract.subject.rules.late_exit_months
    page.title("Saisies tardives")
    page.line(f"Entrées parvenues plus de {limit} jours après ; situations de sortie enregistrées plus de {months} mois après la sortie.")
    page.header(("Nature", "Participation", "Référence", "Entrée ou sortie le", "Reçue le", "Délai (jours)", "Comptée"), frozen=True)
    first = page.row - 1
    found = [*late_entries(extract.subject, limit), *late_exits(extract.subject)]
    for one in found[: extract.parameters.rows_per_sheet]:
        who: list[Cell] = [(one.participation_id, "center"), (participant_reference(one.participant_id), "center")]
        dates: list[Cell] = [(one.happened_on, "date"), (one.received_on, "date"), (one.days, "number")]
        page.write([(one.nature, "text"), *who, *dates, ("oui" if one.is_counted else "non", "center")])
    if found:
        page.filter(first, len(LATE_WIDTHS))
    else:
        page.line("Aucune saisie tardive.")
    _cut(page, len(found), extract.parameters.rows_per_sheet)


def changes(page: Page, extract: Extract) -> None:
    """What differs from the snapshot frozen before."""
    page.title("Changements depuis l’arrêté figé précédent")
    found = extract.subject.changes
    if found is None:
        page.line("Aucun arrêté figé plus ancien de cette opération : rien à comparer.")
        return
    if extract.subject.previous_id is not None:
        page.line(f"Comparé à l’arrêté n° {extract.subject.previous_id}.")
    counts = summary([dict(row) for row in found])
    lost = "Résultats qui ne comptent plus (sortie reportée, fiche corrigée ou retirée)"
    for words, number in (*((words, counts[name]) for name, words in WORDS.items()), (lost, counts["results_lost"])):
        page.write([(number, "total"), (words, "plain")])
    page.row += 1
    page.header(("Participation", "Référence", "Changement", "Données corrigées", "Comptait dans", "Compte dans"), frozen=True)
    first = page.row - 1
    for row in found[: extract.parameters.rows_per_sheet]:
        cells: list[Cell] = [(row["participation_id"], "center"), (_who(row), "center"), (WORDS[row["change"]], "text")]
        said = [_variables(row["detail"]), *(_spaced(row[name]) for name in ("indicators_before", "indicators_now"))]
        page.write([*cells, *(text(one, "wrap") for one in said)], 14 * (1 + max(len(one) for one in said) // 46))
    page.filter(first, len(CHANGE_WIDTHS))
    _cut(page, len(found), extract.parameters.rows_per_sheet)


def controls(page: Page, extract: Extract) -> None:
    """Identities with both sides."""
    page.title("Contrôles")
    page.line("Chaque case montre les deux membres de l’égalité ou de l’inégalité.")
    page.header(("Contrôle", "Énoncé", *COLUMNS.values(), "Résultat"), frozen=True, height=22)
    subject = extract.subject
    cells = {**subject.figures, **subject.section("combined")}
    numbers = {code: {name: cell[name] for name in PERSON_COLUMNS if name in cell} for code, cell in cells.items() if "T" in cell}
    checks = sorted(check(numbers, subject.rules), key=_of_check)
    for _, group in groupby(checks, key=_of_check):
        page.write(_identity(list(group)))


def observations(page: Page, extract: Extract) -> None:
    """Every finding: first how many per rule, then one by one."""
    findings = extract.subject.document["findings"]
    page.title("Observations")
    page.line("Une observation n’enlève rien aux chiffres, sauf si elle dit que la ligne ou la participation est exclue.")
    if not findings:
        page.line("Aucune observation.")
        return
    page.header(("Règle", "Première observation de la règle", "Gravité", "Nombre"))
    for rule, group in groupby(sorted(findings, key=_of_rule), key=_of_rule):
        told = list(group)
        page.write([(rule, "center"), (told[0]["message"], "wrap"), _severity(told[0]), (len(told), "number")], _tall(told[0]["message"]))
    page.row += 1
    page.header(("Règle", "Observation", "Gravité", "Référence"), frozen=True)
    first, limit = page.row - 1, extract.parameters.rows_per_sheet
    for one in findings[:limit]:
        who = participant_reference(one["participant"])
        page.write([(one["rule"], "center"), (one["message"], "wrap"), _severity(one), (who, "center")], _tall(one["message"]))
    page.filter(first, len(OBSERVATION_WIDTHS))
    _cut(page, len(findings), limit)


def _of_rule(finding: dict[str, str]) -> str:
    return finding["rule"]


def _severity(finding: dict[str, str]) -> Cell:
    severity = Severity(finding["severity"])
    return SEVERITIES[severity], _LOOKS[severity]


_LOOKS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "center"}


def _tall(message: str) -> float:
    return 15 * (1 + len(message) // 124)


def _identity(checks: list[Check]) -> list[Cell]:
    by_column = {one.column: f"{one.left} {one.relation} {one.right}" for one in checks}
    holds = all(one.holds for one in checks)
    named: list[Cell] = [(checks[0].identity, "center"), (checks[0].sentence, "text")]
    verdict: Cell = ("respecté", "good") if holds else ("NON RESPECTÉ", "error")
    return [*named, *[(by_column.get(column), "center") for column in PERSON_COLUMNS], verdict]


def _of_check(one: Check) -> tuple[int, str]:
    return int(one.identity.removeprefix("ID")), one.sentence


def reason_words(name: str) -> str:
    """Why participations are excluded, in French."""
    return "Ligne rejetée, opération illisible" if name == NAMELESS else REASONS[Reason(name)]


def _who(row: dict[str, str]) -> str:
    return participant_reference(row["participant_id"] or None)


def _spaced(joined: str) -> str:
    return joined.replace("+", ", ")


def _variables(joined: str) -> str:
    return ", ".join(HEADINGS.get(name, name) for name in joined.split("+") if name)


def _cut(page: Page, size: int, limit: int) -> None:
    """Says that a list goes on elsewhere: nothing is left out in silence."""
    if size > limit:
        page.line(
            f"… et {size - limit} autres : la liste entière est dans les fichiers de l’arrêté (passerelle esf snapshot show).", "label"
        )
