"""What ``why`` says of two records of the register, as the account of their score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from passerelle.errors import ConfigurationError
from passerelle.identity.compare import FIELDS
from passerelle.identity.matcher import REGISTER
from passerelle.identity.model import packaged
from passerelle.identity.register.comparison import shares
from passerelle.identity.register.overrides import ALWAYS, NEVER
from passerelle.identity.register.suggestions import WAITING
from passerelle.identity.waterfall import DIFFERENT, REVIEW, SAME, Compared, Verdict, Waterfall, start_of, waterfall

_LEVELS: Final = {field.words: (field.name, {level.name for level in field.levels}) for field in FIELDS}

_ORDERED: Final = {
    NEVER: "Un agent a décidé que ce n'est jamais la même personne.",
    ALWAYS: "Un agent a décidé que c'est toujours la même personne.",
}


def account(connection: Connection, told: Mapping[str, Any]) -> Waterfall:
    """The account of the pair that ``history.why`` told of. Raises ConfigurationError when one of the two has no record."""
    record, other = told["records"]
    if record is None or other is None:
        raise ConfigurationError("L'une des deux personnes n'a plus d'enregistrement : il n'y a pas de score à dessiner.")
    return account_of(told, shares(connection, record, other))


def account_of(told: Mapping[str, Any], frequent: Mapping[str, float | None]) -> Waterfall:
    """The same, with how frequent the values are that the two share."""
    levels = {}
    for said in told["fields"]:
        name, known = _LEVELS.get(said["field"], ("", set()))
        if said["verdict"] in known:
            levels[name] = said["verdict"]
    model = packaged()
    return waterfall(model, start_of(model, REGISTER), Compared(levels, frequent), _verdict(told))


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
