"""Sheets « Exclusions », « Qualité », « Saisies tardives », « Changements » and « Contrôles »: what an auditor asks first."""

from __future__ import annotations

from itertools import groupby

from passerelle.indicators.controls import Severity
from passerelle.indicators.extracts.content import NO_FIGURE, Extract, figure, percent, text
from passerelle.indicators.extracts.late import late_entries
from passerelle.indicators.identities import PERSON_COLUMNS, Check, check
from passerelle.indicators.page import Cell, Page
from passerelle.indicators.settle import Reason
from passerelle.indicators.snapshot.changes import WORDS, summary
from passerelle.indicators.wording import COLUMNS, REASONS, SEVERITIES, participant_reference

EXCLUDED_WIDTHS = (30, 24, 18, 78)
QUALITY_WIDTHS = (62, 16, 16, 50)
LATE_WIDTHS = (24, 18, 14, 16, 16, 48)
CHANGE_WIDTHS = (24, 18, 52, 44, 40, 40)
OBSERVATION_WIDTHS = (24, 104, 18, 18)
CHECK_WIDTHS = (18, 58, 18, 18, 18, 18, 14)
_LATE_EXIT = "V55"


def exclusions(page: Page, extract: Extract) -> None:
    """Why participations do not count, and the sum with those that do."""
    page.title("Participations exclues, et pourquoi")
    page.line("Reçues = comptées + exclues : chaque participation reçue est dans un seul de ces nombres.")
    page.header(("Motif", "Participations"))
    lines = extract.lines
    for name, number in lines.excluded.items():
        page.write([(reason_words(name), "text"), (number, "number")])
    left_out = sum(lines.excluded.values())
    for label, value in (("Total des exclues", left_out), ("Comptées", lines.counted), ("Reçues", lines.received)):
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


def conservation(extract: Extract) -> str:
    """The sum, as it is printed in every form of the extract."""
    lines = extract.lines
    return f"{lines.received} reçues = {lines.counted} comptées + {sum(lines.excluded.values())} exclues"


