"""What stands in the sheets of a receipt's workbook, in French."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from passerelle.findings import Effect
from passerelle.receipt import told
from passerelle.receipt.details import DetailRow
from passerelle.receipt.model import FindingGroup, Receipt
from passerelle.receipt.parts import harmless_key
from passerelle.receipt.phrases import EFFECT_TONES, effect_words, open_words, threshold_words
from passerelle.receipt.sheet import Sheet
from passerelle.receipt.wording import french_datetime, french_number, many, typeset, visible

MOST_ROWS = 50_000
"""Findings listed one by one; more would help nobody, and a spreadsheet ends at a million rows."""
SUMMARY_WIDTHS = (36, 100)
FINDING_WIDTHS = (20, 46, 38, 28, 24, 9, 19, 28)
RULE_WIDTHS = (28, 20, 40, 40, 36, 19, 9, 24)
OPEN_WIDTHS = (14, 60, 30, 14)
NAME_WIDTHS = (50, 60)


def summary(sheet: Sheet, receipt: Receipt) -> None:
    """The first page: the answer, what to do, the counts, the steps, the file."""
    sheet.write([(f"{receipt.kind.french} {receipt.number}", "title")])
    if receipt.delivery.trial:
        sheet.write([("Essai avant envoi : rien n’a été déposé, rien ne sera chargé.", "section")])
    sheet.skip()
    sheet.write([("Réponse", "label"), (typeset(receipt.headline), receipt.outcome.tone)])
    _pair(sheet, "En bref", receipt.summary)
    for place, step in enumerate(receipt.next_steps, 1):
        _pair(sheet, f"À faire {place}" if len(receipt.next_steps) > 1 else "À faire", step)
    for title, rows in _tables(receipt):
        _section(sheet, title, rows)
    if receipt.delivery.contact:
        sheet.skip()
        _pair(sheet, "Une question ?", f"{receipt.delivery.contact}, en citant {receipt.number}")


def _tables(receipt: Receipt) -> Iterator[tuple[str, Iterable[told.Row]]]:
    yield "Fichier à corriger et à renvoyer", told.correction_rows(receipt)
    yield f"Le compte des {receipt.delivery.unit}s", told.count_rows(receipt)
    yield (
        "Seuils dépassés",
        (told.Row(limit.rule or "Ensemble", threshold_words(limit, receipt.delivery.unit)) for limit in receipt.thresholds),
    )
    yield "Ce qui a changé", told.change_rows(receipt)
    yield "Les personnes concernées", told.people_rows(receipt)
    if receipt.open is not None:
        yield "Ce qui reste à corriger", (told.Row("Tous vos envois", open_words(receipt.open)),)
    yield "Les étapes", _steps(receipt)
    yield "Le fichier", told.fact_rows(receipt)


def _steps(receipt: Receipt) -> Iterator[told.Row]:
    for step in receipt.steps:
        name = step.name if step.number is None else f"{step.number}. {step.name}"
        yield told.Row(name, f"{step.result.value} : {step.detail}" if step.detail else step.result.value)


def _section(sheet: Sheet, title: str, rows: Iterable[told.Row]) -> None:
    kept = tuple(rows)
    if not kept:
        return
    sheet.skip()
    sheet.write([(title, "section")])
    for row in kept:
        plain = row.look in ("name", "code")
        sheet.write(
            [(typeset(row.label), "label"), (row.value if plain else typeset(row.value), "strong" if row.look == "total" else "text")]
        )


def _pair(sheet: Sheet, label: str, text: str) -> None:
    sheet.write([(typeset(label), "label"), (typeset(text), "text")])


def findings(sheet: Sheet, receipt: Receipt, details: Iterable[DetailRow]) -> None:
    """One row per finding, up to the most; the last row counts the others and says where they are."""
    sheet.header(("Clé ou place", "Message", "Que faire", "Proposition", "Colonne", "Ligne", "Effet", "Règle"))
    effects = {effect: effect_words(effect, receipt) for effect in Effect}
    written = 0
    has_more = False
    for detail in details:
        if written == MOST_ROWS:
            has_more = True
            break
        sheet.write(_finding(detail, receipt, effects[detail.effect]))
        written += 1
    if has_more or receipt.findings_total > written:
        sheet.write([("…", "strong"), (_others(receipt, written), "strong"), *[("", "text")] * 6])
    elif not written:
        sheet.write([("", "text"), ("Aucune anomalie.", "text"), *[("", "text")] * 6])


def _others(receipt: Receipt, written: int) -> str:
    rest = max(receipt.findings_total - written, 1)
    whole = f" Le Département garde la liste entière ({receipt.delivery.contact})." if receipt.delivery.contact else ""
    return typeset(
        f"Et {many(rest, 'autre anomalie')}, non {'listées' if rest > 1 else 'listée'} ici : "
        f"la feuille « Règles » les compte règle par règle.{'' if receipt.delivery.trial else whole}"
    )


def _finding(detail: DetailRow, receipt: Receipt, effect: str) -> list[tuple[str, str]]:
    tone = EFFECT_TONES[detail.effect]
    return [
        (_key(detail, receipt), "strong"),
        (_tidy(detail.message), "text"),
        (_tidy(detail.fix or detail.expected), "text"),
        (_tidy(detail.proposal), "text"),
        (visible(detail.column or ""), "text"),
        ("" if detail.line is None else str(detail.line), "text"),
        (effect, tone),
        (detail.rule, "text"),
    ]


def _key(detail: DetailRow, receipt: Receipt) -> str:
    """The sender's own key; else the place in the file."""
    own = None if receipt.delivery.trial else harmless_key(detail.key)
    if isinstance(own, str):
        return own
    if receipt.delivery.unit == "dossier" and detail.record:
        return visible(detail.record)
    return f"ligne {detail.line}" if detail.line is not None else "tout le fichier"


@lru_cache(maxsize=4096)
def _tidy(text: str) -> str:
    return typeset(visible(text))


def rules(sheet: Sheet, receipt: Receipt) -> None:
    """One row per broken rule: what was expected, and how often it is broken."""
    sheet.header(("Règle", "Information", "Message", "Attendu", "Que faire", "Effet", "Nombre", "Où"))
    for group in receipt.groups:
        sheet.write([(text, style) for text, style in _rule(group, receipt)])
    if not receipt.groups:
        sheet.write([("", "text"), ("", "text"), ("Aucune anomalie.", "text"), *[("", "text")] * 5])


def _rule(group: FindingGroup, receipt: Receipt) -> Iterator[tuple[str, str]]:
    yield group.rule, "text"
    yield group.label or group.column or "", "text"
    yield typeset(group.message), "text"
    yield typeset(group.expected), "text"
    yield typeset(group.fix), "text"
    yield effect_words(group.effect, receipt), EFFECT_TONES[group.effect]
    yield french_number(group.count), "text"
    yield told.places(group), "text"


def still_open(sheet: Sheet, receipt: Receipt) -> None:
    """The deliveries of which something is still to be corrected."""
    if receipt.open is None:
        return
    sheet.header(("Livraison", "Fichier", "Reçu le", "Anomalies"))
    for file in receipt.open.files:
        sheet.write(
            [
                (f"n° {file.delivery_id}", "text"),
                (file.name, "text"),
                (french_datetime(file.received_at), "text"),
                (french_number(file.count), "text"),
            ]
        )


def names(sheet: Sheet, receipt: Receipt) -> None:
    """The file names the gateway would have recognised."""
    sheet.header(("Échange", "Nom du fichier"))
    for item in receipt.expected_names:
        sheet.write([(typeset(item.feed_name), "text"), (item.name, "text")])
