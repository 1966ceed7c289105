"""What a column may hold, in French, for the page a partner reads."""

from __future__ import annotations

import re
from datetime import date

from passerelle.contract.model import Column, Table

_LETTERS = {"yyyy": "AAAA", "MM": "MM", "dd": "JJ", "HH": "HH", "mm": "MM", "ss": "SS", "'": ""}
_TYPES = {"string": "texte", "time": "heure HH:MM:SS", "integer": "nombre entier", "boolean": "oui ou non"}


def needed(table: Table, column: Column) -> str:
    """Whether a value is required: ``non``, ``oui``, or with which optional block."""
    if not column.required:
        return "non"
    block = max((path for path in table.optional_blocks if column.source.startswith(f"{path}/")), key=len, default="")
    return f"si `{block}` est présent" if block else "**oui**"


def kind(column: Column) -> str:
    """Which values it may have, and in files of fixed width where."""
    if column.nir:
        return _listed("NIR, 13 caractères ou 15 avec la clé", _place(column))
    if column.codes is not None:
        return _listed(f"code, liste [{column.codes.name}](#{column.codes.name.lower()})", _place(column))
    words = [_base_type(column), _place(column), _length(column), _bounds(column)]
    if column.checksum is not None:
        words.append("avec son chiffre de contrôle")
    if column.pattern:
        words.append(_form(column.pattern))
    if column.refers_to is not None:
        feed, _, name = column.refers_to.rpartition(".")
        words.append(f"présent dans la liste `{feed}` (colonne `{name}`), à défaut chargé et signalé")
    return _listed(*words)


def _listed(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _place(column: Column) -> str:
    if column.start is None:
        return ""
    last = column.start + (column.width or 1) - 1
    return f"caractère {last}" if last == column.start else f"caractères {column.start} à {last}"


def date_form(jdk_format: str) -> str:
    """A date format as people write it.

    >>> date_form("dd/MM/yyyy")
    'JJ/MM/AAAA'
    """
    text = jdk_format
    for letters, french in _LETTERS.items():
        text = text.replace(letters, french)
    return text


def _form(pattern: str) -> str:
    digits = re.fullmatch(r"\^?\[0-9\]\{(\d+)\}\$?", pattern)
    return f"{digits[1]} chiffres" if digits else f"de la forme `{pattern}`"


def _base_type(column: Column) -> str:
    if column.type in ("date", "timestamp"):
        words = "date" if column.type == "date" else "date et heure"
        return f"{words} {date_form(column.format or 'yyyy-MM-dd')}"
    if column.type == "number":
        return f"nombre, {column.precision or 18} chiffres au plus dont {column.scale} après la virgule"
    return "`0` (non) ou `1` (oui)" if column.type == "boolean" else _TYPES[column.type]


def _length(column: Column) -> str:
    low, high = column.min_length, column.max_length
    if high is None:
        return f"{low} caractères au moins" if low else ""
    if low == high:
        return f"{high} caractère{'s' if high > 1 else ''}"
    return f"de {low} à {high} caractères" if low else f"{high} caractère{'s' if high > 1 else ''} au plus"


def _bounds(column: Column) -> str:
    low, high = _bound(column, column.minimum), _bound(column, column.maximum)
    if column.type == "date":
        between, above, below = "du {} au {}", "à partir du {}", "jusqu'au {}"
    else:
        between, above, below = "de {} à {}", "au moins {}", "au plus {}"
    if low and high:
        return between.format(low, high)
    return above.format(low) if low else below.format(high) if high else ""


def _bound(column: Column, value: str | None) -> str:
    """Bounds of dates are ISO in a contract; partners read them as they write dates."""
    if value is None or column.type != "date" or column.format == "yyyy-MM-dd":
        return value or ""
    pattern = (column.format or "").replace("yyyy", "%Y").replace("MM", "%m").replace("dd", "%d")
    return date.fromisoformat(value).strftime(pattern)
