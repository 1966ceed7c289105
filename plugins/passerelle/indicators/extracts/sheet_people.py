"""Sheets « Trace » and « Microdonnées », for the restricted role: from each cell to its participations, and from each to its lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from passerelle.indicators.definitions import INDICATORS
from passerelle.indicators.extracts.content import Extract, day, text
from passerelle.indicators.extracts.late import delay_of
from passerelle.indicators.extracts.subject import Row, Subject
from passerelle.indicators.extracts.variables import DAYS, HEADINGS, NUMBERS, WORDS
from passerelle.indicators.page import Cell, Page
from passerelle.indicators.settle import Reason
from passerelle.indicators.snapshot import canonical, engine
from passerelle.indicators.wording import REASONS, participant_reference

PEOPLE = tuple(one.code for one in INDICATORS if one.holds is not None)
COMPOSITION_WIDTHS = (23, 14, 6, 11, 11, *(8 for _ in PEOPLE))
TRACE_WIDTHS = (23, 14, 44, 22, 24, 14, 40, 8, 32, 12, 36)
MICRODATA_WIDTHS = (23, 14, 10, 20, 9, *(12 for _ in HEADINGS), 8)
_COUNT = 5
"""Columns before those of the indicators."""
_A3 = 8
_NATURES = {
    "participation": "entrée",
    "exit": "sortie",
    "event": "événement",
    "observation": "situation à six mois",
    "proposal": "proposition confirmée",
}


def composition(page: Page, extract: Extract) -> None:
    """One row per participation that counts: a 1 under each of its indicators."""
    subject = extract.subject
    rows = subject.counted[: extract.parameters.rows_per_sheet]
    page.sheet.set_paper(_A3)
    page.title("Composition : de chaque chiffre à ses participations")
    page.line(
        "Filtrer sur 1 dans la colonne d’un indicateur, et sur le sexe, donne les lignes du chiffre ; « Total affiché » suit le filtre. "
        "n. c. : non collecté, ou sans objet."
    )
    held = Counter(code for row in rows for code in row["indicators"].split("+"))
    collected = [code for code in PEOPLE if "T" in subject.figures[code]]
    unknown: list[Cell] = [(None if code in collected else "n. c.", "muted") for code in PEOPLE]
    page.write([*[(None, "plain")] * 4, ("Total affiché", "label"), *unknown])
    for index, code in enumerate(PEOPLE):
        if code in collected:
            page.visible_sum(_COUNT + index, page.row + 1, len(rows), held[code])
    first = page.row
    page.header(("Participation", "Référence", "Sexe", "Entrée le", "Sortie le", *PEOPLE), frozen=True)
    for row in rows:
        codes = row["indicators"].split("+")
        entered: Cell = day(subject.participations[row["participation_id"]]["entry_date"])
        marks: list[Cell] = [(1, "center") if code in codes else (None, "grid") for code in PEOPLE]
        page.write([*_who(row), (row["sex"], "center"), entered, day(row["exit_date"]), *marks])
    page.grid(first + 1)
    page.filter(first, len(COMPOSITION_WIDTHS))
    _cut(page, len(subject.counted), len(rows), "passerelle esf trace les donne")


def trace(page: Page, extract: Extract) -> None:
    """From each participation that counts to every line of a partner it rests on: entry, exit, events, confirmed proposals."""
    subject = extract.subject
    page.sheet.set_paper(_A3)
    page.title("Trace : de chaque participation aux lignes des partenaires")
    page.line("La ligne se retrouve dans le fichier du partenaire, gardé tel qu’il a été reçu ; « contient EECO02 » filtre un indicateur.")
    names = ("Flux", "Expéditeur", "Fichier", "Ligne", "Récépissés", "Reçue le", "Note")
    page.header(("Participation", "Référence", "Compte dans", "Nature", *names), frozen=True)
    first, limit, size = page.row - 1, extract.parameters.rows_per_sheet, 0
    related = _related(subject)
    for row in subject.counted:
        for source in _sources(subject, row, related):
            size += 1
            if size <= limit:
                page.write(_traced(row, source), 14 * (1 + _lines(row, source)))
    page.filter(first, len(TRACE_WIDTHS))
    _cut(page, size, min(size, limit), "sources.csv des fichiers de l’arrêté les contient")


def _lines(row: Row, source: Row) -> int:
    """How many lines the longest text takes beside the first; names of files hold few spaces to break at."""
    lengths = (len(row["indicators"]) // 42, len(source["file_name"]) // 28, len(source["receipts"]) // 32, len(source["note"]) // 36)
    return max(lengths)


def _traced(row: Row, source: Row) -> list[Cell]:
    line: Cell = (int(source["line"]), "number") if source["line"].isdigit() else text(source["line"])
    nature, _, variable = source["subject"].partition(" ")
    told = _NATURES.get(nature, nature) + (f" : {HEADINGS.get(variable, variable)}" if variable else "")
    return [
        *_who(row),
        (row["indicators"].replace("+", ", "), "wrap"),
        (told, "text"),
        *(text(source[name]) for name in ("feed", "sender")),
        text(source["file_name"], "wrap"),
        line,
        text(source["receipts"].replace("+", ", "), "wrap"),
        day(source["first_recorded_on"]),
        text(source["note"], "wrap"),
    ]


def _sources(subject: Subject, row: Row, related: dict[str, list[str]]) -> list[Row]:
    ids = dict.fromkeys([row["participation_id"], *related[row["participant_id"]]])
    return [source for one in ids for source in subject.sources.get(one, ())]


def _related(subject: Subject) -> dict[str, list[str]]:
    """Participant → returns, events and situations six months after, on which results rest beside the first participation."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, row in subject.participations.items():
        found[row["participant_id"]].append(name)
    for file, key in ((engine.EVENTS, "event_id"), (engine.SIX_MONTHS, "observation_id")):
        for row in canonical.read(subject.files.get(file, b"")):
            found[row["participant_id"]].append(row[key])
    return found


