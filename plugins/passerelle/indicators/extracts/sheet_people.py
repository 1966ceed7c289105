"""Sheets « Trace » and « Microdonnées », for the restricted role: from each cell to its participations, and from each to its lines."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from passerelle.indicators.definitions import INDICATORS
from passerelle.indicators.extracts.content import Extract, day, place, text
from passerelle.indicators.extracts.late import delay_of
from passerelle.indicators.extracts.subject import Row, Subject
from passerelle.indicators.extracts.variables import DAYS, HEADINGS, NUMBERS, WORDS
from passerelle.indicators.page import Cell, Page
from passerelle.indicators.settle import Reason
from passerelle.indicators.snapshot import canonical, engine
from passerelle.indicators.wording import REASONS, participant_reference

PEOPLE = tuple(one.code for one in INDICATORS if one.holds is not None)
TRACE_WIDTHS = (23, 14, 6, 11, 11, *(8 for _ in PEOPLE), 22, 14, 36, 7, 30, 70)
MICRODATA_WIDTHS = (23, 14, 10, 24, 12, *(13 for _ in HEADINGS), 8)
_COUNT = 5
"""Columns before those of the indicators."""


def trace(page: Page, extract: Extract) -> None:
    """One row per participation that counts: a 1 under each of its indicators, then the lines of the partners it rests on."""
    subject = extract.subject
    rows = subject.counted[: extract.parameters.rows_per_sheet]
    page.title("Trace : de chaque chiffre aux participations, puis aux lignes des partenaires")
    page.line(
        "Filtrer sur 1 dans la colonne d’un indicateur, et sur le sexe, donne les lignes du chiffre ; « Total affiché » suit le filtre."
    )
    for index, code in enumerate(PEOPLE):
        held = sum(code in row["indicators"].split("+") for row in rows)
        page.visible_sum(_COUNT + index, page.row + 2, len(rows), held)
    page.write([*[(None, "plain")] * 4, ("Total affiché", "label")])
    first = page.row
    source = (
        "Flux d’entrée",
        "Expéditeur",
        "Fichier",
        "Ligne",
        "Récépissés",
        "Autres lignes : sortie, événements, propositions confirmées",
    )
    page.header(("Participation", "Référence", "Sexe", "Entrée le", "Sortie le", *PEOPLE, *source), frozen=True)
    related = _related(subject)
    for row in rows:
        page.write(_traced(subject, row, related))
    page.filter(first, len(TRACE_WIDTHS))
    if len(rows) < len(subject.counted):
        page.line(f"… et {len(subject.counted) - len(rows)} autres : passerelle esf trace les donne.", "label")


def _traced(subject: Subject, row: Row, related: dict[str, list[str]]) -> list[Cell]:
    name, codes = row["participation_id"], row["indicators"].split("+")
    ids = [name, *(other for other in related[row["participant_id"]] if other != name)]
    sources = [source for one in dict.fromkeys(ids) for source in subject.sources.get(one, ())]
    entry = next((one for one in sources if one["id"] == name), None)
    others = "\n".join(f"{one['subject']} : {place(one)}" for one in sources if one is not entry)
    named: list[Cell] = [(name, "center"), (participant_reference(row["participant_id"]), "center"), (row["sex"], "center")]
    dates: list[Cell] = [day(subject.participations[name]["entry_date"]), day(row["exit_date"])]
    marks: list[Cell] = [(1 if code in codes else None, "center") for code in PEOPLE]
    return [*named, *dates, *marks, *_origin(entry), (others or None, "wrap")]


def _origin(entry: Row | None) -> list[Cell]:
    if entry is None:
        return [(None, "text")] * 5
    line: Cell = (int(entry["line"]), "number") if entry["line"].isdigit() else text(entry["line"])
    return [text(entry["feed"]), text(entry["sender"]), text(entry["file_name"]), line, text(entry["receipts"].replace("+", ", "))]


def _related(subject: Subject) -> dict[str, list[str]]:
    """Participant → returns and events, on which results rest beside the first participation."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, row in subject.participations.items():
        found[row["participant_id"]].append(name)
    for row in canonical.read(subject.files.get(engine.EVENTS, b"")):
        found[row["participant_id"]].append(row["event_id"])
    return found


def microdata(page: Page, extract: Extract) -> None:
    """One row per participation received: what it says, whether it counts, and why not."""
    subject = extract.subject
    page.title("Microdonnées : cercle restreint, ne pas transmettre")
    page.line("Une ligne par participation reçue ; une case vide est une donnée qui manque, ce n’est pas un zéro.")
    page.header(("Participation", "Référence", "Comptée", "Motif d’exclusion", "Délai de saisie", *HEADINGS.values(), "Âge"), frozen=True)
    first = page.row - 1
    reasons = {row["participation_id"]: REASONS[Reason(row["reason"])] for row in subject.excluded}
    exits = {row["participation_id"]: row["exit_date"] for row in subject.counted}
    names = sorted(subject.participations)
    for name in names[: extract.parameters.rows_per_sheet]:
        row = subject.participations[name]
        counts: Cell = ("oui", "good") if name in exits else ("non", "center")
        told: list[Cell] = [(name, "center"), (participant_reference(row["participant_id"] or None), "center"), counts]
        values = [_value(variable, row[variable]) for variable in HEADINGS]
        page.write([*told, text(reasons.get(name)), (delay_of(subject, name), "number"), *values, (_age(row), "number")])
    page.filter(first, len(MICRODATA_WIDTHS))
    if len(names) > extract.parameters.rows_per_sheet:
        rest = len(names) - extract.parameters.rows_per_sheet
        page.line(f"… et {rest} autres : participations.csv des fichiers de l’arrêté les contient.", "label")


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
