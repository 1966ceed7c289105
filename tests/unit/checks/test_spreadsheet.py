"""Damage as rules: words, effects, and which values other rules leave alone."""

from __future__ import annotations

import pyarrow as pa
import pytest

from passerelle.checks.oddities import ODDITIES
from passerelle.checks.spreadsheet import KINDS, damage_rule, damage_violations, is_lost
from passerelle.contract.model import Column
from passerelle.errors import InvariantError
from passerelle.findings import Effect
from passerelle.readers.rows import Damage
from typed_contracts import WORKBOOK

TABLE = WORKBOOK.record_table
ROLE, NIR, BORN = (TABLE.column(name) for name in ("role", "nir", "born_on"))
DAMAGES = [damage for damage in Damage if damage is not Damage.NONE]


def violations(column: Column, codes: list[Damage]) -> dict[str, list[bool]]:
    values = pa.array(["1"] * len(codes))
    found = damage_violations(WORKBOOK, TABLE, column, pa.array(codes, pa.uint8()), values)
    return {rule.kind: mask.to_pylist() for rule, mask in found}


def test_each_damage_is_one_rule_with_its_rows() -> None:
    assert violations(ROLE, [Damage.NONE, Damage.ZERO, Damage.ERROR, Damage.ZERO]) == {
        "excel_zero": [False, True, False, True],
        "excel_error": [False, False, True, False],
    }
    assert violations(ROLE, [Damage.NONE] * 3) == {}
    assert not list(damage_violations(WORKBOOK, TABLE, ROLE, None, pa.array(["1"])))


def test_codes_that_are_not_one_per_value_are_a_bug() -> None:
    with pytest.raises(InvariantError, match="role"):
        list(damage_violations(WORKBOOK, TABLE, ROLE, pa.array([1], pa.uint8()), pa.array(["1", "2"])))


def test_only_an_exact_number_is_judged_by_other_rules() -> None:
    assert set(KINDS) == set(DAMAGES)
    lost = is_lost(pa.array(list(Damage), pa.uint8())).to_pylist()
    assert [damage for damage, is_gone in zip(Damage, lost, strict=True) if not is_gone] == [Damage.NONE, Damage.EXACT]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("column", [ROLE, NIR, BORN], ids=lambda column: column.name)
def test_each_rule_has_words_and_those_of_a_personal_column_quote_nothing(damage: Damage, column: Column) -> None:
    rule = damage_rule(TABLE, column, damage)
    assert rule.id == f"suivi.{column.name}.{KINDS[damage]}"
    assert rule.message.endswith(".")
    assert rule.expected
    assert rule.fix
    assert column.classification.may_be_shown or "{value}" not in rule.message


def test_a_damaged_value_does_what_the_column_says_and_an_exact_one_only_warns() -> None:
    strict = ROLE.model_copy(update={"on_failure": Effect.REFUSE, "hold_above": 0.2})
    rule = damage_rule(TABLE, strict, Damage.ZERO)
    assert (rule.effect, rule.hold_above) == (Effect.REFUSE, 0.2)
    exact = damage_rule(TABLE, NIR.model_copy(update={"hold_above": 0.2}), Damage.EXACT)
    assert (exact.effect, exact.hold_above) == (Effect.WARN, None)


def test_a_serial_number_and_a_date_out_of_place_have_their_own_words() -> None:
    assert "numéro d'un jour" in damage_rule(TABLE, BORN, Damage.DATE).message
    assert "une date ou une heure" in damage_rule(TABLE, ROLE, Damage.DATE).message


def test_words_about_lines_and_sheets_are_whole() -> None:
    for effect, message, expected, fix in ODDITIES.values():
        assert isinstance(effect, Effect)
        assert message.endswith(".")
        assert expected.endswith((".", "prévues"))
        assert fix.endswith(".")
        assert message.replace("{what}", "").count("{") == 0
