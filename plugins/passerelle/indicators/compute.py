"""Figures of every operation from what was received.

Two laws are asserted before anything is returned, and InvariantError raised when one is broken: participations received = counted +
excluded, and the identities ID1 to ID6 of each operation.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from passerelle.errors import InvariantError
from passerelle.indicators.definitions import computed
from passerelle.indicators.identities import PERSON_COLUMNS, check
from passerelle.indicators.intake import Intake, Remark, Severity
from passerelle.indicators.parameters import Rules
from passerelle.indicators.report import OperationReport, Report
from passerelle.indicators.settle import Counted, Excluded, Settlement, received, settle


def compute(intake: Intake, cutoff: date, rules: Rules) -> Report:
    """The report at the end of the cut-off day; the same intake, cut-off and rules always give the same report."""
    settlement = settle(intake, cutoff, rules)
    _check_conservation(intake, settlement)
    counted: dict[str, list[Counted]] = defaultdict(list)
    excluded: dict[str, list[Excluded]] = defaultdict(list)
    for person in settlement.counted:
        counted[person.participation.operation_id].append(person)
    for one in settlement.excluded:
        excluded[one.operation_id].append(one)
    named = sorted({*counted, *excluded, *intake.operations} - {""})
    operations = tuple(_operation(name, tuple(counted[name]), tuple(excluded[name])) for name in named)
    return Report(
        cutoff=cutoff,
        rules=rules,
        operations=operations,
        nameless=tuple(excluded[""]),
        remarks=(*intake.remarks, *settlement.remarks, *_alerts(operations, rules)),
    )


def _operation(name: str, counted: tuple[Counted, ...], excluded: tuple[Excluded, ...]) -> OperationReport:
    figures = {indicator.code: dict.fromkeys(PERSON_COLUMNS, 0) for indicator in computed()}
    for person in counted:
        for code in person.indicators:
            figures[code][person.entry.sex] += 1
            figures[code]["T"] += 1
    checks = check(figures)
    broken = [f"{one.identity} ({one.sentence}, {one.column}: {one.left} / {one.right})" for one in checks if not one.holds]
    if broken:
        raise InvariantError(f"Operation {name}: identities broken: {'; '.join(broken[:5])}")
    return OperationReport(operation_id=name, figures=figures, counted=counted, excluded=excluded, checks=checks)


def _check_conservation(intake: Intake, settlement: Settlement) -> None:
    came, out = received(intake), len(settlement.counted) + len(settlement.excluded)
    if came != out:
        raise InvariantError(
            f"{came} participations received, but {len(settlement.counted)} counted and {len(settlement.excluded)} excluded."
        )
    people = {(one.participation.operation_id, one.participation.participant_id) for one in settlement.counted}
    if len(people) != len(settlement.counted):
        raise InvariantError("A person is counted more than once in one operation.")


def _alerts(operations: tuple[OperationReport, ...], rules: Rules) -> list[Remark]:
    limit = f"{rules.incomplete_alert_rate:.0%}".replace("%", " %")
    return [
        Remark(
            rule="esf.incomplete_rate",
            severity=Severity.WARNING,
            operation=one.operation_id,
            message=f"Plus de {limit} de dossiers incomplets ({one.excluded_by_reason['incomplete']}) : risque de correction financière.",
        )
        for one in operations
        if one.incomplete_rate is not None and one.incomplete_rate > rules.incomplete_alert_rate
    ]
