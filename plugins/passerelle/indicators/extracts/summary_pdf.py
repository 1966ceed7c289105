"""The summary that is signed (PDF, A4): figures, what they rest on, and a place for the signature. No participant, no name, no login.

The same extract always gives the same bytes, fonts included: what was signed can be made again and compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import reportlab
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from passerelle.indicators.extracts import sheet_header
from passerelle.indicators.extracts.content import NO_FIGURE, NOT_SET, Extract, percent
from passerelle.indicators.extracts.lines import Figure, Line
from passerelle.indicators.extracts.measures import alert_sentence, alert_shown, conservation, quality_rows
from passerelle.indicators.extracts.sheet_review import reason_words
from passerelle.indicators.extracts.sheet_tables import legend
from passerelle.indicators.extracts.subject import Subject
from passerelle.indicators.extracts.targets import PERCENT
from passerelle.indicators.snapshot.half_years import PROPOSER

_FONT, _BOLD = "Vera", "VeraBd"
_FOOT_SIZE = 6.5
_DARK, _PALE, _RULE = colors.HexColor("#14375E"), colors.HexColor("#F2F5F9"), colors.HexColor("#C9D3DE")
_GREEN, _RED = colors.HexColor("#1B6B3A"), colors.HexColor("#9B1C1C")
_TEXT = ParagraphStyle("text", fontName=_FONT, fontSize=7.2, leading=9.4)
_RIGHT = ParagraphStyle("right", _TEXT, alignment=2)
_HEAD = ParagraphStyle("head", _TEXT, fontName=_BOLD, textColor=colors.white, alignment=1)
_LABEL = ParagraphStyle("label", _TEXT, fontName=_BOLD, textColor=_DARK)
_H1 = ParagraphStyle("h1", fontName=_BOLD, fontSize=14, leading=18, textColor=_DARK, spaceAfter=2 * mm)
_H2 = ParagraphStyle("h2", fontName=_BOLD, fontSize=9, leading=12, textColor=_DARK, spaceBefore=3.5 * mm, spaceAfter=1.5 * mm)
_WIDTHS = tuple(one * mm for one in (25, 60, 17, 16, 16, 15, 18, 15))
_NAMED = ("Participations", "Proposé le", "Figé le", "Destinataires")
"""Facts of the header that the summary says in its own words, without who."""


def summary_pdf(extract: Extract) -> bytes:
    """The summary."""
    for name in (_FONT, _BOLD):
        pdfmetrics.registerFont(TTFont(name, str(Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf")))
    _, pages = _built(extract, 0)
    return _built(extract, pages)[0]


def _built(extract: Extract, pages: int) -> tuple[bytes, int]:
    """The document and how many pages it has, which the foot of the first tells: it is built twice."""
    content, subject = BytesIO(), extract.subject
    document = SimpleDocTemplate(
        content,
        pagesize=A4,
        leftMargin=14 * mm,
        rightMargin=14 * mm,
        topMargin=13 * mm,
        bottomMargin=15 * mm,
        title=f"Indicateurs communs FSE+, {subject.operation_id}, arrêtés au {subject.cut_off:%d/%m/%Y}",
        author="Passerelle",
        subject=subject.state,
        lang="fr",
        invariant=1,
    )
    foot = _footed(_foot(subject), pages)
    document.build(_story(extract), onFirstPage=foot, onLaterPages=foot)
    return content.getvalue(), document.page


def _story(extract: Extract) -> list[Flowable]:
    subject, lines = extract.subject, extract.lines
    banner = ParagraphStyle("state", _LABEL, fontSize=9, leading=12, textColor=_GREEN if subject.is_frozen else _RED)
    return [
        Paragraph("Indicateurs communs FSE+ : bilan d’une opération", _H1),
        Paragraph(escaped(subject.state), banner),
        *_alerted(extract),
        Spacer(0, 2 * mm),
        _facts(extract),
        Paragraph("Réalisations", _H2),
        _figures(lines.outputs, "Cible 2029"),
        # A heading on its page and all lines of the table together: one line alone on the next page is overlooked.
        KeepTogether([Paragraph("Résultats", _H2), _figures(lines.results, "Cible 2029")]),
        KeepTogether([Paragraph("Lignes combinées SFC2021", _H2), _figures(lines.combined, "Cible 2029")]),
        Spacer(0, 1.5 * mm),
        *[Paragraph(escaped(sentence), _TEXT) for sentence in legend(extract)],
        KeepTogether([Paragraph("Participations reçues, comptées, exclues", _H2), *_conservation(extract)]),
        KeepTogether([Paragraph("Qualité", _H2), *_quality(extract)]),
        KeepTogether([Paragraph("Méthode", _H2), *_method(extract)]),
        KeepTogether([Paragraph("Signature", _H2), *_signature(extract)]),
    ]


def _facts(extract: Extract) -> Table:
    told = [(label, value) for label, value in sheet_header.facts(extract) if label not in _NAMED]
    rows = [[Paragraph(label, _LABEL), Paragraph(escaped(value), _TEXT)] for label, value in told]
    return Table(rows, colWidths=[44 * mm, 138 * mm], style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *_tight(0.6)])


def _figures(lines: Sequence[Line], target: str) -> Table:
    head = [Paragraph(name, _HEAD) for name in ("Code", "Indicateur", target, "Femmes", "Hommes", "Non bin.", "Total", "Ratio")]
    rows = [[Paragraph(line.code, _TEXT), Paragraph(_told(line), _TEXT), *map(_right, _numbers(line))] for line in lines]
    style = TableStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), _DARK),
            ("BACKGROUND", (6, 1), (6, -1), _PALE),
            ("GRID", (0, 0), (-1, -1), 0.4, _RULE),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            *_tight(1.2),
        ]
    )
    return Table([head, *rows], colWidths=_WIDTHS, style=style, repeatRows=1)


def _told(line: Line) -> str:
    """The name, the share of a result in its base, the method of an estimate."""
    share = f" ; {percent(line.rate)} de {line.reference}" if line.rate is not None else ""
    remark = f" ({line.remark})" if line.remark and line.figures else ""
    return escaped(f"{line.name}{share}{remark}")


def _numbers(line: Line) -> list[str]:
    target = line.target.target if line.target else None
    shown = NOT_SET if target is None else _spaced(target) + ("\u00a0%" if line.target and line.target.unit == PERCENT else "")
    if not line.figures:
        return [shown, *[NO_FIGURE] * 3, line.status, NO_FIGURE]
    no_sex = "" if line.unit == "organismes" else NO_FIGURE
    cells = [_spaced(line.figures.get(column, no_sex)) for column in "FMNT"]
    return [shown, *cells, NO_FIGURE if line.ratio is None else percent(line.ratio)]


def _conservation(extract: Extract) -> list[Flowable]:
    reasons = [f"{reason_words(name).lower()} : {number}" for name, number in extract.lines.excluded.items() if number]
    return [
        Paragraph(conservation(extract) + ".", _LABEL),
        Paragraph(escaped("Exclues : " + (" ; ".join(reasons) if reasons else "aucune") + "."), _TEXT),
    ]


def _quality(extract: Extract) -> list[Flowable]:
    told = [f"{label} : {value[0]}{f' ({verdict}, {rule})' if verdict else ''}" for label, value, verdict, rule in quality_rows(extract)]
    return [*_alerted(extract), *[Paragraph(escaped(f"{sentence}."), _TEXT) for sentence in told]]


def _alerted(extract: Extract) -> list[Flowable]:
    return [Paragraph(escaped(alert_sentence(extract)), ParagraphStyle("alert", _LABEL, textColor=_RED))] if alert_shown(extract) else []


def _method(extract: Extract) -> list[Flowable]:
    changed = [
        one["sentence"] for one in (*extract.subject.document["parameters"], *extract.parameters.described()) if not one["is_default"]
    ]
    days, months = extract.subject.rules.immediate_result_days, extract.subject.rules.six_months
    told = [
        f"Résultats immédiats : dans les {days} jours qui suivent la sortie. Résultats à plus long terme : {months} mois après la sortie.",
        "Une sortie sans situation connue n’est ni un résultat ni un échec ; elle est comptée à part.",
        "Paramètres changés : " + (" ".join(changed) if changed else "aucun, tous sont ceux du produit (feuille « En-tête » du classeur)."),
    ]
    return [Paragraph(escaped(sentence), _TEXT) for sentence in told]


def _signature(extract: Extract) -> list[Flowable]:
    frozen = extract.subject.is_frozen
    found: list[Flowable] = [Paragraph(_frozen(extract), _TEXT)]
    if frozen:
        cells = [[Paragraph(name, _LABEL) for name in ("Qualité du signataire", "Date", "Signature")], ["", "", ""]]
        style = [("GRID", (0, 0), (-1, -1), 0.4, _RULE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        found += [Spacer(0, 2 * mm), Table(cells, colWidths=[70 * mm, 32 * mm, 80 * mm], rowHeights=[6 * mm, 22 * mm], style=style)]
    return found


def _frozen(extract: Extract) -> str:
    snapshot = extract.subject.snapshot
    if snapshot is None or not snapshot.is_frozen:
        return "Document provisoire : il n’a pas à être signé."
    proposed = "proposés par le calendrier, puis figés par un agent" if snapshot.proposed_by == PROPOSER else _BY_TWO
    return f"Ces chiffres ont été {proposed} ; leur empreinte est ci-dessus."


_BY_TWO = "proposés par un agent, puis figés par un autre"


def _foot(subject: Subject) -> str:
    """What stands at the foot of every page; a long name of an operation is cut before it runs into the page number."""
    about, state = f"{subject.operation_id}, arrêté au {subject.cut_off:%d/%m/%Y}", f" – {subject.state}"
    room = 160 * mm - stringWidth(state, _FONT, _FOOT_SIZE)
    if stringWidth(about, _FONT, _FOOT_SIZE) <= room:
        return about + state
    while stringWidth(f"{about}…", _FONT, _FOOT_SIZE) > room:
        about = about[:-1]
    return f"{about}…{state}"


def _footed(told: str, pages: int) -> Any:
    def draw(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.setFont(_FONT, _FOOT_SIZE)
        canvas.setFillColor(colors.HexColor("#55606B"))
        canvas.drawString(14 * mm, 8 * mm, told)
        canvas.drawRightString(A4[0] - 14 * mm, 8 * mm, f"page {canvas.getPageNumber()} / {pages}")

    return draw


def _spaced(value: Figure | float) -> str:
    """A figure as it is written in French: thousands apart, a comma for decimals."""
    if isinstance(value, str) or value is None:
        return value or ""
    return f"{value:,.4f}".rstrip("0").rstrip(".").replace(",", "\u202f").replace(".", ",")


def _right(value: str) -> Paragraph:
    return Paragraph(escaped(value), _RIGHT)


def _tight(points: float) -> list[tuple[Any, ...]]:
    sides = (("TOPPADDING", points), ("BOTTOMPADDING", points + 0.6), ("LEFTPADDING", 3), ("RIGHTPADDING", 3))
    return [(name, (0, 0), (-1, -1), value) for name, value in sides]


def escaped(text: str) -> str:
    """Text that the layout takes for text (it reads tags otherwise), not broken before a high punctuation mark."""
    for mark in (":", ";", "?", "!", "»", "%"):
        text = text.replace(f" {mark}", f"\u00a0{mark}")
    return text.replace("« ", "«\u00a0").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
