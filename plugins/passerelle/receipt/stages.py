"""The step table of a CC, as on a certificate: what was checked in which order, and how each step ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

from pydantic import BaseModel, ConfigDict

from passerelle.findings import Effect, Verdict
from passerelle.receipt.model import DeliveryFacts, FindingGroup, Step, StepResult, Threshold
from passerelle.receipt.phrases import threshold_words
from passerelle.receipt.wording import many


class _Stage(IntEnum):
    RECEPTION = 0
    READING = 1
    STRUCTURE = 2
    CONTENT = 3
    CONSISTENCY = 4
    THRESHOLDS = 5
    LOADING = 6


_NAMES = {
    _Stage.RECEPTION: "Réception",
    _Stage.READING: "Lecture du fichier",
    _Stage.STRUCTURE: "Structure du fichier",
    _Stage.CONTENT: "Contenu, valeur par valeur",
    _Stage.CONSISTENCY: "Cohérence entre les valeurs",
    _Stage.THRESHOLDS: "Seuils convenus",
    _Stage.LOADING: "Intégration",
}
_CHECKS = (_Stage.READING, _Stage.STRUCTURE, _Stage.CONTENT, _Stage.CONSISTENCY)
_OF_THE_STRUCTURE = {"header", "footer", "trailer", "root", "record", "delimiter", "columns", "sheet", "count"}
"""Last words of the ids ``file.…`` that are about how the file is built; the others are about reading it at all."""
_BETWEEN_ROWS = {"unique", "reference"}
"""Last words of the ids of rules of a column that compare it with other rows or files."""
_COLUMN_RULE = 3
"""Words of the id of a rule of one column (``table.column.kind``); a rule between columns has two (``table.name``)."""


class Course(BaseModel):
    """What the step table is told besides the findings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    facts: DeliveryFacts
    verdict: Verdict
    thresholds: tuple[Threshold, ...] = ()
    unverified: tuple[str, ...] = ()
    """Names of the columns that refer to a list which is not here."""


def control_steps(course: Course, groups: Sequence[FindingGroup]) -> tuple[Step, ...]:
    """The steps of a CC, numbered from 0. A step is never called done when a refusal may have come before it."""
    steps = [(_Stage.RECEPTION, StepResult.NOT_DONE, "") if course.facts.trial else (_Stage.RECEPTION, StepResult.DONE, "")]
    steps += _checks(course, groups, _fatal(course, groups))
    steps.append(_thresholds(course))
    ends = course.facts.trial or course.verdict is Verdict.REFUSED
    steps.append((_Stage.LOADING, StepResult.NOT_DONE if ends else StepResult.WAITING, ""))
    return tuple(Step(number=stage.value, name=_NAMES[stage], result=result, detail=detail) for stage, result, detail in steps)


def _fatal(course: Course, groups: Sequence[FindingGroup]) -> set[Effect]:
    """The effects by which a step fails; what is wrong in a header or footer refuses the file although it would set a line aside."""
    if course.verdict is Verdict.REFUSED and not any(item.effect is Effect.REFUSE for item in groups):
        return {Effect.SET_ASIDE, Effect.SET_ASIDE_LINE}
    return {Effect.REFUSE}


def _checks(course: Course, groups: Sequence[FindingGroup], fatal: set[Effect]) -> Iterator[tuple[_Stage, StepResult, str]]:
    is_cut_short = False
    for stage in _CHECKS:
        found = [item for item in groups if _stage_of(item.rule) is stage]
        if not found and is_cut_short:
            yield stage, StepResult.NOT_DONE, ""
            continue
        result = _result(found, fatal)
        yield stage, result, _detail(found) + (_unverified(course) if stage is _Stage.CONSISTENCY else "")
        is_cut_short |= stage < _Stage.CONTENT and result is StepResult.FAILED


def _stage_of(rule: str) -> _Stage:
    words = rule.split(".")
    if words[0] == "file":
        return _Stage.STRUCTURE if words[-1] in _OF_THE_STRUCTURE else _Stage.READING
    if words[0] == "structure":
        return _Stage.STRUCTURE
    return _Stage.CONTENT if len(words) >= _COLUMN_RULE and words[-1] not in _BETWEEN_ROWS else _Stage.CONSISTENCY


def _unverified(course: Course) -> str:
    """What nothing could be compared with; on a partner's own desk there is no list at all."""
    if not course.unverified:
        return ""
    why = "non disponible ici" if course.facts.trial else "jamais reçu"
    return f" ; référentiel {why} : références non vérifiées ({', '.join(course.unverified)})"


def _thresholds(course: Course) -> tuple[_Stage, StepResult, str]:
    if course.verdict is Verdict.REFUSED:
        return _Stage.THRESHOLDS, StepResult.NOT_DONE, ""
    if course.verdict is Verdict.HELD or course.thresholds:
        told = " ; ".join(threshold_words(limit, course.facts.unit) for limit in course.thresholds)
        return _Stage.THRESHOLDS, StepResult.HELD, told
    return _Stage.THRESHOLDS, StepResult.DONE, "aucun seuil dépassé"


def _result(groups: Sequence[FindingGroup], fatal: set[Effect]) -> StepResult:
    if any(item.effect in fatal for item in groups):
        return StepResult.FAILED
    return StepResult.WITH_FINDINGS if groups else StepResult.DONE


def _detail(groups: Sequence[FindingGroup]) -> str:
    total = sum(item.count for item in groups)
    return f"{many(total, 'anomalie')}, {many(len(groups), 'règle')}" if total else "aucune anomalie"
