"""Findings by rule: an agent corrects one kind of mistake at a time, not one line at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os.path import commonprefix

from pydantic import BaseModel, ConfigDict, Field

from passerelle.contract.model import Contract
from passerelle.findings import Effect, Finding
from passerelle.receipt.model import MOST_EXAMPLES, MOST_LINES, Example, ExpectedName, FindingGroup, Threshold

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


class Grouping(BaseModel):
    """What the groups are told besides the findings themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    totals: Mapping[str, int] = Field(default_factory=dict)
    """Rule id → how many findings in all; the list of findings may be capped."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """From :func:`column_labels`."""
    keys: Mapping[str, str] = Field(default_factory=dict)
    """``Finding.record`` → the sender's own key of that record, for documents that only this sender reads."""
    thresholds: tuple[Threshold, ...] = ()
    """The limits that were passed."""


def group(findings: Sequence[Finding], given: Grouping) -> tuple[FindingGroup, ...]:
    """One group per rule: what stops the file first, then what sets lines aside, then observations; the most frequent first."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    groups = [_one(found, given) for found in by_rule.values()]
    return tuple(sorted(groups, key=lambda item: (_GRAVITY[item.effect], -item.count, item.rule)))


def _one(found: list[Finding], given: Grouping) -> FindingGroup:
    first = found[0]
    lines = sorted({finding.line for finding in found if finding.line is not None})
    columns = {finding.column for finding in found}
    return FindingGroup(
        rule=first.rule,
        effect=first.effect,
        severity=first.severity,
        column=first.column if len(columns) == 1 else None,
        label=given.labels.get(f"{first.table}.{first.column}", ""),
        message=shared_message([finding.message for finding in found]),
        expected=first.expected,
        fix=first.fix,
        count=max(given.totals.get(first.rule, 0), len(found)),
        lines=tuple(lines[:MOST_LINES]),
        examples=_examples(found, given.keys),
        threshold=next((limit for limit in given.thresholds if limit.rule == first.rule), None),
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


def _examples(found: list[Finding], keys: Mapping[str, str]) -> tuple[Example, ...]:
    """The first places that say something different from one another.

    When all say the same, or where the sender's keys are known, other places fill the list: a key is what the sender looks for in its
    own software, and it may be known later only.
    """
    firsts: dict[tuple[str, str], Finding] = {}
    for finding in found:
        firsts.setdefault((finding.message, finding.proposal), finding)
    shown = list(firsts.values())
    if len(shown) == 1 or keys:
        known = {id(finding) for finding in shown}
        shown += [finding for finding in found[:MOST_LINES] if id(finding) not in known]
    return tuple(
        Example(
            line=finding.line,
            record=finding.record,
            key=keys.get(finding.record or ""),
            message=finding.message,
            proposal=finding.proposal,
        )
        for finding in shown[:MOST_EXAMPLES]
    )
