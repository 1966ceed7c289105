"""Contracts from their files: ``contracts/<partner>/<feed>.odcs.yaml`` (Open Data Contract Standard 3.2, profile passerelle).

A contract that loads can be trusted: every key is known and acts, every name it mentions exists. One that does not is refused with
the file, the line, what was expected and the nearest valid word; nothing is guessed. Line numbers cost a second reading and are
worked out only then.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from passerelle.contract.codes import CodeLists, load_code_lists
from passerelle.contract.distil import FREQUENCIES, distil
from passerelle.contract.inherit import Inherited, inherited
from passerelle.contract.meaning import meaning_problems
from passerelle.contract.model import Contract
from passerelle.contract.problems import Path as Path_
from passerelle.contract.problems import Problem, nearest, place
from passerelle.contract.references import reference_problems
from passerelle.contract.shape import custom, shape_problems
from passerelle.contract.yaml_text import lines_of, read
from passerelle.errors import ContractError

SUFFIX = ".odcs.yaml"
_SHOWN = 10
_LEVELS = ("frequency", "retention", "timeToNotify")


def feed_ids(root: Path) -> tuple[str, ...]:
    """The ids of all feeds below ``root``, sorted; from the file names only, no file is read."""
    return tuple(sorted(_id_of(path, root) for path in root.glob(f"*/*{SUFFIX}")))


def find(root: Path, feed_id: str) -> Contract:
    """The contract of one feed; ContractError when there is none of this id, or it is wrong."""
    known = feed_ids(root)
    if feed_id not in known:
        raise ContractError(root, f"There is no contract '{feed_id}': {nearest(feed_id, known)}")
    return load(root / f"{feed_id}{SUFFIX}", root)


def load_all(root: Path) -> tuple[tuple[Contract, ...], tuple[ContractError, ...]]:
    """All contracts below ``root`` in the order of their ids, and why the others cannot be used: one broken file stops no other feed."""
    contracts: list[Contract] = []
    errors: list[ContractError] = []
    try:
        lists = load_code_lists(root)
    except ContractError as error:
        return (), (error,)
    for feed_id in feed_ids(root):
        try:
            contracts.append(_load(root / f"{feed_id}{SUFFIX}", root, lists))
        except ContractError as error:
            errors.append(error)
    return tuple(contracts), tuple(errors)


def load(path: Path, root: Path) -> Contract:
    """The contract in ``path``; ``root`` is the folder of all contracts, with the code lists.

    Raises ContractError with every mistake found (the first ten), the first one with its line.
    """
    return _load(path, root, load_code_lists(root))


def load_loose(path: Path, root: Path) -> Contract:
    """The contract in a file that may stand anywhere, such as an earlier version; ``root`` holds the code lists and the contracts it
    names. Raises ContractError as ``load`` does.
    """
    return _load(path, root, load_code_lists(root), is_loose=True)


def _load(path: Path, root: Path, lists: CodeLists, *, is_loose: bool = False) -> Contract:
    text, own = read(path)
    _refuse(path, text, own, shape_problems(own))
    whole = _whole(path, root, text, own)
    document = whole.document
    feed_id = document["id"] if is_loose else _id_of(path, root)
    _refuse(path, text, own, whole.own(_reference_problems(document, lists, feed_id)))
    _refuse(path, text, own, whole.own(_other_feed_problems(document, root)))
    try:
        contract = distil(document, lists.by_name, _sha256(text + whole.base_text, document, lists))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        raise ContractError(path, f"Not valid: {wrong}") from None
    _refuse(path, text, own, whole.own(meaning_problems(contract, document)))
    return contract


def _whole(path: Path, root: Path, text: str, own: dict[str, Any]) -> Inherited:
    """The contract with the tables of the feed it shares them with (``schemaOf``)."""
    base_id = custom(own).get("schemaOf")
    if base_id is None:
        if "schema" not in own:
            _refuse(path, text, own, [Problem((), "'schema' is missing: describe the tables, or name a feed with 'schemaOf'.")])
        return inherited(own, None, "")
    known = [feed for feed in feed_ids(root) if feed != _id_of(path, root)]
    place: Path_ = ("customProperties", "schemaOf")
    if base_id not in known:
        _refuse(path, text, own, [Problem(place, f"There is no contract '{base_id}': {nearest(base_id, known)}")])
    base_text, base = read(root / f"{base_id}{SUFFIX}")
    if shape_problems(base) or "schema" not in base:
        _refuse(path, text, own, [Problem(place, f"The contract '{base_id}' cannot be used, or describes no tables of its own.")])
    return inherited(own, base, base_text)


def _other_feed_problems(document: dict[str, Any], root: Path) -> list[Problem]:
    """References to columns of other feeds (``refersTo``) that cannot be looked up."""
    return list(reference_problems(document, feed_ids(root), lambda feed: read(root / f"{feed}{SUFFIX}")[1]))


def _id_of(path: Path, root: Path) -> str:
    relative = path.resolve().relative_to(root.resolve()) if path.resolve().is_relative_to(root.resolve()) else path
    return relative.as_posix().removesuffix(SUFFIX)


def _refuse(path: Path, text: str, document: dict[str, Any], problems: list[Problem]) -> None:
    if not problems:
        return
    lines = lines_of(text, [problem.path for problem in problems])
    lined = sorted((line, place(document, problem.path), problem.message) for line, problem in zip(lines, problems, strict=True))
    first, *others = dict.fromkeys(lined)
    message = f"{first[1]}: {first[2]}"
    for line, where, words in others[: _SHOWN - 1]:
        message += f"\n  line {line}: {where}: {words}"
    if len(others) >= _SHOWN:
        message += f"\n  and {len(others) - _SHOWN + 1} more"
    raise ContractError(path, message, first[0])


def _reference_problems(document: dict[str, Any], lists: CodeLists, feed_id: str) -> list[Problem]:
    """What must be known before the contract can be distilled: its id, its code lists, its service levels, its key positions."""
    found: list[Problem] = []
    if document["id"] != feed_id:
        found.append(Problem(("id",), f"Expected '{feed_id}', after the place of the file; found '{document['id']}'."))
    for index, table in enumerate(document["schema"]):
        for number, column in enumerate(table["properties"]):
            name = custom(column).get("codes")
            if name is not None and name not in lists.by_name:
                problem = f"There is no code list '{name}': {nearest(name, lists.by_name)}"
                found.append(Problem(("schema", index, "properties", number, "customProperties", "codes"), problem))
            if column.get("primaryKey") and "primaryKeyPosition" not in column:
                found.append(Problem(("schema", index, "properties", number), "A column of the key needs 'primaryKeyPosition' (from 1)."))
    return found + _level_problems(document["slaProperties"])


def _level_problems(levels: list[dict[str, Any]]) -> list[Problem]:
    found: list[Problem] = []
    names = [level["property"] for level in levels]
    for index, level in enumerate(levels):
        expected = _level_expected(level)
        if expected:
            found.append(Problem(("slaProperties", index), f"'{level['property']}': {expected}"))
    for required in ("frequency", "retention"):
        if not found and names.count(required) != 1:
            found.append(Problem(("slaProperties",), f"Expected '{required}' once; found it {names.count(required)} times."))
    return found


def _level_expected(level: dict[str, Any]) -> str:
    """What is expected of this service level, empty when it is as expected."""
    name, value, unit = level["property"], level["value"], level.get("unit")
    if name not in _LEVELS:
        return f"unknown service level: {nearest(name, _LEVELS)}"
    if name == "frequency":
        regular = value == 1 and unit in FREQUENCIES
        return "" if regular or value == "on_event" else "expected value 1 and unit d, w or m; or value on_event."
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        return "expected a whole number above 0."
    units = ("m", "y") if name == "retention" else ("min",)
    return "" if unit in units else f"expected unit {' or '.join(units)}."


def _sha256(text: str, document: dict[str, Any], lists: CodeLists) -> str:
    """Hash of the contract file and of the code-list files it uses: a changed list is a changed contract."""
    ours = [custom(column) for table in document["schema"] for column in table["properties"]]
    names = {str(bag["codes"]) for bag in ours if "codes" in bag}
    contents = sorted({lists.file_of[name].content for name in names})
    return hashlib.sha256(b"".join([text.encode(), *contents])).hexdigest()
