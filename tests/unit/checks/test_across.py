"""Rules over the whole file: keys that occur once, values that occur in another table, totals. The places are told, not only the fact."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checking import contract_of, inspected, told, xml, xml_contract, xml_inspected
from invented_contracts import column
from passerelle.checks import across
from passerelle.checks.fingerprints import fingerprints, hashes
from passerelle.checks.inspector import chunks, inspect
from passerelle.checks.repeats import Repeats
from passerelle.contract.model import Classification, RowRule, Table
from passerelle.findings import Effect, Verdict

# Fingerprints

TEXTS = st.text(max_size=40) | st.text(alphabet="0123456789", max_size=20)


@given(texts=st.lists(st.none() | TEXTS, max_size=30))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_texts_are_the_same_exactly_when_their_fingerprints_are(texts: list[str | None]) -> None:
    codes = fingerprints(pa.array(texts, pa.string())).tolist()
    for one, first in zip(texts, codes, strict=True):
        for other, second in zip(texts, codes, strict=True):
            assert (one == other) is (first == second)


def test_a_fingerprint_does_not_depend_on_the_neighbours() -> None:
    alone = [fingerprints(pa.array([text]))[0] for text in ("012", "12", "K-12", "é", "")]
    assert fingerprints(pa.array(["012", "12", "K-12", "é", ""])).tolist() == alone
    assert fingerprints(pa.array(["x", "012", "12", "K-12", "é", ""]).slice(1)).tolist() == alone


def test_two_seeds_make_two_hashes() -> None:
    keys = pa.array([f"K-{number}" for number in range(1_000)])
    assert len({*hashes(keys).tolist(), *hashes(keys, seed=1).tolist()}) == 2_000


# Keys


def key_places(*keys: str | None, size: int) -> list[int]:
    """Where a key occurs again, read in chunks of this size."""
    repeats = Repeats()
    parts = [pa.array(keys[at : at + size], pa.string()) for at in range(0, len(keys), size)]
    for part in parts:
        repeats.take(part)
    if not repeats.close():
        return []
    mask = [hit for part in parts for hit in repeats.again(part).tolist()]
    return [place for place, hit in enumerate(mask) if hit]


@given(
    keys=st.lists(st.none() | st.sampled_from(["1", "01", "001", "A", "B", "É", "A\x1fB", "9" * 30]), max_size=12), size=st.integers(1, 5)
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_occurrence_but_the_first_is_found(keys: list[str | None], size: int) -> None:
    expected = [place for place, key in enumerate(keys) if key is not None and key in keys[:place]]
    assert key_places(*keys, size=size) == expected


def test_two_keys_of_one_fingerprint_are_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collision of 64-bit hashes cannot be waited for: here every text of the same length has the same one."""
    monkeypatch.setattr(
        "passerelle.checks.repeats.fingerprints", lambda keys: fingerprints(pa.array([f"{len(key)}" for key in keys.to_pylist()]))
    )
    assert key_places("AA", "BB", "AA", "C", size=2) == [2]


@pytest.mark.parametrize(("first", "second"), [("00000001", "1"), ("K-1", "K-2")])
def test_a_key_of_several_columns_is_repeated_only_as_a_whole(first: str, second: str) -> None:
    contract = contract_of(Table(name="t", key=("a", "b"), columns=(column("a"), column("b"))))
    seen = inspected(contract, f"{first};x", f"{second};x", f"{first};y", f"{first};x", ";x", ";x", f"{first};x")
    assert [(finding.rule, finding.line) for finding in told(seen)] == [("t.key.unique", 5), ("t.key.unique", 8)]
    assert seen.set_aside.tolist() == [3, 6]


# Values that occur in another table


def presence(effect: Effect = Effect.SET_ASIDE) -> dict[str, Any]:
    message = "Le dossier précédent n'est pas dans le fichier."
    return {
        "rules": (RowRule(id="known", kind="present_in", columns=("former",), other=("dossier.number",), effect=effect, message=message),)
    }


