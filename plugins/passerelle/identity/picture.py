"""The waterfall of a pair as a picture: one file of SVG (or of HTML around it) that needs nothing else, every figure of it as text.

Blue and to the right speaks for one person, orange and to the left against; the sign is written too, so that nobody needs the colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Final

from passerelle.identity.waterfall import VERDICTS, Waterfall, bits_told, odds, told

WIDTH: Final = 960
_LEFT, _RIGHT = 430, 860
"""Where the bars may be."""
_TOP, _ROW, _BAR = 124, 40, 18
_FOR, _AGAINST, _ENDS = "#1f5fa8", "#b3470c", "#4a4a4a"
_MARGIN = 24
_LONGEST = 125
"""Characters of a line of the foot."""
_STYLE = (
    "text{font-family:'Marianne','Segoe UI','Helvetica Neue',Arial,sans-serif;fill:#1a1a1a}"
    ".h{font-size:20px;font-weight:700}.s{font-size:14px}.f{font-size:14px;font-weight:700}.w{font-size:12px;fill:#444}"
    ".n{font-size:14px;font-weight:700;font-variant-numeric:tabular-nums}.a{font-size:11px;fill:#666}"
)


def svg(account: Waterfall, subject: str = "Deux enregistrements") -> str:
    """The picture; ``subject`` says of whom, and must not hold a personal value."""
    foot = _foot(account)
    rows = told(account)
    height = _TOP + _ROW * len(rows) + 40 + 20 * len(foot) + _MARGIN
    title = f"{subject} : {VERDICTS[account.verdict.verdict]}"
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            'lang="fr" role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(_description(account))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text class="h" x="{_MARGIN}" y="42">{escape(title)}</text>',
            f'<text class="s" x="{_MARGIN}" y="68">Chaque barre dit ce qu\'un champ ajoute ou retire, en bits : '
            "un bit de plus, deux fois plus vraisemblable.</text>",
            *_axis(account, len(rows)),
            *_rows(account, rows),
            *_foot_lines(foot, height),
            "</svg>",
            "",
        )
    )


def html(account: Waterfall, subject: str = "Deux enregistrements") -> str:
    """A page with the picture."""
    title = escape(f"{subject} : {VERDICTS[account.verdict.verdict]}")
    return (
        f'<!doctype html>\n<html lang="fr">\n<head><meta charset="utf-8"><title>{title}</title></head>\n'
        f'<body style="margin:0">\n{svg(account, subject)}</body>\n</html>\n'
    )


def _description(account: Waterfall) -> str:
    steps = " ; ".join(f"{what} : {words}, {bits} bits" for what, words, bits in told(account))
    return f"{steps}. {' '.join(_foot(account))}"


def _foot(account: Waterfall) -> list[str]:
    verdict = account.verdict
    return wrap(f"Ce qui a décidé ({verdict.rule}) : {verdict.words}", _LONGEST) + [
        "Le score ne fait que classer les paires ; seule une règle, sans veto, dit que deux enregistrements sont la même personne."
    ]


def _foot_lines(foot: list[str], height: int) -> Iterator[str]:
    first = height - _MARGIN - 20 * (len(foot) - 1)
    for number, line in enumerate(foot):
        yield f'<text class="{"s" if number == len(foot) - 1 else "f"}" x="{_MARGIN}" y="{first + 20 * number}">{escape(line)}</text>'


def _levels(account: Waterfall) -> list[float]:
    """The running total: before looking, and after each field."""
    levels = [account.start]
    for step in account.steps:
        levels.append(levels[-1] + step.bits)
    return levels


def _place(account: Waterfall, bits: float) -> float:
    levels = [0.0, *_levels(account)]
    low, high = min(levels), max(levels)
    return round(_LEFT + (bits - low) / ((high - low) or 1) * (_RIGHT - _LEFT), 1)


def _axis(account: Waterfall, rows: int) -> Iterator[str]:
    """Bands behind the two ends, and the line of even odds."""
    zero = _place(account, 0.0)
    for top in (_TOP, _TOP + _ROW * (rows - 1)):
        yield f'<rect x="0" y="{top}" width="{WIDTH}" height="{_ROW}" fill="#f2f2f2"/>'
    yield f'<line x1="{zero}" x2="{zero}" y1="{_TOP - 12}" y2="{_TOP + _ROW * rows}" stroke="#8a8a8a" stroke-dasharray="3 3"/>'
    yield f'<text class="a" x="{zero}" y="{_TOP - 18}" text-anchor="middle">1 contre 1</text>'


def _rows(account: Waterfall, rows: list[tuple[str, str, str]]) -> Iterator[str]:
    levels = _levels(account)
    spans = [(0.0, account.start), *pairwise(levels), (0.0, account.total)]
    for number, ((what, words, bits), span) in enumerate(zip(rows, spans, strict=True)):
        top = _TOP + _ROW * number
        is_last = number == len(rows) - 1
        colour = _ENDS if number == 0 or is_last else _FOR if span[1] > span[0] else _AGAINST
        begin, end = _place(account, span[0]), _place(account, span[1])
        yield f"<g><title>{escape(f'{what} : {words}, {bits} bits')}</title>"
        yield f'<text class="f" x="{_MARGIN}" y="{top + 17}">{escape(what)}</text>'
        yield f'<text class="w" x="{_MARGIN}" y="{top + 33}">{escape(words)}</text>'
        if begin != end:
            yield (
                f'<rect x="{min(begin, end)}" y="{top + (_ROW - _BAR) // 2}" width="{round(abs(end - begin), 1)}" height="{_BAR}" '
                f'fill="{colour}"/>'
            )
        if not is_last:
            first = top + (_ROW + (_BAR if begin != end else -_BAR)) // 2
            yield f'<line x1="{end}" x2="{end}" y1="{first}" y2="{top + _ROW + (_ROW - _BAR) // 2}" stroke="#8a8a8a"/>'
        yield f'<text class="n" x="{WIDTH - _MARGIN}" y="{top + 25}" text-anchor="end">{bits}</text></g>'


def caption(account: Waterfall) -> str:
    """The picture in one line.

    >>> from passerelle.identity.waterfall import Verdict
    >>> caption(Waterfall(-3.0, (), Verdict("different", "score", "")))
    'deux personnes : −3,0 bits, 1 contre 8'
    """
    return f"{VERDICTS[account.verdict.verdict]} : {bits_told(account.total)} bits, {odds(account.total)}"
