"""How much may be wrong before a person must decide: shares of the file, counted as it is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from passerelle.checks.violations import Places, Violation
from passerelle.contract.model import Contract
from passerelle.findings import LineCounts, Rule, Verdict

_DECIDES = "rien n'est chargé avant qu'une personne du Département ait décidé."
_PERCENT = 100
_ROUND_FROM = 10


class Limit(NamedTuple):
    """A limit of the contract that was passed."""

    rule: str
    """Id of the rule it is about; empty: all that is set aside."""
    share: float
    """Part of the lines or dossiers concerned."""
    limit: float


class Shares:
    """In how many lines or dossiers each rule with a limit of its own is broken; the rules of one column have theirs together."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._own = {f"{table.name}.{rule.id}" for table in contract.tables for rule in table.rules}
        self._records: dict[str, int] = {}
        self._rules: dict[str, dict[str, Rule]] = {}

    def take(self, violations: Iterable[Violation]) -> None:
        """Counts what was found in one chunk: no line or dossier is in two."""
        found: dict[str, list[Places]] = {}
        for violation in violations:
            if violation.rule.hold_above is not None:
                limited = self._limited(violation.rule)
                self._rules.setdefault(limited, {})[violation.rule.id] = violation.rule
                found.setdefault(limited, []).append(violation.records)
        for limited, records in found.items():
            self._records[limited] = self._records.get(limited, 0) + len(np.unique(np.concatenate(records)))

    def passed(self, received: int) -> list[Limit]:
        """The limits that were passed, by rule. What is wrong with the file itself is wrong with all of it."""
        found = []
        for limited, rules in self._rules.items():
            outer = any(self._contract.table(rule.table).role in ("header", "footer") for rule in rules.values() if rule.table)
            share = 1.0 if outer else self._records[limited] / max(received, 1)
            limits = ((rule.id, rule.hold_above or 0.0) for rule in rules.values())
            found += [Limit(rule, share, limit) for rule, limit in limits if share > limit]
        return found

    def label(self, rule: str) -> str:
        """What the rule is about, in the partner's words: the French name of the column, or the sentence of a rule between columns."""
        found = self._rules[next(limited for limited, rules in self._rules.items() if rule in rules)][rule]
        if rule in self._own or found.table is None:
            return found.message.rstrip(".")
        labels = {column.source: column.label for column in self._contract.table(found.table).columns}
        return labels.get(found.column or "", found.message.rstrip("."))

    def _limited(self, rule: Rule) -> str:
        return rule.id if rule.id in self._own else rule.id.rpartition(".")[0]


def verdict(contract: Contract, counts: LineCounts, shares: Shares, *, found: bool) -> tuple[Verdict, str, tuple[Limit, ...]]:
    """The answer to a file that could be read, why a person must decide (French, else empty), and the limits that were passed."""
    if counts.received == counts.ignored:
        return Verdict.HELD, "Le fichier ne contient aucune ligne : une personne du Département vérifie avant de poursuivre.", ()
    passed = shares.passed(counts.received)
    share = counts.set_aside / counts.received
    if share > contract.hold_above:
        limits = (Limit("", share, contract.hold_above), *passed)
        what = f"{percent(share)} du fichier est à corriger, plus que le seuil convenu ({percent(contract.hold_above)})"
        return Verdict.HELD, f"{what} : {_DECIDES}", limits
    if passed:
        unit = "dossiers" if contract.is_grouped else "lignes"
        worst = max(passed, key=lambda limit: limit.share)
        what = f"« {shares.label(worst.rule)} » : {percent(worst.share)} des {unit} à corriger"
        return Verdict.HELD, f"{what}, plus que le seuil convenu ({percent(worst.limit)}) ; {_DECIDES}", tuple(passed)
    return (Verdict.ACCEPTED_WITH_FINDINGS if found else Verdict.ACCEPTED), "", ()


def percent(share: float) -> str:
    """``12 %``, and below 10 as many decimals as say something: ``2,5 %``, ``0,04 %``."""
    value = share * _PERCENT
    decimals = 0 if value >= _ROUND_FROM else 1 if value >= 1 else 2
    text = f"{value:.{decimals}f}"
    return f"{(text.rstrip('0').rstrip('.') if decimals else text).replace('.', ',')} %"
