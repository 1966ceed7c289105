"""What ``why`` says of two records of the register, as the account of their score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from passerelle.errors import ConfigurationError
from passerelle.identity.compare import FIELDS
from passerelle.identity.model import PACKAGED, read_model
from passerelle.identity.register.overrides import ALWAYS, NEVER
from passerelle.identity.register.suggestions import WAITING
from passerelle.identity.waterfall import DIFFERENT, REGISTER, REVIEW, SAME, Compared, Verdict, Waterfall, start_of, waterfall

_LEVELS: Final = {field.words: (field.name, {level.name for level in field.levels}) for field in FIELDS}

_ORDERED: Final = {
    NEVER: "Un agent a décidé que ce n'est jamais la même personne.",
    ALWAYS: "Un agent a décidé que c'est toujours la même personne.",
}


def account(told: Mapping[str, Any]) -> Waterfall:
    """The account of the pair that ``history.why`` told of. Raises ConfigurationError when it was not compared level by level.

    Where a score was kept with the link, it holds; else usual values are supposed, for how rare a value is cannot be told from levels.
    """
    levels = {}
    for said in told["fields"]:
        name, known = _LEVELS.get(said["field"], ("", set()))
        if said["verdict"] in known:
            levels[name] = said["verdict"]
    if not levels:
        raise ConfigurationError(
            "Ces enregistrements n'ont pas été comparés niveau par niveau : il n'y a pas de score à dessiner (why les explique sans image)."
        )
    model = read_model(PACKAGED)
    return waterfall(model, start_of(model, REGISTER), Compared(levels, score=_score(told)), _verdict(told))


def _score(told: Mapping[str, Any]) -> float | None:
    pair = set(told["records"])
    scores = [link["score"] for link in told["links"] if {link["record_id"], link["compared_with"]} == pair and link["score"] is not None]
    return scores[-1] if scores else None


def _verdict(told: Mapping[str, Any]) -> Verdict:
    """What people said comes before what the machine would."""
    asked = any(suggestion["state"] in WAITING for suggestion in told["suggestions"])
    verdict = SAME if told["same"] else REVIEW if asked else DIFFERENT
    for order in told["overrides"]:
        return Verdict(verdict, order["kind"], _ORDERED[order["kind"]])
    human = [link for link in told["links"] if not link["automatic"] and link["revoked_at"] is None]
    if human:
        return Verdict(verdict, human[-1]["rule"], human[-1]["explanation"])
    rule = told["rule_today"]
    return Verdict(verdict, rule["id"], rule["explanation"]) if rule else Verdict(verdict, "NEW", "Aucune règle ne les rapproche.")
