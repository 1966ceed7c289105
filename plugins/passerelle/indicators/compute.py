"""Figures of every operation and group from what was received.

Laws are asserted before anything is returned, and InvariantError raised when one is broken: participations received = counted +
excluded, events received = used + each reason not to, half-years add up, and the identities ID1 to ID10 of every operation and group.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from passerelle.errors import InvariantError
from passerelle.indicators.columns import of_date
from passerelle.indicators.controls import Remark
from passerelle.indicators.exits import exits_of
from passerelle.indicators.figures import Cell, Figures
from passerelle.indicators.follow_up import follow_up
from passerelle.indicators.identities import check
from passerelle.indicators.intake import Intake, reading_remarks
from passerelle.indicators.operation_controls import estimates_of, operation_controls
from passerelle.indicators.parameters import Rules
from passerelle.indicators.predicates import View
from passerelle.indicators.record_controls import record_controls
from passerelle.indicators.regimes import regimes
from passerelle.indicators.report import Computed, GroupReport, OperationReport, Report
from passerelle.indicators.said import Findings
from passerelle.indicators.settle import Settlement, settle
from passerelle.indicators.tally import tally


def compute(intake: Intake, cutoff: date, rules: Rules) -> Report:
    """The report at the end of the cut-off day; the same intake, cut-off and rules always give the same report."""
    day = of_date(cutoff)
    about = regimes(intake, rules)
    settlement = settle(intake, about, day, rules)
    exits = exits_of(intake, settlement.persons, day, rules)
    view = View(settlement.persons, exits, follow_up(intake, settlement.persons, day, rules), rules)
    _check_conservation(settlement, view)
    table = tally(view, len(about.operations), day, (intake.events is not None, intake.six_months is not None))
    estimates, doubts = estimates_of(intake, about, table, day, rules)
    computed = Computed(intake, settlement, view, about, Figures(table, about, estimates, rules))
    remarks = [*intake.remarks, *_reading(intake, day), *doubts, *operation_controls(intake, settlement, view, about, table)]
    return Report(
        cutoff=cutoff,
        rules=rules,
        operations=_operations(computed),
        groups=_groups(computed),
        findings=_findings(computed, remarks),
        computed=computed,
    )


def _reading(intake: Intake, cutoff: int) -> list[Remark]:
    tables = (intake.participations, intake.events, intake.six_months)
    return [one for rows in tables if rows is not None for one in reading_remarks(intake, rows, rows.recorded_by(cutoff))]


def _findings(computed: Computed, remarks: list[Remark]) -> Findings:
    intake, view = computed.intake, computed.view
    participations = intake.participations
    batches = [
        (participations, computed.settlement.batches),
        (participations, view.exits.about_persons),
        (participations, record_controls(view, participations, computed.about)),
    ]
    others = [(intake.events, view.exits.batches), (intake.six_months, view.follow_up.batches)]
    batches += [(rows, held) for rows, held in others if rows is not None]
    return Findings(tuple(remarks), tuple(batches), intake.operation_names, intake.participant_names)


def _operations(computed: Computed) -> tuple[OperationReport, ...]:
    order = sorted(range(len(computed.about.operations)), key=lambda number: computed.about.operations[number].operation_id)
    reports = []
    for number in order:
        name = computed.about.operations[number].operation_id
        reports.append(OperationReport(name, number, _asserted(name, [number], computed), computed))
    return tuple(reports)


def _groups(computed: Computed) -> tuple[GroupReport, ...]:
    """One line per priority, specific objective and category of region, of the operations that a file describes."""
    members: dict[tuple[str, str, str], list[int]] = {}
    for number, operation in enumerate(computed.about.operations):
        members.setdefault(operation.group, []).append(number)
    return tuple(
        GroupReport(group, tuple(members[group]), _asserted(" / ".join(group), members[group], computed), computed)
        for group in sorted(members)
    )


def _asserted(name: str, numbers: Sequence[int], computed: Computed) -> dict[str, Cell]:
    """The table of Annex I over these operations; no identity of its lines, of its combined ones or of Annex II is broken."""
    figures = computed.figures
    cells = figures.annex_1(numbers)
    everything = {**cells, **figures.combined(cells), **figures.annex_2(numbers)}
    checks = check({code: cell.figures for code, cell in everything.items() if cell.figures}, figures.rules)
    broken = [f"{one.identity} ({one.sentence}, {one.column}: {one.left} / {one.right})" for one in checks if not one.holds]
    if broken:
        raise InvariantError(f"Operation {name}: identities broken: {'; '.join(broken[:5])}")
    return cells


def _check_conservation(settlement: Settlement, view: View) -> None:
    came, counted, left_out = settlement.received, len(settlement.persons), settlement.left_out
    if came != counted + left_out:
        raise InvariantError(f"{came} participations received, but {counted} counted and {left_out} excluded.")
    for name, ledger in (("events", view.exits.ledger), ("observations", view.follow_up.ledger)):
        if ledger and ledger["received"] != sum(ledger.values()) - ledger["received"]:
            raise InvariantError(f"{name}: {ledger['received']} received, which is not the sum of what became of them.")
