"""Findings of a JSON schema validator, put into words for the author of a contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from jsonschema.exceptions import ValidationError

from passerelle.contract.problems import Path, Problem, nearest

_PLAIN = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_BRANCHES = ("then", "else")


class _Known(NamedTuple):
    """Keys a mapping may have, and whether finding them all unknown may be an effect of another mistake."""

    names: set[str]
    certain: bool


def problems_of(errors: Iterator[ValidationError], schema: dict[str, Any]) -> list[Problem]:
    """One problem per mistake, in the order of the places; a schema often reports one mistake several times."""
    found: dict[tuple[Path, str], Problem] = {}
    doubtful: list[Problem] = []
    for error in errors:
        for problem, certain in _explain(_deepest(error), schema):
            if certain:
                found.setdefault((problem.path, problem.message), problem)
            else:
                doubtful.append(problem)
    kept = list(found.values())
    for problem in doubtful:
        parent = problem.path[:-1]
        if not any(other.path[: len(parent)] == parent for other in kept):
            kept.append(problem)
    return [problem for problem in kept if not _is_missing_by_a_typo(problem, kept)]


def _is_missing_by_a_typo(problem: Problem, others: list[Problem]) -> bool:
    """Whether a key is only missing because it is misspelt, which is said already."""
    missing = re.fullmatch(r"'([^']+)' is missing\.", problem.message)
    if missing is None:
        return False
    meant = f"did you mean '{missing[1]}'?"
    return any(other.path[:-1] == problem.path and other.message.endswith(meant) for other in others)


def _deepest(error: ValidationError) -> ValidationError:
    while error.context:
        inner = max(error.context, key=lambda item: len(item.absolute_path))
        if len(inner.absolute_path) <= len(error.absolute_path):
            break
        error = inner
    return error


def _explain(error: ValidationError, schema: dict[str, Any]) -> Iterator[tuple[Problem, bool]]:
    path: Path = tuple(error.absolute_path)
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        yield from _unknown_keys(error, schema)
    else:
        yield Problem(path, _sentence(error)), True


def _unknown_keys(error: ValidationError, schema: dict[str, Any]) -> Iterator[tuple[Problem, bool]]:
    known = _known_keys(error.schema, schema)
    path: Path = tuple(error.absolute_path)
    instance: Any = error.instance
    for key in instance:
        if key not in known.names:
            yield Problem((*path, key), f"Unknown key '{key}': {nearest(key, known.names)}"), True
        elif not known.certain and f"'{key}'" in error.message:
            yield Problem((*path, key), f"The key '{key}' has no meaning here, beside the other keys of this entry."), False


def _known_keys(part: Any, schema: dict[str, Any]) -> _Known:
    """All keys that some branch of the schema allows; certain when there is only one branch."""
    if not isinstance(part, dict):
        return _Known(set(), True)
    names = set(part.get("properties", ()))
    certain = True
    inner = [schema_part for key in ("allOf", "anyOf", "oneOf") for schema_part in part.get(key, ())]
    inner += [part[key] for key in _BRANCHES if key in part]
    if "$ref" in part:
        inner.append(_referenced(part["$ref"], schema))
    for item in inner:
        deeper = _known_keys(item, schema)
        names |= deeper.names
        certain = False
    return _Known(names, certain)


def _referenced(reference: str, schema: dict[str, Any]) -> Any:
    node: Any = schema
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def _sentence(error: ValidationError) -> str:
    value: Any = error.instance
    rule: Any = error.validator_value
    match error.validator:
        case "required":
            missing = re.findall(r"'([^']+)' is a required", error.message)
            return f"'{missing[0]}' is missing." if missing else error.message
        case "enum":
            return f"'{value}' is not valid here: {nearest(value, [str(item) for item in rule])}"
        case "const":
            return f"Expected '{rule}', found '{value}'."
        case "type":
            wanted = _PLAIN.get(str(rule), str(rule))
            hint = " (write it between quotes)" if rule == "string" else ""
            return f"Expected {wanted}, found '{str(value)[:60]}'{hint}."
        case "pattern":
            return f"'{value}' does not have the expected form {rule}."
        case _:
            return f"{error.message[:200]}."
