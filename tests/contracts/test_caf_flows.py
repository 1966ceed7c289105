"""The contracts of the CAF and MSA flows against the published structure of these flows: nothing forgotten, nothing kept by mistake."""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path

import pytest

from battery import judged, sample, told
from passerelle.contract.load import find
from passerelle.contract.model import Classification, Column, Contract

contract_of = cache(partial(find, Path(__file__).parents[2] / "contracts"))
FLOWS = Path(__file__).with_name("flows")
STRUCTURES = {
    "caf/rsa_beneficiaires_mensuel": Path(__file__).parents[1] / "unit" / "contract" / "vrsb0801_elements.txt",
    "caf/rsa_beneficiaires_quotidien": Path(__file__).parents[1] / "unit" / "contract" / "vrsb0801_elements.txt",
    "caf/rsa_instruction": FLOWS / "virs0901.txt",
    "caf/rsa_financier": FLOWS / "vrsf0501.txt",
    "caf/creances": FLOWS / "vrsc0201.txt",
}
CODED = set((FLOWS / "coded.txt").read_text(encoding="utf-8").split())
"""Elements whose codes and labels are published."""
NEVER = set((FLOWS / "never.txt").read_text(encoding="utf-8").split())
"""Bank details, residence permits, health, parents, resources, agents' names, free texts."""

_LIFT = re.compile(r"\[.*?\]")

feeds = pytest.mark.parametrize("feed", STRUCTURES)


def _base(contract: Contract, path: str, role: str) -> str:
    record = f"/{contract.layout.root}/{contract.layout.record}"
    return path if role in ("header", "footer") else record if path == "." else f"{record}/{path}"


def _stored(contract: Contract) -> dict[str, Column]:
    return {
        f"{_base(contract, table.path, table.role)}/{_LIFT.sub('', column.source)}": column
        for table in contract.tables
        for column in table.columns
    }


@feeds
def test_every_element_is_stored_or_left_out_for_a_reason_and_none_is_both(feed: str) -> None:
    contract = contract_of(feed)
    elements = STRUCTURES[feed].read_text(encoding="utf-8").split()
    stored, record = _stored(contract), f"/{contract.layout.root}/{contract.layout.record}"
    left_out = [f"{record}/{item.path}" for item in contract.layout.ignored]
    assert set(stored) <= set(elements)
    for element in elements:
        is_left_out = any(element == path or element.startswith(f"{path}/") for path in left_out)
        assert (element in stored) is not is_left_out, element
    for path in left_out:
        assert any(element == path or element.startswith(f"{path}/") for element in elements), path
    assert all(len(item.reason) > 15 for item in contract.layout.ignored)


@feeds
def test_elements_with_published_codes_have_them(feed: str) -> None:
    for path, column in _stored(contract_of(feed)).items():
        tag = path.rsplit("/", 1)[-1]
        assert (column.codes is not None) is (tag in CODED or tag == "NATFLUX" and feed != "caf/creances"), path
        assert (column.type == "boolean") is tag.startswith("TOP"), path


@feeds
def test_what_insertion_does_not_need_is_not_stored(feed: str) -> None:
    assert {path.rsplit("/", 1)[-1] for path in _stored(contract_of(feed))} & NEVER == set()


@feeds
def test_numbers_that_may_be_a_nir_are_secret_and_lives_are_not_shown(feed: str) -> None:
    for path, column in _stored(contract_of(feed)).items():
        tag = path.rsplit("/", 1)[-1]
        assert (column.classification is Classification.SECRET) is (tag in ("NIR", "MATRICULE")), path
        if "/DonneesSocioProfessionnelles/" in path or "/Parcours/DeterminationParcours/" in path:
            assert column.classification is Classification.SENSITIVE, path


def test_the_daily_flow_is_the_monthly_one_with_its_events() -> None:
    monthly, daily = contract_of("caf/rsa_beneficiaires_mensuel"), contract_of("caf/rsa_beneficiaires_quotidien")
    assert monthly.tells == daily.tells == "caf/rsa_beneficiaires"
    own = {table.name for table in daily.tables if table not in monthly.tables}
    assert own == {"flux", "evenement"}
    assert {table.name for table in daily.tables} - {table.name for table in monthly.tables} == {"evenement"}
    assert [column.name for column in daily.table("evenement").columns] == ["dtliq", "heuliq", "fg"]


def test_each_kind_of_movement_is_held_against_the_totals_announced() -> None:
    contract = contract_of("caf/rsa_financier")
    checked = {rule.other[0] for table in contract.tables for rule in table.rules if rule.kind == "total"}
    announced = {f"totalisation.{column.name}" for column in contract.table("totalisation").columns}
    assert len(announced) == 24
    assert checked == announced
    for table in contract.tables:
        families: dict[str, list[str]] = {}
        for rule in table.rules:
            if rule.kind == "total" and rule.when:
                families.setdefault(rule.other[0].split("_mttot")[0], []).extend(rule.when["natpfcre"])
        for block, kinds in families.items():
            assert len(kinds) == len(set(kinds)), (table.name, block)


def test_the_whole_advance_is_the_sum_of_every_kind_of_movement() -> None:
    contract = contract_of("caf/rsa_financier")
    named: dict[str, set[str]] = {}
    for table in contract.tables:
        for rule in table.rules:
            if rule.kind == "total":
                named.setdefault(rule.other[0], set()).add(table.name)
    movements = {table.name for table in contract.tables if any(column.name == "mtmoucompta" for column in table.columns)}
    assert len(movements) == 6
    assert named["totalisation.acompte_mttotrsa"] == movements
    assert named["totalisation.annulations_mttotrsa"] == {"annulation_faible_montant", "autre_annulation"}


def test_a_movement_changed_on_the_way_is_told_once_for_each_total_it_is_in() -> None:
    contract, (_, good) = contract_of("caf/rsa_financier"), sample("caf/rsa_financier")
    block = good.index(b"<DetailAutreAnnulation>")
    bad = good[:block] + re.sub(rb"(<MTMOUCOMPTA>)[^<]*", rb"\g<1>12345.67", good[block:], count=1)
    found = [finding for finding in told(judged(contract, bad)) if "total annoncé" in finding.message]
    assert sorted(finding.rule for finding in found) == [
        "allocation_comptabilisee.acompte_rsa",
        "allocation_comptabilisee.acompte_socle",
        "annulation_faible_montant.annulations_rsa",
        "annulation_faible_montant.annulations_socle",
    ]
    for finding in found:
        assert "Autre annulation" in finding.expected
