"""The first line of a delimited file: which columns there are, and in which order.

Without a header the columns come in the contract's order. A file sent without its header has people in its first line: a name is
repeated to the partner only when the line is a header indeed.
"""

from __future__ import annotations

import csv
import difflib
import re
from typing import BinaryIO

from passerelle.contract.model import Contract
from passerelle.errors import DeliveryError
from passerelle.readers.survey import Survey
from passerelle.readers.wide import as_utf8

_MOST_SHOWN = 5
_LONGEST_SHOWN = 60
_MOST_UNKNOWN = 100
"""Columns that are told one by one."""
_DELIMITERS = ";,\t|"


def read_header(contract: Contract, file: BinaryIO, survey: Survey) -> list[str]:
    """The names of the file's columns. Raises DeliveryError when a column of the contract is missing or is there twice."""
    header = _names(contract, file, survey)
    wanted = [column.source for column in contract.record_table.columns]
    if not contract.layout.header:
        check_first_row(contract, header)
        return wanted
    if len(header) == 1 and len(wanted) > 1:
        raise _wrong_delimiter(contract)
    check_names(contract, header)
    return header


def check_names(contract: Contract, header: list[str], line: int = 1) -> list[str]:
    """The names that the contract neither declares nor ignores. Raises DeliveryError when a column is missing or is there twice."""
    wanted = [column.source for column in contract.record_table.columns]
    missing = [name for name in wanted if name not in header]
    repeated = sorted({name for name in wanted if header.count(name) > 1})
    unknown = _unknown(contract, header)
    if missing or repeated:
        raise _wrong_header(wanted, missing, repeated, unknown, line)
    return _some(unknown)


def unknown_columns(contract: Contract, file: BinaryIO, survey: Survey) -> tuple[str, ...]:
    """Columns of the file that the contract neither declares nor ignores: they are not read, and the partner is told."""
    return tuple(_some(_unknown(contract, _names(contract, file, survey)))) if contract.layout.header else ()


def _names(contract: Contract, file: BinaryIO, survey: Survey) -> list[str]:
    contract, file = as_utf8(contract, file)
    file.seek(3 if survey.has_bom else 0)
    first = file.readline(contract.layout.max_line_bytes)
    text = re.split(r"[\r\n]", first.decode(contract.layout.encoding, "replace"), maxsplit=1)[0]
    try:
        names = next(csv.reader([text], delimiter=contract.layout.delimiter, quotechar=contract.layout.quote), [])
    except csv.Error:  # a cell of more than 128 KiB
        return []
    return [name.strip() for name in names]


def check_first_row(contract: Contract, row: list[str]) -> None:
    """A file without header that has one, or whose values stand apart by something else, is no file of the contract.

    Raises DeliveryError then.
    """
    wanted = [column.source for column in contract.record_table.columns]
    names = {name.casefold() for name in wanted}
    if len(wanted) > 1 and 2 * sum(value.casefold() in names for value in row) >= len(wanted):
        raise DeliveryError(
            "file.header",
            "La première ligne du fichier contient les noms des colonnes : ce fichier n'a pas d'en-tête.",
            line=1,
            expected=f"Une ligne par enregistrement dès la première, dans cet ordre : {', '.join(wanted)}.",
            fix="Exportez le fichier sans ligne d'en-tête, puis redéposez-le.",
        )
    if len(row) == 1 and any(row[0].count(other) >= len(wanted) - 1 > 0 for other in _DELIMITERS):
        raise _wrong_delimiter(contract)


def _wrong_delimiter(contract: Contract) -> DeliveryError:
    delimiter = "tabulation" if contract.layout.delimiter == "\t" else contract.layout.delimiter
    return DeliveryError(
        "file.delimiter",
        "La première ligne ne contient qu'une colonne : le séparateur n'est pas celui convenu.",
        line=1,
        expected=f"Des colonnes séparées par « {delimiter} ».",
        fix=f"Exportez le fichier avec le séparateur « {delimiter} », puis redéposez-le.",
    )


def _unknown(contract: Contract, header: list[str]) -> list[str]:
    known = {column.source for column in contract.record_table.columns} | {ignored.path for ignored in contract.layout.ignored}
    return [name[:_LONGEST_SHOWN] or f"n° {place}, sans nom" for place, name in enumerate(header, start=1) if name not in known]


def _some(unknown: list[str]) -> list[str]:
    return unknown if len(unknown) <= _MOST_UNKNOWN else [*unknown[:_MOST_UNKNOWN], "et d'autres encore"]


def _wrong_header(wanted: list[str], missing: list[str], repeated: list[str], unknown: list[str], line: int) -> DeliveryError:
    likely = {name.casefold() for name in wanted} & {name.casefold() for name in (*unknown, *(set(wanted) - set(missing)))}
    is_header = 2 * len(likely) >= len(wanted)
    said = [f"il manque {_listed(missing)}"] if missing else []
    said += [f"{_listed(repeated)} figure deux fois"] if repeated else []
    said += [f"{_listed(unknown)} n'est pas attendu"] if unknown and is_header else []
    message = f"Les colonnes du fichier ne sont pas celles convenues : {' ; '.join(said)}."
    if not is_header:
        message = "La première ligne du fichier n'est pas l'en-tête convenu."
    return DeliveryError(
        "file.header", message, line=line, expected=f"Ces colonnes : {', '.join(wanted)}.", fix=_fix(missing, unknown if is_header else [])
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
