"""The first line of a delimited file: which columns there are, and in which order.

A file sent without its header has people in its first line: a name is repeated to the partner only when the line is a header indeed.
"""

from __future__ import annotations

import csv
import difflib
import re
from typing import BinaryIO

from passerelle.contract.model import Contract
from passerelle.errors import DeliveryError
from passerelle.readers.survey import Survey

_MOST_SHOWN = 5
_LONGEST_SHOWN = 60


def read_header(contract: Contract, file: BinaryIO, survey: Survey) -> list[str]:
    """The names of the file's columns. Raises DeliveryError when a column of the contract is missing or is there twice."""
    header = _names(contract, file, survey)
    wanted = [column.source for column in contract.record_table.columns]
    missing = [name for name in wanted if name not in header]
    repeated = sorted({name for name in wanted if header.count(name) > 1})
    if len(header) == 1 and len(wanted) > 1:
        raise DeliveryError(
            "file.delimiter",
            "La première ligne ne contient qu'une colonne : le séparateur n'est pas celui convenu.",
            line=1,
            expected=f"Des colonnes séparées par « {contract.layout.delimiter} ».",
            fix=f"Exportez le fichier avec le séparateur « {contract.layout.delimiter} », puis redéposez-le.",
        )
    if missing or repeated:
        raise _wrong_header(wanted, missing, repeated, _unknown(contract, header))
    return header


def unknown_columns(contract: Contract, file: BinaryIO, survey: Survey) -> tuple[str, ...]:
    """Columns of the file that the contract neither declares nor ignores: they are not read, and the partner is told."""
    return tuple(_unknown(contract, _names(contract, file, survey)))


def _names(contract: Contract, file: BinaryIO, survey: Survey) -> list[str]:
    file.seek(3 if survey.has_bom else 0)
    first = file.readline(contract.layout.max_line_bytes)
    text = re.split(r"[\r\n]", first.decode(contract.layout.encoding, "replace"), maxsplit=1)[0]
    try:
        names = next(csv.reader([text], delimiter=contract.layout.delimiter, quotechar=contract.layout.quote), [])
    except csv.Error:  # a cell of more than 128 KiB
        return []
    return [name.strip() for name in names]


def _unknown(contract: Contract, header: list[str]) -> list[str]:
    known = {column.source for column in contract.record_table.columns} | {ignored.path for ignored in contract.layout.ignored}
    return [name[:_LONGEST_SHOWN] or f"n° {place}, sans nom" for place, name in enumerate(header, start=1) if name not in known]


def _wrong_header(wanted: list[str], missing: list[str], repeated: list[str], unknown: list[str]) -> DeliveryError:
    likely = {name.casefold() for name in wanted} & {name.casefold() for name in (*unknown, *(set(wanted) - set(missing)))}
    is_header = 2 * len(likely) >= len(wanted)
    said = [f"il manque {_listed(missing)}"] if missing else []
    said += [f"{_listed(repeated)} figure deux fois"] if repeated else []
    said += [f"{_listed(unknown)} n'est pas attendu"] if unknown and is_header else []
    message = f"Les colonnes du fichier ne sont pas celles convenues : {' ; '.join(said)}."
    if not is_header:
        message = "La première ligne du fichier n'est pas l'en-tête convenu."
    return DeliveryError(
        "file.header", message, line=1, expected=f"Ces colonnes : {', '.join(wanted)}.", fix=_fix(missing, unknown if is_header else [])
    )


def _fix(missing: list[str], unknown: list[str]) -> str:
    for name in missing:
        near = difflib.get_close_matches(name, unknown, n=1)
        if near:
            return f"Renommez la colonne « {near[0]} » en « {name} », puis redéposez le fichier."
    return "Reprenez le modèle de fichier fourni par le Département, sans changer sa première ligne, puis redéposez le fichier."


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"« {name} »" for name in names[:_MOST_SHOWN])
    return shown if len(names) <= _MOST_SHOWN else f"{shown} et {len(names) - _MOST_SHOWN} autres"
