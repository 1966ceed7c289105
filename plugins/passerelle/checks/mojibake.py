"""Texts written in one character set and read in another on their way to the sender's own file: « BÃ©nÃ©ficiaire ».

Every byte of such a file is sound, so nothing else sees it, and a wrong name is loaded. It is told, and not repaired: the next letter
may be lost for good. Found by sequences that no French text has; CP850 ones stand in official code lists (formats.md, section 2).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.contract.model import Column, Table
from passerelle.findings import Effect, Rule

_CONTINUATION = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
"""What Windows-1252 and ISO-8859-1 make of the second byte of a letter in UTF-8."""
_SEQUENCES = rf"[ÃÂ][{_CONTINUATION}]|Å[“’\x{{92}}\x{{93}}]|â[\x{{80}}-\x{{82}}€‚]|ï»¿|\x{{251C}}|\x{{FFFD}}|\p{{L}}[‚‡ˆ]"
"""In this order: UTF-8 read as Windows-1252 or ISO-8859-1 (four ways), UTF-8 read as CP850, a letter lost, CP850 read as Windows-1252."""
_ASCII, _LATIN = 0x80, 0xC3
"""First bytes of letters in UTF-8: below the one nothing has an accent, after the other come the accented letters of French."""
_SECOND = np.bincount((0x82, 0x83, 0x85), minlength=256) > 0
"""Â, Ã, Å. Looked up in a table: np.isin took twice as long as all the rest here."""
_SECOND_OF_THREE = np.bincount((0xA2, 0xAF), minlength=256) > 0
"""â and ï, which French has: what comes next says more."""
_THIRD = np.bincount((0xC2, 0xE2), minlength=256) > 0


def is_watched(column: Column) -> bool:
    """Whether the column holds free text: in any other a garbled value breaks a rule of its own."""
    return column.type == "string" and column.codes is None and column.pattern is None and not column.nir and not column.is_lifted


def violations(table: Table, column: Column, values: pa.Array) -> Iterator[tuple[Rule, pa.Array]]:
    """The rule with the mask of the rows that break it, where some do."""
    if is_watched(column) and _may_be_garbled(values):
        garbled = pc.fill_null(pc.match_substring_regex(values, _SEQUENCES), False)
        if pc.any(garbled).as_py():
            yield rule(table, column), garbled


def rule(table: Table, column: Column) -> Rule:
    """The rule, with its words."""
    value = "la valeur « {value} »" if column.classification.may_be_shown else "la valeur reçue"
    return Rule(
        id=f"{table.name}.{column.name}.mojibake",
        kind="mojibake",
        effect=Effect.WARN,
        table=table.name,
        column=column.source,
        message=f"{column.label} : {value} contient des lettres mal décodées, comme « Ã© » à la place de « é ».",
        expected="Des lettres accentuées lisibles.",
        fix="Ouvrez le fichier d'origine avec le bon jeu de caractères, exportez-le de nouveau, puis redéposez-le.",
    )


def _may_be_garbled(values: pa.Array) -> bool:
    """A quick look at the bytes of all values: most columns have no accent, and the accents of most others are sound."""
    data = values.buffers()[2]
    octets = np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(1, dtype=np.uint8)
    if octets.max() < _ASCII:
        return False
    if octets.max() > _LATIN:
        return True
    letters = np.flatnonzero(octets[:-2] == _LATIN)
    second = octets[letters + 1]
    third = octets[letters[_SECOND_OF_THREE[second]] + 2]
    return bool(_SECOND[second].any() or _THIRD[third].any() or octets[-2] == _LATIN)