def test_a_value_must_occur_in_the_other_table_wherever_it_stands() -> None:
    seen = xml_inspected(
        xml_contract(dossier=presence()),
        "<NUM>1</NUM><ANCIEN>3</ANCIEN>",
        "<NUM>2</NUM>",
        "<NUM>3</NUM><ANCIEN>1</ANCIEN>",
        "<NUM>4</NUM><ANCIEN>5</ANCIEN>",
        "<NUM>6</NUM><ANCIEN>06</ANCIEN>",
    )
    (first, second) = told(seen)
    assert (first.rule, first.line, first.record, first.column) == ("dossier.known", 6, "dossier n° 4", "ANCIEN")
    assert second.line == 7
    assert seen.set_aside.tolist() == [3, 4]


def test_several_values_must_occur_together() -> None:
    rule = RowRule(id="pair", kind="present_in", columns=("c", "d"), other=("t.a", "t.b"), message="Paire inconnue.", effect=Effect.WARN)
    contract = contract_of(Table(name="t", columns=tuple(column(name) for name in "abcd"), rules=(rule,)))
    seen = inspected(contract, "1;x;2;y", "2;y;1;y", "3;x;1;", "4;x;;", "5;x;1;x", "6;é;6;e")
    assert [finding.line for finding in told(seen)] == [3, 7]
    assert seen.counts.accepted == 6


def test_rows_without_value_ask_for_no_second_reading() -> None:
    collected = across.Across(xml_contract(dossier=presence()))
    for chunk in chunks(xml_contract(), io.BytesIO(xml("<NUM>1</NUM>", "<ANCIEN>1</ANCIEN>", "<NUM>2</NUM><ANCIEN></ANCIEN>"))):
        collected.take(chunk)
    collected.close({})
    assert not collected.wants_another_look


def test_values_that_come_again_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(across, "_MERGED_ABOVE", 10)
    distinct = across._Distinct()
    for _ in range(100):
        distinct.take(fingerprints(pa.array(["1", "2", "3"])))
        assert sum(map(len, distinct._parts)) < 30
    assert len(distinct.close()) == 3


# Totals


def total(**more: Any) -> dict[str, Any]:
    given = {"id": "sum", "kind": "total", "columns": ("amount",), "other": ("footer.total",), "message": "Le total est faux.", **more}
    return {"rules": (RowRule.model_validate(given),)}


def with_amounts(*amounts: str) -> tuple[str, ...]:
    return tuple(f"<NUM>{n}</NUM><P><B><KIND>RSA</KIND><MT>{amount}</MT></B></P>" for n, amount in enumerate(amounts))


def test_a_total_is_the_exact_sum_of_its_lines() -> None:
    contract = xml_contract(benefit=total())
    assert told(xml_inspected(contract, *with_amounts("0.10", "0.20", "-0.30", "1234567.89"), footer="<TOTAL>1234567.89</TOTAL>")) == []
    seen = xml_inspected(contract, *with_amounts("0.10", "0.20"), footer="<TOTAL>0.31</TOTAL>")
    (finding,) = told(seen)
    assert (finding.rule, finding.line, finding.record, finding.column) == ("benefit.sum", 5, None, "TOTAL")
    assert "0.30" in finding.expected
    assert "0.31" in finding.expected
    assert (seen.verdict, seen.reason) == (Verdict.REFUSED, "Le total est faux.")


def test_a_wrong_total_may_be_only_told() -> None:
    seen = xml_inspected(xml_contract(benefit=total(effect="warn")), *with_amounts("1.00"), footer="<TOTAL>2.00</TOTAL>")
    assert (seen.verdict, seen.counts.accepted) == (Verdict.ACCEPTED_WITH_FINDINGS, 1)


def test_the_amounts_of_a_personal_total_are_not_told() -> None:
    contract = xml_contract(benefit=total(effect="warn"), footer={"columns": (amount_column(Classification.SENSITIVE),)})
    (finding,) = told(xml_inspected(contract, *with_amounts("1.25"), footer="<TOTAL>2.75</TOTAL>"))
    assert "2.75" not in finding.model_dump_json()
    assert "1.25" not in finding.model_dump_json()
    assert finding.expected.startswith("Un total égal à la somme")


def amount_column(classification: Classification) -> Any:
    return column("total", "TOTAL", type="number", precision=9, scale=2, classification=classification)


