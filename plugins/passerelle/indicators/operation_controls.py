"""Controls about a whole operation: shares, totals, estimates, and what is only said as a number of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints, Mask, of_date
from passerelle.indicators.controls import Remark, Severity, remark
from passerelle.indicators.definitions import ANNEX_2
from passerelle.indicators.figures import Estimates, Given, by_sex
from passerelle.indicators.intake import Intake
from passerelle.indicators.operations import Estimate, unknown_operation
from passerelle.indicators.parameters import YOUNG_BELOW, Rules
from passerelle.indicators.participation import Labour
from passerelle.indicators.predicates import View, is_long_term
from passerelle.indicators.regimes import Regime, Regimes
from passerelle.indicators.settle import Reason, Settlement
from passerelle.indicators.tally import Tally

_UNEMPLOYED = list(Labour).index(Labour.UNEMPLOYED)
_ANNEX_2, _EVERYBODY = frozenset(one.code for one in ANNEX_2), ANNEX_2[0].code
FORMER_UNDER_25 = 6
"""Months beyond which unemployment was long before 25, in 2014-2020 (V17)."""


def operation_controls(intake: Intake, settlement: Settlement, view: View, about: Regimes, table: Tally) -> list[Remark]:
    """Everything said of operations as a whole, in no order."""
    return [
        *_counted(intake, settlement, view, about),
        *_incomplete(settlement, intake, about, view.rules),
        *_targets(view, about, table),
        *_companies(about, table),
        *(unknown_operation(one.operation_id) for one in about.operations if intake.operations and not one.is_described),
        *_several_operations(view),
    ]


def _per_operation(rule: str, mask: Mask, numbers: Ints, about: Regimes) -> Iterator[Remark]:
    counts = np.bincount(numbers[mask], minlength=len(about.operations))
    for number in np.flatnonzero(counts).tolist():
        yield remark(rule, operation=about.operations[number].operation_id, count=int(counts[number]))


def _counted(intake: Intake, settlement: Settlement, view: View, about: Regimes) -> Iterator[Remark]:
    persons = view.persons
    returned = persons.participations > 1
    operation = intake.participations["operation_id"]
    for reason, rule in ((Reason.MERGED_REENTRY, "V03"), (Reason.DRAFT, "V46")):
        for group in settlement.excluded:
            if group.reason is reason:
                yield from _per_operation(rule, np.ones(len(group.rows), np.bool_), operation[group.rows], about)
    for group in settlement.excluded:
        if group.reason is Reason.NOT_PARTICIPANT:
            yield from _not_participants(group.detail, operation[group.rows], about)
    yield from _per_operation("V04", returned, persons.operation, about)
    yield from _per_operation("V07", returned & (persons.exit != EMPTY), persons.operation, about)
    yield from _per_operation("V17", depends_on_version(view), persons.operation, about)
    for rule, mask in view.exits.counts.items():
        yield from _per_operation(rule, mask, persons.operation, about)


def _not_participants(detail: str, operation: Ints, about: Regimes) -> Iterator[Remark]:
    counts = np.bincount(operation, minlength=len(about.operations))
    for number in np.flatnonzero(counts).tolist():
        named = about.operations[number].operation_id
        rule = "V49" if about.supports_companies[number] else "V01"
        message = f"{detail} {counts[number]} participation(s) exclue(s)."
        yield Remark(rule=rule, severity=Severity.INFO, operation=named, message=message)


def depends_on_version(view: View) -> Mask:
    """Unemployed people who are long-term under one version of the rule and not under the other, or who are exactly at the limit."""
    months, age = view.persons["unemployment_months"], view.persons.age
    unemployed = (view.persons["labour_at_entry"] == _UNEMPLOYED) & (months != EMPTY)
    usual = view.rules.long_term_unemployment[-1].over_months
    former = months > np.where(age < YOUNG_BELOW, FORMER_UNDER_25, usual)
    return unemployed & ((former != is_long_term(view)) | (months == usual))


def _several_operations(view: View) -> Iterator[Remark]:
    people = int((np.bincount(view.persons.participant, minlength=1) > 1).sum())
    if people:
        yield remark("V06", count=people)


def incomplete_by_operation(settlement: Settlement, intake: Intake, about: Regimes) -> tuple[Ints, Ints]:
    """Incomplete and counted participants of each operation."""
    size = len(about.operations)
    operation = intake.participations["operation_id"]
    incomplete = np.zeros(size, dtype=np.int64)
    for group in settlement.excluded:
        if group.reason is Reason.INCOMPLETE:
            incomplete += np.bincount(operation[group.rows], minlength=size)
    return incomplete, np.bincount(settlement.persons.operation, minlength=size)


def _incomplete(settlement: Settlement, intake: Intake, about: Regimes, rules: Rules) -> Iterator[Remark]:
    incomplete, counted = incomplete_by_operation(settlement, intake, about)
    limit = f"{rules.incomplete_alert_rate:.0%}".replace("%", " %")
    for number, operation in enumerate(about.operations):
        lacking, total = int(incomplete[number]), int(incomplete[number] + counted[number])
        if total and lacking / total > rules.incomplete_alert_rate:
            yield remark("V47", operation=operation.operation_id, limit=limit, count=lacking, total=total)


def _targets(view: View, about: Regimes, table: Tally) -> Iterator[Remark]:
    for code, targeted in view.persons.targets.items():
        contradicting = np.bincount(view.persons.operation[targeted & ~table.holds[code]], minlength=len(about.operations))
        totals = table.counts["EECO01"].sum(axis=1)
        for number in np.flatnonzero(contradicting).tolist():
            named = about.operations[number].operation_id
            yield remark("V44", operation=named, code=code, count=int(contradicting[number]), total=int(totals[number]))


def _companies(about: Regimes, table: Tally) -> Iterator[Remark]:
    totals = table.counts["EECO01"].sum(axis=1)
    for number, operation in enumerate(about.operations):
        if operation.entities_sme and totals[number]:
            message = (
                "L’opération soutient des entreprises et compte des participants : les personnes d’une entreprise soutenue n’en sont pas."
            )
            yield Remark(rule="V49", severity=Severity.WARNING, operation=operation.operation_id, message=message)


def estimates_of(intake: Intake, about: Regimes, table: Tally, cutoff: int, rules: Rules) -> tuple[Estimates, list[Remark]]:
    """The estimates that hold at the cut-off, and why others do not (V53): too large, of another indicator, not adding up."""
    numbers = {one.operation_id: number for number, one in enumerate(about.operations)}
    latest: dict[tuple[int, str, str], Estimate] = {}
    said: list[Remark] = []
    for one in sorted(intake.estimates, key=lambda held: (held.recorded_on, held.value, held.method)):
        if of_date(one.recorded_on) > cutoff:
            continue
        number = numbers.get(one.operation_id)
        if one.indicator not in {*rules.estimates_accepted_for, *_ANNEX_2}:
            said.append(_refused(one, f"{one.indicator} ne peut pas être estimé."))
        elif number is None:
            said.append(_refused(one, "L’opération de l’estimation est inconnue."))
        elif (one.indicator in _ANNEX_2) != (about.regime[number] == Regime.ANNEX_2):
            said.append(_refused(one, f"L’opération ne restitue pas {one.indicator} : ce n’est pas son annexe."))
        else:
            latest[number, one.indicator, one.sex] = one
    kept: dict[tuple[int, str], Given] = {}
    for number, code in sorted({key[:2] for key in latest}):
        lines = [latest[number, code, sex] for sex in ("F", "M", "N", "T") if (number, code, sex) in latest]
        given, why = _checked(lines, _limits(code, kept.get((number, _EVERYBODY)), table.counts["EECO01"][number]))
        if given is not None:
            kept[number, code] = given
        said += [_refused(lines[0], why)] if why else []
    return kept, said


def _limits(code: str, everybody: Given | None, counted: Ints) -> Mapping[str, int]:
    """By sex, how many people an estimate may be of: those counted; under Annex II, those estimated, whose own number has no limit."""
    if code == _EVERYBODY:
        return {}
    if code in _ANNEX_2 and everybody is not None:
        return {sex: everybody.by_sex.get(sex, everybody.by_sex["T"]) for sex in ("F", "M", "N", "T")}
    return by_sex(counted)


def _checked(lines: Sequence[Estimate], limits: Mapping[str, int]) -> tuple[Given | None, str]:
    values = {one.sex: one.value for one in lines}
    if any(value > limits.get(sex, value) for sex, value in values.items()):
        return None, f"{lines[0].indicator} : l’estimation dépasse le nombre de participants, elle n’est pas utilisée."
    method = " ; ".join(dict.fromkeys(one.method for one in lines))
    sexes = {sex: value for sex, value in values.items() if sex != "T"}
    if sexes:
        whole = {**dict.fromkeys(("F", "M", "N"), 0), **sexes}
        total = sum(whole.values())
        if values.get("T", total) != total:
            return None, f"{lines[0].indicator} : le total estimé n’est pas la somme des sexes, l’estimation n’est pas utilisée."
        return Given({**whole, "T": total}, method), ""
    return Given({"T": values["T"]}, method), ""


def _refused(one: Estimate, detail: str) -> Remark:
    return remark("V53", operation=one.operation_id, line=one.line, detail=detail)
