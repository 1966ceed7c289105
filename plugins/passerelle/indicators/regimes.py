"""What is known of the operations, as columns indexed by the number of the operation, and which rules each follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from passerelle.indicators.columns import EMPTY, Ints, Mask, of_date
from passerelle.indicators.intake import Intake
from passerelle.indicators.operations import Operation
from passerelle.indicators.parameters import Rules


class Regime(IntEnum):
    """Which part of the common indicators an operation reports."""

    FULL = 0
    """Annex I, all of point 1.1."""
    SHORT = 1
    """Annex I without labour situation and education: objective (l)."""
    ANNEX_2 = 2
    """Annex II: support to the most deprived under objective (l)."""


@dataclass(frozen=True)
class Regimes:
    """One place per operation."""

    operations: tuple[Operation, ...]
    regime: Ints
    start: Ints
    end: Ints
    supports_companies: Mask
    targets: dict[str, Mask]
    """Indicator → operations whose eligibility criterion it equals."""
    objective: Ints
    """Number of the specific objective, as the place of its letter; -1 where no file describes the operation."""

    def needed(self, rules: Rules) -> dict[Regime, tuple[str, ...]]:
        """The columns without which a record is incomplete."""
        return {
            Regime.FULL: rules.complete_record,
            Regime.SHORT: rules.complete_record_objective_l,
            Regime.ANNEX_2: rules.complete_record_annex_2,
        }


def regimes(intake: Intake, rules: Rules) -> Regimes:
    """The operations of the intake in the order of their numbers; the ones only to be reported come last."""
    names = intake.operation_names.texts.to_pylist()
    named = [*names, *(name for name in intake.must_report if name not in set(names))]
    operations = tuple(intake.operations.get(name, Operation(operation_id=name)) for name in named)
    indicators = {code for one in operations for code in one.target_indicators}
    return Regimes(
        operations=operations,
        regime=np.array([regime_of(one, rules) for one in operations], dtype=np.int64),
        start=np.array([EMPTY if one.start is None else of_date(one.start) for one in operations], dtype=np.int64),
        end=np.array([-EMPTY if one.end is None else of_date(one.end) for one in operations], dtype=np.int64),
        supports_companies=np.array([one.operation_id in rules.company_support_operations for one in operations], dtype=np.bool_),
        targets={code: np.array([code in one.target_indicators for one in operations], dtype=np.bool_) for code in sorted(indicators)},
        objective=np.array([ord(one.specific_objective) if one.is_described else -1 for one in operations], dtype=np.int64),
    )


def regime_of(operation: Operation, rules: Rules) -> Regime:
    """Which indicators one operation reports."""
    if operation.annex == "II":
        return Regime.ANNEX_2
    return Regime.SHORT if operation.specific_objective in rules.objectives_without_full_annex_1 else Regime.FULL