def microdata(page: Page, extract: Extract) -> None:
    """One row per participation received: what it says, whether it counts, and why not."""
    subject = extract.subject
    page.sheet.set_paper(_A3)
    page.title("Microdonnées : cercle restreint, ne pas transmettre")
    page.line("Une ligne par participation reçue ; une case vide est une donnée qui manque, ce n’est pas un zéro.")
    page.header(
        ("Participation", "Référence", "Comptée", "Motif d’exclusion", "Délai de saisie", *HEADINGS.values(), "Âge à l’entrée"),
        frozen=True,
        height=44,
    )
    first = page.row - 1
    reasons = {row["participation_id"]: REASONS[Reason(row["reason"])] for row in subject.excluded}
    exits = {row["participation_id"]: row["exit_date"] for row in subject.counted}
    names = sorted(subject.participations)
    for name in names[: extract.parameters.rows_per_sheet]:
        row = subject.participations[name]
        counts: Cell = ("oui", "good") if name in exits else ("non", "center")
        values = [_value(variable, row[variable]) for variable in HEADINGS]
        page.write([*_who(row), counts, text(reasons.get(name)), (delay_of(subject, name), "number"), *values, (_age(row), "number")])
    page.filter(first, len(MICRODATA_WIDTHS))
    limit = extract.parameters.rows_per_sheet
    _cut(page, len(names), min(len(names), limit), "participations.csv des fichiers de l’arrêté les contient")


def _who(row: Row) -> list[Cell]:
    return [(row["participation_id"], "center"), (participant_reference(row["participant_id"] or None), "center")]


def _cut(page: Page, size: int, shown: int, elsewhere: str) -> None:
    """Says where a list goes on: nothing is left out in silence."""
    if size > shown:
        page.line(f"… et {size - shown} autres : {elsewhere}.", "label")


def _value(variable: str, value: str) -> Cell:
    if variable in DAYS and value:
        try:
            return date.fromisoformat(value), "date"
        except ValueError:
            return value, "error"
    if variable in NUMBERS and value.isdigit():
        return int(value), "number"
    return text(WORDS.get(variable, {}).get(value, value), "center")


def _age(row: Row) -> int | None:
    try:
        born, entered = date.fromisoformat(row["birth_date"]), date.fromisoformat(row["entry_date"])
    except ValueError:
        return None
    return entered.year - born.year - ((entered.month, entered.day) < (born.month, born.day))
