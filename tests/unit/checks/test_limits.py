"""Above a limit of the contract a person decides: how much is wrong in all, and rule by rule."""

from __future__ import annotations

import pytest

from checking import contract_of, inspected, xml_contract, xml_inspected
from invented_contracts import codes, column
from passerelle.checks.limits import percent
from passerelle.contract.model import Contract, RowRule, Table
from passerelle.findings import Verdict

GOOD, BAD = "A;1", "X;1"


def contract(limit: float | None, **of_column: object) -> Contract:
    given = {"codes": codes("C", "A"), "label": "Catégorie", "hold_above": limit, "on_failure": "warn", **of_column}
    return contract_of(Table(name="t", columns=(column("code", **given), column("other"))))


@pytest.mark.parametrize(
    ("limit", "bad", "verdict"),
    [
        (0.25, 2, Verdict.ACCEPTED_WITH_FINDINGS),
        (0.25, 3, Verdict.HELD),
        (0.0, 0, Verdict.ACCEPTED),
        (0.0, 1, Verdict.HELD),
        (None, 8, Verdict.ACCEPTED_WITH_FINDINGS),
        (1.0, 8, Verdict.ACCEPTED_WITH_FINDINGS),
    ],
)
def test_a_share_above_the_limit_is_held(limit: float | None, bad: int, verdict: Verdict) -> None:
    seen = inspected(contract(limit), *[BAD] * bad, *[GOOD] * (8 - bad))
    assert seen.verdict is verdict
    assert bool(seen.limits) is (verdict is Verdict.HELD)


def test_the_reason_names_the_column_and_both_percentages() -> None:
    seen = inspected(contract(0.25), BAD, BAD, BAD, *[GOOD] * 5)
    assert seen.reason == (
        "« Catégorie » : 38 % des lignes à corriger, plus que le seuil convenu (25 %) ; "
        "rien n'est chargé avant qu'une personne du Département ait décidé."
    )
    assert [(limit.rule, limit.share, limit.limit) for limit in seen.limits] == [("t.code.code", 0.375, 0.25)]


def test_the_rules_of_one_column_count_together() -> None:
    seen = inspected(contract(0.5, required=True), BAD, ";1", *[GOOD] * 2)
    assert seen.verdict is Verdict.ACCEPTED_WITH_FINDINGS
    seen = inspected(contract(0.5, required=True), BAD, BAD, ";1", GOOD)
    assert seen.verdict is Verdict.HELD
    assert {limit.rule for limit in seen.limits} == {"t.code.code", "t.code.required"}
    assert "75 %" in seen.reason


def test_a_rule_between_columns_has_its_limit_and_is_named_by_its_sentence() -> None:
    rule = RowRule(id="same", kind="equal", columns=("a", "b"), message="Les deux numéros diffèrent.", effect="warn", hold_above=0.1)
    table = Table(name="t", columns=(column("a"), column("b")), rules=(rule,))
    seen = inspected(contract_of(table), "1;2", *["1;1"] * 9)
    assert seen.verdict is Verdict.ACCEPTED_WITH_FINDINGS
    seen = inspected(contract_of(table), "1;2", *["1;1"] * 8)
    assert (seen.verdict, seen.limits[0].rule) == (Verdict.HELD, "t.same")
    assert seen.reason.startswith("« Les deux numéros diffèrent » : 11 % des lignes")


def test_a_dossier_counts_once_however_many_of_its_rows_are_wrong() -> None:
    roles = (column("name", "NOM", codes=codes("N", "A"), on_failure="warn", hold_above=0.5), column("role", "B[KIND='RSA']/ROLE"))
    wrong = "<P><NOM>X</NOM></P>" * 5
    seen = xml_inspected(xml_contract(person={"columns": roles}), wrong, "<P><NOM>A</NOM></P>")
    assert seen.verdict is Verdict.ACCEPTED_WITH_FINDINGS
    seen = xml_inspected(xml_contract(person={"columns": roles}), wrong, wrong, "<P><NOM>A</NOM></P>")
    assert "67 % des dossiers" in seen.reason


def test_a_wrong_total_is_wrong_for_all_of_the_file() -> None:
    rule = {
        "id": "sum",
        "kind": "total",
        "columns": ("amount",),
        "other": ("footer.total",),
        "message": "Le total est faux.",
        "effect": "warn",
        "hold_above": 0.9,
    }
    held = xml_contract(benefit={"rules": (RowRule.model_validate(rule),)})
    seen = xml_inspected(held, "<NUM>1</NUM>", "<NUM>2</NUM>", footer="<TOTAL>3.00</TOTAL>")
    assert (seen.verdict, seen.limits[0].share) == (Verdict.HELD, 1.0)


def test_what_is_found_at_the_end_counts_as_well() -> None:
    rule = RowRule(id="known", kind="present_in", columns=("b",), other=("t.a",), message="Inconnu.", effect="warn", hold_above=0.2)
    table = Table(name="t", columns=(column("a"), column("b")), rules=(rule,))
    assert inspected(contract_of(table), "1;9", "2;1", "3;1", "4;", "5;").verdict is Verdict.ACCEPTED_WITH_FINDINGS
    assert inspected(contract_of(table), "1;9", "2;9", "3;1", "4;", "5;").verdict is Verdict.HELD


def test_the_limit_of_the_contract_comes_first() -> None:
    strict = contract(0.1, on_failure="set_aside").model_copy(update={"hold_above": 0.2})
    seen = inspected(strict, BAD, BAD, BAD, *[GOOD] * 5)
    assert seen.reason.startswith("38 % du fichier est à corriger, plus que le seuil convenu (20 %)")
    assert [limit.rule for limit in seen.limits] == ["", "t.code.code"]


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100 %"), (0.125, "12 %"), (0.02, "2 %"), (0.025, "2,5 %"), (0.004, "0,4 %"), (0.0004, "0,04 %"), (0.0, "0 %")],
)
def test_shares_are_read_as_percentages(share: float, text: str) -> None:
    assert percent(share) == text