def quality(page: Page, extract: Extract) -> None:
    """What is missing, with the alert on incomplete records."""
    page.title("Qualité des données")
    page.header(("Mesure", "Valeur", "Verdict", "Règle"))
    for label, value, verdict, rule in quality_rows(extract):
        page.write([(label, "text"), value, (verdict, _VERDICTS.get(verdict, "center")), (rule, "wrap")], 15 * (1 + len(rule) // 58))


_VERDICTS = {"respecté": "good", "ALERTE": "error"}


def quality_rows(extract: Extract) -> list[tuple[str, Cell, str, str]]:
    """Measure, value, verdict, rule."""
    told, rules = extract.subject.section("quality"), extract.subject.rules
    rate, limit = told["incomplete_rate"], rules.incomplete_alert_rate
    incomplete = extract.lines.excluded.get("incomplete", 0)
    hidden = not isinstance(extract.lines.counted, int)
    shown: Cell = figure(extract.lines.counted) if hidden else (NO_FIGURE if rate is None else percent(rate), "center")
    verdict = "ALERTE" if alert(extract) else "respecté"
    six = told.get("six_months", {})
    days = rules.immediate_result_days
    return [
        ("Dossiers incomplets, en part des participants", shown, verdict, f"alerte au-delà de {percent(limit)}"),
        ("Dossiers incomplets", (incomplete, "number"), "", "exclus de tous les indicateurs (règlement (UE) 2021/1057, art. 17(5))"),
        (f"Sorties sans situation connue dans les {days} jours", _small(extract, told["exit_without_status"]), "", "ni résultat, ni échec"),
        (f"Sorties dont les {days} jours courent encore", _small(extract, told["window_open"]), "", "à compléter avant le prochain arrêté"),
        ("Personnes à six mois de leur sortie", _small(extract, six.get("due")), "", "à interroger, ou à échantillonner"),
        ("… dont la situation a été demandée", _small(extract, six.get("observed")), "", ""),
        ("… dont jointes", _small(extract, six.get("reached")), "", "un injoignable reste au dénominateur"),
    ]


def alert(extract: Extract) -> bool:
    """Whether more participants than the limit have incomplete records."""
    rate = extract.subject.section("quality")["incomplete_rate"]
    return rate is not None and rate > extract.subject.rules.incomplete_alert_rate


def _small(extract: Extract, number: int | None) -> Cell:
    if number is None:
        return "non collecté", "muted"
    if extract.is_public and 0 < number < extract.parameters.small_cell_threshold:
        return "masqué", "hidden"
    return number, "number"


def late(page: Page, extract: Extract) -> None:
    """Entries and exits that were told late."""
    limit, months = extract.parameters.late_entry_days, extract.subject.rules.late_exit_months
    page.title("Saisies tardives")
    page.line(f"Entrées parvenues plus de {limit} jours après ; situations de sortie enregistrées plus de {months} mois après la sortie.")
    page.header(("Participation", "Référence", "Entrée le", "Reçue le", "Délai (jours)", "Compte"), frozen=True)
    first = page.row - 1
    found = late_entries(extract.subject, limit)
    for one in found[: extract.parameters.rows_per_sheet]:
        cells: list[Cell] = [(one.participation_id, "center"), (participant_reference(one.participant_id), "center")]
        dates: list[Cell] = [(one.entered_on, "date"), (one.received_on, "date"), (one.days, "number")]
        page.write([*cells, *dates, ("oui" if one.is_counted else "non", "center")])
    if found:
        page.filter(first, len(LATE_WIDTHS))
    else:
        page.line("Aucune entrée tardive.")
    _cut(page, len(found), extract.parameters.rows_per_sheet)
    page.row += 1
    page.line("Situations de sortie tardives", "label")
    exits = [one for one in extract.subject.document["findings"] if one["rule"] == _LATE_EXIT]
    for finding in exits:
        page.write([(None, "center"), (participant_reference(finding["participant"]), "center"), (finding["message"], "plain")])
    if not exits:
        page.line("Aucune.")


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
    for name, words in WORDS.items():
        page.write([(counts[name], "number"), (words, "plain")])
    page.write(
        [(counts["results_lost"], "number"), ("Résultats qui ne comptent plus (sortie reportée, fiche corrigée ou retirée)", "plain")]
    )
    page.row += 1
    page.header(("Participation", "Référence", "Changement", "Données", "Comptait dans", "Compte dans"), frozen=True)
    first = page.row - 1
    for row in found[: extract.parameters.rows_per_sheet]:
        cells: list[Cell] = [(row["participation_id"], "center"), (_who(row), "center"), (WORDS[row["change"]], "text")]
        page.write(
            [*cells, *(text(_spaced(row[name]), "wrap") for name in ("detail", "indicators_before", "indicators_now"))], _height(row)
        )
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
    return SEVERITIES[severity], "error" if severity is Severity.ERROR else "warning"


def _tall(message: str) -> float:
    return 15 * (1 + len(message) // 112)


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
    return "Ligne rejetée, opération illisible" if name == "nameless" else REASONS[Reason(name)]


def _who(row: dict[str, str]) -> str:
    return participant_reference(row["participant_id"] or None)


def _spaced(joined: str) -> str:
    return joined.replace("+", ", ")


def _height(row: dict[str, str]) -> float:
    return 14 * (1 + max(len(_spaced(row[name])) for name in ("detail", "indicators_before", "indicators_now")) // 46)


def _cut(page: Page, size: int, limit: int) -> None:
    """Says that a list goes on elsewhere: nothing is left out in silence."""
    if size > limit:
        page.line(
            f"… et {size - limit} autres : la liste entière est dans les fichiers de l’arrêté (passerelle esf snapshot show).", "label"
        )
