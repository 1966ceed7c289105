"""The last line of a delimited or fixed-width file, which is no row: it says that the file is whole, and how many rows it has."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

from passerelle.contract.model import Layout, Trailer
from passerelle.errors import DeliveryError
from passerelle.readers.survey import Survey

_MOST_DIGITS = 18


@dataclass(frozen=True)
class End:
    """Where the rows end."""

    at: int | None = None
    """Offset of the first byte that belongs to no row; None: they go to the end of the file."""
    line: int = 0
    """Physical line of the trailer; 0: there is none."""
    rows: int | None = None
    """How many rows the file says it has."""
    blank: int = 0
    """Blank lines after the trailer."""

    def check(self, *counts: int) -> None:
        """Raises DeliveryError when the file announces none of these numbers of rows (the first is the one to tell)."""
        if self.rows is not None and self.rows not in counts:
            raise DeliveryError(
                "file.count",
                f"Le fichier annonce {self.rows} {_noun(self.rows)} et en contient {counts[0]}.",
                line=self.line,
                expected="Autant de lignes que le nombre annoncé en fin de fichier.",
                fix="Le fichier est sans doute incomplet : produisez-le et déposez-le de nouveau.",
            )


@dataclass(frozen=True)
class _Last:
    """The last line of a file that is not blank."""

    text: str
    """Empty when it is longer than what is known of the file's end."""
    at: int
    blank: int
    """Blank lines after it."""


def find_end(layout: Layout, survey: Survey) -> End:
    """Where the rows of the file end. Raises DeliveryError when its last line is not the trailer the contract provides for."""
    if layout.trailer is None:
        return End()
    last = _last(layout, survey)
    if not is_trailer(layout, layout.trailer, last.text):
        raise missing(layout, survey.lines)
    line = survey.lines - last.blank
    return End(last.at, line, _announced(layout, layout.trailer, last.text, line), last.blank)


def count_lines(layout: Layout, survey: Survey) -> int:
    """How many lines of a text file are rows, blank ones included, whether or not it ends as it should: for a file that is refused."""
    ends_well = layout.trailer is not None and is_trailer(layout, layout.trailer, _last(layout, survey).text)
    outer = layout.outer_lines - int(layout.trailer is not None and not ends_well)
    return max(0, survey.lines - outer)


def _last(layout: Layout, survey: Survey) -> _Last:
    # Only what stands after the last but one line end matters: blank lines at the very end are no mistake.
    parts = re.split(rb"(\r\n|\r|\n)", survey.tail)
    lines, ends = parts[::2], parts[1::2]
    if not lines[-1]:
        lines.pop()
    blank = 0
    while lines and not lines[-1].strip():
        lines.pop()
        blank += 1
    # A tail of one line may be the end of a longer one.
    is_whole = len(lines) > 1 or (len(lines) == 1 and survey.tail_at == 0)
    text = lines[-1].decode(layout.encoding, "replace").removeprefix("\ufeff") if is_whole else ""
    return _Last(text, survey.tail_at + sum(map(len, lines[:-1])) + sum(map(len, ends[: len(lines) - 1])), blank)


def is_trailer(layout: Layout, trailer: Trailer, text: str) -> bool:
    """Whether the line begins as the contract says."""
    if layout.format == "fixed":
        return text.startswith(trailer.marker)
    return _values(layout, text)[:1] == [trailer.marker]


def missing(layout: Layout, line: int) -> DeliveryError:
    """The file does not end as it should."""
    return DeliveryError(
        "file.trailer",
        "La dernière ligne du fichier n'est pas la ligne de fin convenue : le fichier est incomplet.",
        line=line,
        expected=_expected(layout),
        fix="Le fichier a sans doute été coupé pendant sa production ou son envoi : produisez-le et déposez-le de nouveau.",
    )


def misplaced(layout: Layout, line: int) -> DeliveryError:
    """Rows come after a trailer: several files were put together."""
    return DeliveryError(
        "file.trailer",
        "Une ligne de fin se trouve au milieu du fichier : d'autres lignes la suivent.",
        line=line,
        expected=f"{_expected(layout)} Elle n'y figure qu'une fois.",
        fix="Plusieurs fichiers ont sans doute été mis bout à bout : déposez-les un par un.",
    )


def _announced(layout: Layout, trailer: Trailer, text: str, line: int) -> int | None:
    if trailer.count is None:
        return None
    if layout.format == "fixed":
        found = text[trailer.count - 1 : trailer.count - 1 + (trailer.width or 0)]
    else:
        found = "".join(_values(layout, text)[trailer.count - 1 : trailer.count])
    found = found.strip()
    if not (found.isascii() and found.isdigit() and len(found) <= _MOST_DIGITS):
        raise DeliveryError(
            "file.trailer",
            "La ligne de fin du fichier n'indique pas le nombre de lignes à l'endroit convenu.",
            line=line,
            expected=_expected(layout),
            fix="Produisez de nouveau le fichier et redéposez-le.",
        )
    return int(found)


def _values(layout: Layout, text: str) -> list[str]:
    try:
        return [value.strip() for value in next(csv.reader([text], delimiter=layout.delimiter, quotechar=layout.quote), [])]
    except csv.Error:  # a cell of more than 128 KiB
        return []


def _expected(layout: Layout) -> str:
    trailer = layout.trailer or Trailer(marker="")
    words = f"Une dernière ligne qui commence par « {trailer.marker} »"
    if trailer.count is None:
        return f"{words}."
    if layout.format == "fixed":
        last = trailer.count + (trailer.width or 1) - 1
        return f"{words} et porte le nombre de lignes aux positions {trailer.count} à {last}."
    return f"{words} et porte le nombre de lignes en {trailer.count}{'re' if trailer.count == 1 else 'e'} valeur."


def _noun(count: int) -> str:
    return "ligne" if count <= 1 else "lignes"
