"""French as receipts print it: dates, numbers, sizes, agreement, and the text of strangers made harmless to look at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["ligne", "dossier"]

PARIS = ZoneInfo("Europe/Paris")
NO_BREAK = "\u00a0"
_NARROW = "\u202f"
_MONTHS = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]
_SIZES = ((1_000_000_000, "Go"), (1_000_000, "Mo"), (1_000, "ko"))
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_PLAIN = re.compile("[ -~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2027\u202f\u2030-\u205e\u20ac]*")
"""Text in which there is nothing to look for: Latin letters, digits, French punctuation."""
_MOST_MARKS = 2
"""A letter may carry two combining marks (Vietnamese does); more is decoration that hides text."""


def french_datetime(moment: datetime) -> str:
    """The moment as read in Paris.

    >>> from datetime import UTC
    >>> french_datetime(datetime(2026, 11, 21, 13, 5, tzinfo=UTC))
    '21 novembre 2026 à 14 h 05'
    """
    local = moment.astimezone(PARIS)
    day = "1er" if local.day == 1 else str(local.day)
    return f"{day} {_MONTHS[local.month - 1]} {local.year} à {local.hour} h {local.minute:02d}"


def french_number(number: int) -> str:
    """Groups of three digits apart (narrow no-break space): ``1 204``."""
    return f"{number:,}".replace(",", _NARROW)


def human_size(size: int) -> str:
    """A file size people can read.

    >>> human_size(1_240_000)
    '1,2 Mo'
    """
    for unit, name in _SIZES:
        if size >= unit:
            return f"{size / unit:.1f}".replace(".", ",").removesuffix(",0") + f" {name}"
    return f"{size} octet{'s' if size > 1 else ''}"


def human_duration(minutes: int) -> str:
    """``45 minutes``, ``2 heures``, ``1 h 30``."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} minute{'s' if rest > 1 else ''}"
    return f"{hours} h {rest:02d}" if rest else f"{hours} heure{'s' if hours > 1 else ''}"


def counted(number: int, unit: Unit, participle: str = "") -> str:
    """A number with its noun and, if given, a participle that agrees.

    >>> counted(2, "ligne", "chargé")
    '2 lignes chargées'
    """
    plural = "s" if number > 1 else ""
    words = f"{french_number(number)} {unit}{plural}"
    return f"{words} {agreed(participle, number, unit)}" if participle else words


def many(number: int, noun: str) -> str:
    """A number with a noun that takes an s, every word of it: ``3 anomalies``, ``2 règles``.

    >>> many(2, "personne nouvelle")
    '2 personnes nouvelles'
    """
    words = " ".join(f"{word}s" for word in noun.split(" ")) if number > 1 else noun
    return f"{french_number(number)} {words}"


def percent(share: float) -> str:
    """A part of a whole, to one decimal, below 1 % to two; what is not zero is never shown as zero, nor what is not all as all.

    >>> percent(0.344).replace(NO_BREAK, "_")
    '34,4_%'
    """
    value = share * 100
    if 0 < share < 1:
        value = min(max(value, 0.01), 99.9)
    decimals = 1 if value >= 1 else 2
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".").replace(".", ",")
    return f"{text}{NO_BREAK}%"


def agreed(participle: str, number: int, unit: Unit) -> str:
    """The participle in gender and number; of several words (``mis à part``) only the first agrees."""
    first, *rest = participle.split(" ")
    first += "e" if unit == "ligne" else ""
    if number > 1 and not first.endswith("s"):
        first += "s"
    return " ".join((first, *rest))


def listed_lines(lines: Sequence[int], total: int) -> str:
    """``ligne 12``, ``lignes 12, 45 et 78``, ``lignes 12, 45, 78 … et 130 autres``; empty when no line is known."""
    if not lines:
        return ""
    numbers = [french_number(line) for line in lines]
    rest = total - len(lines)
    if rest > 0 and len(numbers) == 1:
        return f"ligne {numbers[0]} et {french_number(rest)} autre{'s' if rest > 1 else ''}"
    if rest > 0:
        return f"lignes {', '.join(numbers)} … et {french_number(rest)} autre{'s' if rest > 1 else ''}"
    if len(numbers) == 1:
        return f"ligne {numbers[0]}"
    return f"lignes {', '.join(numbers[:-1])} et {numbers[-1]}"


def sentence(text: str) -> str:
    """What a person typed as a reason, as a sentence others can follow; empty stays empty.

    >>> sentence(" mauvais mois ")
    'Mauvais mois.'
    """
    kept = text.strip()
    if not kept:
        return ""
    ended = kept if kept.endswith((".", "!", "?", "…")) else f"{kept}."
    return ended[0].upper() + ended[1:]


def typeset(text: str) -> str:
    """French prose as it is printed: no line begins with « : » or « » », « n° 12 » and « 14 h 05 » stay whole, apostrophes are curved.

    >>> typeset("L'accord : oui ! Le n° 12 à 14 h 05").replace(NO_BREAK, "_")
    'L’accord_: oui_! Le n°_12 à 14_h_05'
    """
    curved = re.sub(r"(?<=\w)'(?=[\w«])", "’", text)
    curved = re.sub(r"(?<=\bn°) (?=\d)|(?<=\d) (?=h \d)|(?<=\d h) (?=\d)", NO_BREAK, curved)
    return re.sub(r" (?=[:;?!»%])", NO_BREAK, re.sub(r"(?<=«) ", NO_BREAK, curved))


def visible(text: str) -> str:
    """The text with every character that cannot be seen, or that reorders others, replaced by its code (``⟨U+202E⟩``).

    A partner chooses its file names and headers: written from right to left, or with a line break, they could make a receipt lie.
    Applying it twice changes nothing more.
    """
    if _PLAIN.fullmatch(text):
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        hidden = category in _INVISIBLE or marks > _MOST_MARKS or (category == "Zs" and character not in " \u00a0\u202f")
        shown.append(f"⟨U+{ord(character):04X}⟩" if hidden else character)
    return "".join(shown)


def plain_name(name: str, longest: int = 100) -> str:
    """The name in letters, digits, dot, dash and underscore only: safe on every file system, never hidden, never empty.

    >>> plain_name("Désignations été 2026.csv")
    'Designations_ete_2026.csv'
    """
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    cleaned = re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9._-]", "_", ascii_only)).lstrip("._-")
    cleaned = re.sub(r"\.{2,}", ".", cleaned)
    return cleaned[-longest:].lstrip("._-") or "fichier"
