"""Findings by rule: an agent corrects one kind of mistake at a time, not one line at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os.path import commonprefix

from passerelle.contract.model import Contract
from passerelle.findings import Effect, Finding
from passerelle.receipt.model import MOST_EXAMPLES, MOST_LINES, Example, ExpectedName, FindingGroup

_SHORTEST_SHARED = 12
"""Less in common than this says nothing: the first message is printed instead."""
_GRAVITY = {Effect.REFUSE: 0, Effect.SET_ASIDE: 1, Effect.SET_ASIDE_LINE: 2, Effect.WARN: 3}


def column_labels(contract: Contract) -> dict[str, str]:
    """The French name of every column, by ``table.source`` (``source`` as findings name it: CSV header or XML path)."""
    return {f"{table.name}.{column.source}": column.label for table in contract.tables for column in table.columns}


def expected_names(contracts: Iterable[Contract]) -> tuple[ExpectedName, ...]:
    """How a sender must name the files of these contracts, for people: ``CCAS_AAAAMMJJ_NNNNNNN.csv``."""
    return tuple(
        ExpectedName(
            feed_name=contract.name,
            name=contract.layout.name_template.replace("{date}", "AAAAMMJJ").replace("{sequence}", "NNNNNNN"),
        )
        for contract in contracts
    )


def group(findings: Sequence[Finding], totals: Mapping[str, int], labels: Mapping[str, str]) -> tuple[FindingGroup, ...]:
    """One group per rule: what stops the file first, then what sets lines aside, then observations; the most frequent first.

    ``totals`` counts every finding of a rule, also those that are not in ``findings`` because the list was capped.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    groups = [_one(rule, found, max(totals.get(rule, 0), len(found)), labels) for rule, found in by_rule.items()]
    return tuple(sorted(groups, key=lambda item: (_GRAVITY[item.effect], -item.count, item.rule)))


def _one(rule: str, found: list[Finding], count: int, labels: Mapping[str, str]) -> FindingGroup:
    first = found[0]
    lines = sorted({finding.line for finding in found if finding.line is not None})
    columns = {finding.column for finding in found}
    return FindingGroup(
        rule=rule,
        effect=first.effect,
        severity=first.severity,
        column=first.column if len(columns) == 1 else None,
        label=labels.get(f"{first.table}.{first.column}", ""),
        message=shared_message([finding.message for finding in found]),
        expected=first.expected,
        fix=first.fix,
        count=count,
        lines=tuple(lines[:MOST_LINES]),
        examples=_examples(found),
    )


def shared_message(messages: Sequence[str]) -> str:
    """The one message, or what several have in common around what differs.

    >>> shared_message(["Le code « XX » est inconnu.", "Le code « Y » est inconnu."])
    'Le code « … » est inconnu.'
    """
    different = list(dict.fromkeys(messages))
    if len(different) == 1:
        return different[0]
    before = commonprefix(different)
    after = commonprefix([message[len(before) :][::-1] for message in different])[::-1]
    shared = f"{before}…{after}"
    return shared if len(shared) > _SHORTEST_SHARED else different[0]


def _examples(found: list[Finding]) -> tuple[Example, ...]:
    """The first places that say something different from one another; none when the message alone says all."""
    different: dict[str, Finding] = {}
    for finding in found:
        different.setdefault(finding.message, finding)
    if len(different) == 1:
        return ()
    return tuple(Example(line=item.line, record=item.record, message=item.message) for item in list(different.values())[:MOST_EXAMPLES])
