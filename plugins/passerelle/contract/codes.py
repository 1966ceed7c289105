"""Code lists of the contracts: ``contracts/codes/*.yaml``, each list known by one name in the whole installation.

A file is ``{source: …, date: …, lists: {NAME: {"CODE": label | {label: …, canonical: …}}}}``. Codes are text: ``"01"`` is not 1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from passerelle.contract.model import Code, CodeList
from passerelle.contract.problems import Problem, nearest
from passerelle.contract.yaml_text import line_of, read
from passerelle.errors import ContractError

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


class CodeFile(NamedTuple):
    """One file of lists, and its bytes (they are part of the hash of the contracts that use them)."""

    lists: dict[str, CodeList]
    content: bytes


class CodeLists(NamedTuple):
    """All code lists below one root."""

    by_name: dict[str, CodeList]
    file_of: dict[str, CodeFile]


def load_code_lists(root: Path) -> CodeLists:
    """Every list in ``root/codes``; ContractError for the first file that is not as it should be."""
    by_name: dict[str, CodeList] = {}
    file_of: dict[str, CodeFile] = {}
    for path in sorted((root / "codes").glob("*.yaml")):
        file = _load_file(path)
        for name, codes in file.lists.items():
            if name in by_name:
                raise ContractError(path, f"The code list '{name}' exists already in another file: give it another name.")
            by_name[name], file_of[name] = codes, file
    return CodeLists(by_name, file_of)


def _load_file(path: Path) -> CodeFile:
    text, document = read(path)
    problem = _wrong_file(document)
    if problem is not None:
        raise ContractError(path, problem.message, line_of(text, problem.path))
    lists: dict[str, CodeList] = {}
    for name, raw in document["lists"].items():
        wrong = _wrong_list(name, raw)
        if wrong is not None:
            raise ContractError(path, wrong.message, line_of(text, wrong.path))
        codes = {code: Code(label=entry) if isinstance(entry, str) else Code(**entry) for code, entry in raw.items()}
        lists[name] = CodeList(name=name, codes=codes)
    return CodeFile(lists, text.encode())


def _wrong_file(document: dict[Any, Any]) -> Problem | None:
    valid = ("source", "date", "lists")
    for key in document:
        if key not in valid:
            return Problem((key,), f"Unknown key '{key}': {nearest(key, valid)}")
    if not isinstance(document.get("source"), str) or not isinstance(document.get("date"), str):
        return Problem((), "Expected 'source' and 'date' as text (a date between quotes): where the lists come from, and as of when.")
    if not isinstance(document.get("lists"), dict):
        return Problem(("lists",), "Expected 'lists': a mapping of list names to their codes.")
    return None


def _wrong_list(name: Any, raw: Any) -> Problem | None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return Problem(("lists", name), f"A code list is named in capitals, digits and _; found '{name}'.")
    if not isinstance(raw, dict) or not raw:
        return Problem(("lists", name), f"The code list '{name}' must be a mapping of codes to labels.")
    for code, entry in raw.items():
        if not isinstance(code, str):
            return Problem(("lists", name), f"In the code list '{name}', write the code {code!r} between quotes: codes are text.")
        wrong = _wrong_entry(entry)
        if wrong:
            return Problem(("lists", name, code), f"Code '{code}' of the list '{name}': {wrong}")
    return None


def _wrong_entry(entry: Any) -> str:
    if isinstance(entry, str):
        return "" if entry.strip() else "the label is empty."
    if not isinstance(entry, dict) or not isinstance(entry.get("label"), str):
        return "expected a label, or {label: …, canonical: …}."
    for key, value in entry.items():
        if key not in ("label", "canonical"):
            return f"unknown key '{key}': {nearest(key, ('label', 'canonical'))}"
        if not isinstance(value, str):
            return f"write '{key}' between quotes: it is text."
    return ""
