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

EVENTS = ("event_id", "operation_id", "participant_id", "event_date", "event", "withdrawn", "recorded_on")
SIX_MONTHS = (
    "observation_id", "operation_id", "participant_id", "observed_on", "situation", "improvement", "sampled", "withdrawn", "recorded_on",
)  # fmt: skip
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
        self.columns = _cells(self._lines[0]) or []
        self.absent = tuple(column for column in known if column not in self.columns)
        """Optional headings that the file has not."""
        _check(path.name, self.columns, known, optional)

    def __iter__(self) -> Iterator[Line]:
        for number, text in enumerate(self._lines[1:], start=2):
            if not text.strip():
                continue
            cells = _cells(text)
            whole = cells is not None and len(cells) == len(self.columns)
            yield number, dict(zip(self.columns, cells, strict=True)) if cells is not None and whole else None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"Le fichier {path} est illisible ({type(error).__name__}).") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"{path.name} n’est pas en UTF-8 : l’enregistrer au format « CSV UTF-8 »."
        raise DeliveryError("esf.file.encoding", message, line=line) from None


def _cells(line: str) -> list[str] | None:
    if "\0" in line:
        return None
    try:
        return [cell.strip() for cell in next(csv.reader([line.removesuffix("\r")], delimiter=";", strict=True), [])]
    except csv.Error:
        return None


def _check(name: str, columns: list[str], known: Collection[str], optional: Collection[str]) -> None:
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
        raise DeliveryError("esf.file.header", f"{name} est refusé, {' ; '.join(said)}.", line=1, expected=";".join(known))


def _suggestion(column: str, known: Collection[str]) -> str:
    near = get_close_matches(column, known, n=1)
    shown = f"« {column[:40]} »"
    return f"{shown} (vouliez-vous dire « {near[0]} » ?)" if near else shown
