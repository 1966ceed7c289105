"""Reading of the semicolon-separated files of ``passerelle esf`` (UTF-8, header on the first line).

The header is law: an unknown, repeated or absent heading refuses the whole file, because a shifted column would give wrong figures
without a trace. Below it, one physical line is one record; a broken line is said with its number and hides no other.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from passerelle.errors import ConfigurationError, DeliveryError

OPERATIONS = (
    "operation_id", "specific_objective", "priority", "region_category", "start", "end", "annex", "target_indicators",
    "entities_public", "entities_sme",
)  # fmt: skip
ESTIMATES = ("operation_id", "indicator", "sex", "value", "method", "recorded_on")

Line = tuple[int, dict[str, str] | None]
"""Physical line number and its values by heading; None when the line has not as many values as the header."""


class Table:
    """The lines of one file whose header is right.

    Raises ConfigurationError when the file cannot be opened, DeliveryError when it is not UTF-8 or its header is wrong.
    """

    def __init__(self, path: Path, known: Collection[str], optional: Collection[str] = ()) -> None:
        self._lines = _text(path).split("\n")
        self.columns = cells_of(self._lines[0]) or []
        check_header(path.name, self.columns, known, optional)

    def __iter__(self) -> Iterator[Line]:
        for number, text in enumerate(self._lines[1:], start=2):
            if not text.strip():
                continue
            cells = cells_of(text)
            whole = cells is not None and len(cells) == len(self.columns)
            yield number, dict(zip(self.columns, cells, strict=True)) if cells is not None and whole else None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"Le fichier {path} est illisible ({type(error).__name__}).") from error
    except UnicodeDecodeError as error:
        raise not_utf8(path.name, error.object[: error.start].count(b"\n") + 1) from None


def not_utf8(name: str, line: int) -> DeliveryError:
    """The refusal of a file in another encoding."""
    return DeliveryError("esf.file.encoding", f"{name} n’est pas en UTF-8 : l’enregistrer au format « CSV UTF-8 ».", line=line)


def cells_of(line: str) -> list[str] | None:
    """The values of one line, blanks taken off; None when its quotes do not close or it holds a NUL."""
    if "\0" in line:
        return None
    try:
        return [cell.strip() for cell in next(csv.reader([line.removesuffix("\r")], delimiter=";", strict=True), [])]
    except csv.Error:
        return None


def check_header(name: str, columns: list[str], known: Collection[str], optional: Collection[str] = ()) -> None:
    """Raises DeliveryError when a heading is unknown, repeated or absent."""
    unknown = [column for column in columns if column not in known]
    absent = [column for column in known if column not in columns and column not in optional]
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    said = []
    if unknown:
        said.append("en-tête(s) inconnu(s) : " + ", ".join(_suggestion(column, known) for column in unknown[:5]))
    if absent:
        said.append("colonne(s) absente(s) : " + ", ".join(absent))
    if repeated:
        said.append("colonne(s) en double : " + ", ".join(repeated))
    if said:
        raise DeliveryError("V41", f"{name} est refusé, {' ; '.join(said)}.", line=1, expected=";".join(known))


def _suggestion(column: str, known: Collection[str]) -> str:
    near = get_close_matches(column, known, n=1)
    shown = f"« {column[:40]} »"
    return f"{shown} (vouliez-vous dire « {near[0]} » ?)" if near else shown