def test_only_some_rows_are_added_up_and_some_are_subtracted() -> None:
    contract = xml_contract(benefit=total(when={"kind": ("RSA", "PA")}, minus={"role": ("IND", "ANN")}))
    rows = [("RSA", "", "100.00"), ("PA", "IND", "30.00"), ("AAH", "", "999.00"), ("AAH", "IND", "1.00"), ("RSA", "ANN", "0.50")]
    dossier = "".join(f"<P><B><KIND>{kind}</KIND><ROLE>{role}</ROLE><MT>{amount}</MT></B></P>" for kind, role, amount in rows)
    assert told(xml_inspected(contract, dossier, footer="<TOTAL>69.50</TOTAL>")) == []
    assert len(told(xml_inspected(contract, dossier, footer="<TOTAL>130.50</TOTAL>"))) == 1


@pytest.mark.parametrize(("amount", "announced"), [("abc", "1.00"), ("1.00", "abc"), ("1.00", "")])
def test_what_cannot_be_read_makes_no_second_finding(amount: str, announced: str) -> None:
    contract = xml_contract(benefit=total())
    seen = xml_inspected(contract, *with_amounts(amount), footer=f"<TOTAL>{announced}</TOTAL>")
    assert "benefit.sum" not in seen.totals()


def test_a_sum_may_have_more_digits_than_its_amounts() -> None:
    wide = {"columns": (column("total", "TOTAL", type="number", precision=30, scale=2),)}
    contract = xml_contract(benefit=total(), footer=wide)
    people = "".join("<P><B><MT>9999999.99</MT></B></P>" for _ in range(3_000))
    assert told(xml_inspected(contract, people, footer="<TOTAL>29999999970.00</TOTAL>")) == []
    assert inspect(contract, io.BytesIO(b"<R/>")).verdict is Verdict.REFUSED


def shared(**of_second: Any) -> Any:
    """A contract whose total is that of two columns of two tables."""
    fee = column("fee", "FRAIS", label="Frais", type="number", precision=7, scale=3)
    second = {"id": "fees", "kind": "total", "columns": ("fee",), "other": ("footer.total",), "message": "Le total est faux.", **of_second}
    person = {"columns": (column("name", "NOM"), fee), "rules": (RowRule.model_validate(second),)}
    return xml_contract(benefit=total(effect="warn"), person=person)


def test_rules_that_name_one_total_are_added_up_and_told_once() -> None:
    dossiers = ["<P><FRAIS>0.125</FRAIS><B><MT>10.00</MT></B></P>", "<P><FRAIS>0.375</FRAIS><B><MT>1.00</MT></B><B><MT>2.00</MT></B></P>"]
    contract = shared(effect="warn")
    assert told(xml_inspected(contract, *dossiers, footer="<TOTAL>13.50</TOTAL>")) == []
    (finding,) = told(xml_inspected(contract, *dossiers, footer="<TOTAL>13.00</TOTAL>"))
    assert (finding.rule, finding.column, finding.line) == ("person.fees", "TOTAL", 5)
    assert "« Frais » (person)" in finding.expected
    assert "(benefit)" in finding.expected
    assert "13.500 ; le fichier annonce 13.00" in finding.expected


def test_each_rule_of_a_total_keeps_its_own_rows() -> None:
    contract = shared(effect="warn", when={"name": ("A",)}, minus={"name": ("A",)})
    dossiers = [f"<P><NOM>{name}</NOM><FRAIS>1.000</FRAIS><B><MT>5.00</MT></B></P>" for name in "AB"]
    assert told(xml_inspected(contract, *dossiers, footer="<TOTAL>9.00</TOTAL>")) == []


@pytest.mark.parametrize("wrong", ["<FRAIS>abc</FRAIS><B><MT>1.00</MT></B>", "<FRAIS>1.000</FRAIS><B><MT>abc</MT></B>"])
def test_one_unreadable_amount_leaves_the_whole_total_unjudged(wrong: str) -> None:
    seen = xml_inspected(shared(effect="warn"), f"<P>{wrong}</P>", footer="<TOTAL>7.00</TOTAL>")
    assert "person.fees" not in seen.totals()
