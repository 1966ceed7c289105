"""Whether one column of a contract makes sense: its type, limits, codes, protection and sample."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

from passerelle.contract.model import Classification, Column, IdentityRole, Table
from passerelle.contract.problems import Path, Problem, nearest

_NOT_RE2 = re.compile(r"\(\?<?[=!]|\\[1-9]")
_SECRET_ROLES = (IdentityRole.NIR, IdentityRole.ALLOCATAIRE_NUMBER)


def column_problems(table: Table, column: Column, path: Path, raw: dict[str, Any]) -> Iterator[Problem]:
    """Everything wrong with this column; ``raw`` is its entry in the YAML tree."""
    yield from _type_problems(column, path)
    yield from _limit_problems(column, path)
    yield from _protection_problems(column, path)
    yield from _code_problems(column, path)
    yield from _sample_problems(table, column, path)
    if raw.get("primaryKeyPosition") is not None and not raw.get("primaryKey"):
        yield Problem((*path, "primaryKeyPosition"), f"'{column.name}' has a place in the key but not 'primaryKey: true'.")


def _type_problems(column: Column, path: Path) -> Iterator[Problem]:
    if column.type in ("date", "timestamp") and (column.format is None or ("HH" in column.format) is not (column.type == "timestamp")):
        example = "yyyy-MM-dd or dd/MM/yyyy" if column.type == "date" else "yyyy-MM-dd HH:mm:ss or yyyy-MM-dd'T'HH:mm:ss"
        yield Problem(path, f"The {column.type} '{column.name}' needs logicalTypeOptions.format: {example}.")
    if column.type not in ("date", "timestamp") and column.format is not None:
        yield Problem(path, f"'format' is for dates and timestamps; '{column.name}' is a {column.type}.")
    if column.checksum is not None and column.type != "string":
        yield Problem(path, f"A number with a check digit is text; '{column.name}' is a {column.type}.")
    if column.type == "number" and column.precision is None:
        yield Problem(path, f"The number '{column.name}' needs the custom property 'digits': {{precision, scale}}.")
    if column.type != "number" and column.precision is not None:
        yield Problem(path, f"'digits' is for numbers; '{column.name}' is a {column.type}.")
    if column.precision is not None and column.scale > column.precision:
        yield Problem(path, f"'{column.name}' has more digits after the decimal sign than in all.")
    if column.nir and column.type != "string":
        yield Problem(path, f"A NIR is text (2A and 2B exist); '{column.name}' is a {column.type}.")


def _limit_problems(column: Column, path: Path) -> Iterator[Problem]:
    options: Path = (*path, "logicalTypeOptions")
    has_limit = column.minimum is not None or column.maximum is not None
    if has_limit and column.type not in ("date", "integer", "number"):
        yield Problem(options, f"'minimum' and 'maximum' are for dates and numbers; '{column.name}' is a {column.type}.")
        return
    if column.min_length is not None and column.max_length is not None and column.min_length > column.max_length:
        yield Problem(options, f"'{column.name}': minLength is greater than maxLength.")
    if column.pattern is not None:
        yield from _pattern_problems(column, (*options, "pattern"))
    if column.type == "date":
        for limit in filter(None, (column.minimum, column.maximum)):
            if not _is_iso_date(limit):
                yield Problem(options, f"The limits of the date '{column.name}' are written yyyy-MM-dd; found '{limit}'.")
    elif column.minimum is not None and column.maximum is not None and float(column.minimum) > float(column.maximum):
        yield Problem(options, f"'{column.name}': minimum is greater than maximum.")


def _pattern_problems(column: Column, path: Path) -> Iterator[Problem]:
    pattern = column.pattern or ""
    try:
        re.compile(pattern)
    except re.error as error:
        yield Problem(path, f"The pattern of '{column.name}' is not a valid regular expression: {error}.")
        return
    if _NOT_RE2.search(pattern):
        yield Problem(path, f"The pattern of '{column.name}' uses look-around or back references, which the checks cannot run (RE2).")


def _is_iso_date(value: str) -> bool:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == len("yyyy-MM-dd")


def _protection_problems(column: Column, path: Path) -> Iterator[Problem]:
    if (column.nir or column.identity in _SECRET_ROLES) and column.classification is not Classification.SECRET:
        message = f"'{column.name}' holds a NIR, or may: its classification must be 'secret', not '{column.classification}'."
        yield Problem((*path, "classification"), message)


def _code_problems(column: Column, path: Path) -> Iterator[Problem]:
    if column.codes is None:
        return
    words = {code.canonical or received for received, code in column.codes.codes.items()}
    if column.type not in ("string", "boolean", "integer"):
        yield Problem(path, f"A code list is for text, whole numbers and yes/no; '{column.name}' is a {column.type}.")
    elif column.type == "boolean" and not words <= {"true", "false"}:
        yield Problem(path, f"The codes of the yes/no column '{column.name}' must have 'canonical: true' or 'canonical: false' (as text).")
    elif column.type == "integer" and not all(word.isdecimal() for word in words):
        yield Problem(path, f"The codes of the whole number '{column.name}' must be digits, or have digits as canonical word.")
    if column.identity is IdentityRole.SEX and not words <= {"M", "F", "N"}:
        yield Problem(path, f"The codes of '{column.name}' must have the canonical words M, F or N.")


def _sample_problems(table: Table, column: Column, path: Path) -> Iterator[Problem]:
    place: Path = (*path, "customProperties", "sample")
    sample = column.sample
    names = [other.name for other in table.columns]
    for name in (sample.same_as, sample.after, *(sample.only_if or ())):
        if name is not None and name not in names:
            yield Problem(place, f"The sample of '{column.name}' names an unknown column '{name}': {nearest(name, names)}")
        elif name is not None and names.index(name) >= names.index(column.name):
            yield Problem(place, f"The sample of '{column.name}' depends on '{name}', which must come before it.")
    if column.codes is None:
        return
    for value in (*(sample.weights or ()), *(sample.pick or ())):
        if value and value not in column.codes.codes:
            yield Problem(
                place, f"The sample of '{column.name}' uses '{value}', which is not in its codes: {nearest(value, column.codes.codes)}"
            )
