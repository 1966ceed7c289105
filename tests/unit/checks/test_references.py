"""Values that must stand in a list another feed delivers: what is not in it is told, and loaded all the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from checking import contract_of, inspected, told
from invented_contracts import column
from passerelle.checks.references import Reference
from passerelle.contract.model import Classification, Contract, Table
from passerelle.derive.column_words import kind
from passerelle.findings import Effect, Verdict
from passerelle.kit.rules import rules_of

LIST = "lists/places.code"


def places(*codes: str) -> dict[str, Reference]:
    return {LIST: Reference("Liste des lieux", pa.array(codes, pa.string()), date(2026, 11, 20))}


def contract_with(**more: Any) -> Contract:
    referring = column("place", "LIEU", label="Lieu", refers_to=LIST, **more)
    return contract_of(Table(name="t", columns=(column("n"), referring)))


def test_a_value_that_the_list_does_not_hold_is_told_and_loaded() -> None:
    seen = inspected(contract_with(), "1;A", "2;B", "3;", "4;a", references=places("A", "C"))
    first, second = told(seen)
    assert (first.rule, first.line, first.column, first.effect) == ("t.place.reference", 3, "LIEU", Effect.WARN)
    assert first.message == "Lieu : la valeur « B » ne figure pas dans la liste « Liste des lieux »."
    assert first.expected == "Une valeur de la liste « Liste des lieux », dans son état du 20/11/2026."
    assert "prévenez le Département" in first.fix
    assert second.line == 5, "texts are compared letter by letter"
    assert (seen.verdict, seen.counts.accepted, seen.unverified) == (Verdict.ACCEPTED_WITH_FINDINGS, 4, ())


@pytest.mark.parametrize("effect", list(Effect))
def test_it_is_a_warning_whatever_a_wrong_value_does_else(effect: Effect) -> None:
    seen = inspected(contract_with(on_failure=effect), "1;B", references=places("A"))
    assert [finding.effect for finding in told(seen)] == [Effect.WARN]
    assert seen.counts.accepted == 1


@pytest.mark.parametrize("kept", [Classification.PERSONAL, Classification.SENSITIVE])
def test_a_personal_value_is_not_repeated(kept: Classification) -> None:
    (finding,) = told(inspected(contract_with(classification=kept), "1;SECRETVILLE", references=places("A")))
    assert "SECRETVILLE" not in finding.model_dump_json()
    assert finding.message == "Lieu : la valeur reçue ne figure pas dans la liste « Liste des lieux »."


@pytest.mark.parametrize(
    ("rules", "value", "broken"),
    [
        ({"pattern": "[A-Z]{3}"}, "ab", "pattern"),
        ({"max_length": 3}, "ABCD", "length"),
        ({"checksum": "luhn"}, "26540123400018", "checksum"),
        ({"required": True}, "", "required"),
    ],
)
def test_what_is_no_code_at_all_is_not_looked_up(rules: dict[str, Any], value: str, broken: str) -> None:
    seen = inspected(contract_with(**rules), f"1;{value}", references=places("A"))
    assert seen.totals() == {f"t.place.{broken}": 1}


def test_without_the_list_nothing_is_judged_and_that_is_said() -> None:
    for references in (None, {}, {"lists/others.code": places("A")[LIST]}):
        seen = inspected(contract_with(), "1;B", references=references)
        assert (seen.verdict, seen.total, seen.unverified) == (Verdict.ACCEPTED, 0, ("Lieu",))


def test_a_refused_file_says_it_too() -> None:
    seen = inspected(contract_with(required=True, on_failure=Effect.REFUSE), "1;")
    assert (seen.verdict, seen.unverified) == (Verdict.REFUSED, ("Lieu",))


def test_in_a_list_that_holds_nothing_there_is_nothing() -> None:
    assert inspected(contract_with(), "1;B", "2;", references=places()).totals() == {"t.place.reference": 1}


def test_many_unknown_values_make_a_person_decide_where_the_contract_says_so() -> None:
    contract = contract_with(hold_above=0.4)
    lines = ("1;A", "2;A", "3;B")
    assert inspected(contract, *lines, references=places("A")).verdict is Verdict.ACCEPTED_WITH_FINDINGS
    assert inspected(contract, *lines, references=places("B")).verdict is Verdict.HELD


def test_the_partners_documents_name_the_list_and_the_rule() -> None:
    contract = contract_with(pattern="[A-Z]")
    (rule,) = [rule for rule in rules_of(contract) if rule.kind == "reference"]
    assert (rule.id, rule.effect) == ("t.place.reference", Effect.WARN)
    assert rule.expected == "Une valeur de la liste « lists/places »."
    (given,) = [column for column in contract.record_table.columns if column.refers_to]
    assert kind(given).endswith("présent dans la liste `lists/places` (colonne `code`), à défaut chargé et signalé")
