"""Contracts that load, and what becomes of them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from passerelle.contract.load import feed_ids, find, load, load_all
from passerelle.contract.model import Classification, Contract, IdentityRole
from passerelle.errors import ContractError
from passerelle.findings import Effect

CAF = "caf/rsa_beneficiaires_mensuel"
CCAS = "ccas/accompagnement"
FRANCE_TRAVAIL = "france_travail/inscriptions"
SNAKE = re.compile(r"[a-z][a-z0-9_]*")
ELEMENTS = Path(__file__).with_name("vrsb0801_elements.txt")
"""Every field of the CNAF structure VRSB0801."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, Contract]:
    contracts, errors = load_all(Path(__file__).parents[3] / "contracts")
    assert errors == ()
    return {contract.id: contract for contract in contracts}


def test_the_ids_come_from_the_file_names_in_order(root: Path) -> None:
    (root / "ccas" / "accompagnement.odcs.yaml").write_text("not: [yaml", encoding="utf-8")
    found = feed_ids(root)
    assert found == tuple(sorted(found))
    assert {CAF, CCAS, FRANCE_TRAVAIL} <= set(found)


def test_all_contracts_of_the_product_load(loaded: dict[str, Contract]) -> None:
    assert tuple(sorted(loaded)) == feed_ids(Path(__file__).parents[3] / "contracts")


def test_a_broken_contract_stops_no_other_feed(root: Path) -> None:
    broken = root / "france_travail" / "inscriptions.odcs.yaml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("required: true", "requred: true", 1), encoding="utf-8")
    contracts, errors = load_all(root)
    assert [contract.id for contract in contracts] == [feed for feed in feed_ids(root) if feed != FRANCE_TRAVAIL]
    assert [error.path for error in errors] == [broken]


def test_a_contract_that_shares_the_tables_of_a_broken_one_cannot_be_used_either(root: Path) -> None:
    broken = root / "france_travail" / "cessations.odcs.yaml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("required: true", "requred: true", 1), encoding="utf-8")
    _, errors = load_all(root)
    assert [error.path for error in errors] == [broken, root / "france_travail" / "radiations.odcs.yaml"]


def test_one_broken_code_list_file_is_said_once(root: Path) -> None:
    (root / "codes" / "ccas.yaml").write_text("lists: {}", encoding="utf-8")
    contracts, errors = load_all(root)
    assert contracts == ()
    assert [error.path.name for error in errors] == ["ccas.yaml"]


def test_a_feed_is_found_by_its_id(root: Path) -> None:
    assert find(root, FRANCE_TRAVAIL).name == "Inscriptions des bénéficiaires du RSA à France Travail"


def test_an_unknown_feed_is_answered_with_the_nearest_one(root: Path) -> None:
    with pytest.raises(ContractError, match="did you mean 'ccas/accompagnement'"):
        find(root, "ccas/acompagnement")


def test_the_hash_changes_with_the_file_and_with_the_code_lists_it_uses(root: Path) -> None:
    path = root / "france_travail" / "inscriptions.odcs.yaml"
    before = load(path, root).sha256
    other = root / "codes" / "ccas.yaml"
    other.write_text(other.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    assert load(path, root).sha256 == before
    used = root / "codes" / "france_travail.yaml"
    used.write_text(used.read_text(encoding="utf-8") + "# a remark\n", encoding="utf-8")
    assert load(path, root).sha256 != before
    content = path.read_bytes() + used.read_bytes()
    assert load(path, root).sha256 == hashlib.sha256(content).hexdigest()


def test_an_inline_code_list_is_a_code_list(root: Path) -> None:
    path = root / "france_travail" / "inscriptions.odcs.yaml"
    listed = "          - { vendor: passerelle, property: codes, value: CATEGORIE_INSCRIPTION }\n"
    inline = (
        '        enum: [{ value: "A", label: "Un" }, '
        '{ value: "B", label: "Deux", customProperties: [{ vendor: passerelle, property: canonical, value: b }] }]\n'
    )
    text = path.read_text(encoding="utf-8").replace(listed, "").replace("weights: { A: 40", "weights: { A: 40 } } }\n#")
    text = text.replace('        description: "Lettre A', inline + '        description: "Lettre A')
    path.write_text(text, encoding="utf-8")
    codes = load(path, root).record_table.column("categorie").codes
    assert codes is not None
    assert [(code, entry.label, entry.canonical) for code, entry in codes.codes.items()] == [("A", "Un", None), ("B", "Deux", "b")]


def test_what_the_file_says_is_in_the_model(loaded: dict[str, Contract]) -> None:
    contract = loaded[CCAS]
    assert (contract.calendar.frequency, contract.calendar.receipt_minutes, contract.retention_months) == ("weekly", 60, 24)
    assert (contract.layout.format, contract.layout.encoding, contract.layout.settle_seconds) == ("delimited", "utf-8", 5)
    assert contract.record_table.key == ("numero_suivi",)
    end = contract.record_table.column("contrat_fin")
    assert end.format == "dd/MM/yyyy"
    assert end.sample.after == "contrat_debut"
    assert end.sample.only_if == {"contrat_debut": ("*",)}
    rule = next(rule for rule in contract.record_table.rules if rule.id == "mois_chomage_manque")
    assert (rule.kind, rule.values, rule.effect) == ("required_if", ("chomage",), Effect.SET_ASIDE)


def test_an_xml_contract_has_its_tree_of_tables(loaded: dict[str, Contract]) -> None:
    contract = loaded[CAF]
    assert contract.record_table.name == "dossier"
    assert contract.table("prestation").parent == "personne"
    assert (contract.table("prestation").min_rows, contract.table("prestation").max_rows) == (2, 2)
    assert contract.table("personne").column("role_rsa").source == "Prestations[NATPREST='RSA']/ROLEPERS"
    assert contract.layout.count is not None
    assert (contract.layout.count.column, contract.layout.count.minus) == ("nbtotdosrsatransm", "nbtotdosrsatransmano")


def test_every_element_of_the_caf_structure_is_stored_or_left_out_for_a_reason(loaded: dict[str, Contract]) -> None:
    contract = loaded[CAF]
    stored = set()
    for table in contract.tables:
        base = {"header": table.path, "footer": table.path, "record": "/Racine/InfosFoyerRSA"}.get(
            table.role, f"/Racine/InfosFoyerRSA/{table.path}"
        )
        stored |= {base + "/" + re.sub(r"\[.*?\]", "", column.source) for column in table.columns}
    left_out = tuple(f"/Racine/InfosFoyerRSA/{item.path}" for item in contract.layout.ignored)
    elements = ELEMENTS.read_text(encoding="utf-8").split()
    assert stored <= set(elements)
    for element in elements:
        is_left_out = any(element == path or element.startswith(f"{path}/") for path in left_out)
        assert (element in stored) is not is_left_out, element


@pytest.mark.parametrize("feed", [CAF, CCAS, FRANCE_TRAVAIL])
def test_what_partners_read_is_filled_in(loaded: dict[str, Contract], feed: str) -> None:
    contract = loaded[feed]
    assert all((contract.name, contract.purpose, contract.legal_basis, contract.contact))
    for table in contract.tables:
        assert SNAKE.fullmatch(table.name)
        assert table.label
        for column in table.columns:
            assert SNAKE.fullmatch(column.name)
            assert column.label


@pytest.mark.parametrize("feed", [CAF, CCAS, FRANCE_TRAVAIL])
def test_whatever_may_be_a_nir_is_secret(loaded: dict[str, Contract], feed: str) -> None:
    columns = [column for table in loaded[feed].tables for column in table.columns]
    suspects = [column for column in columns if column.nir or "nir" in column.name.split("_") or column.name in ("nir2", "matricule")]
    assert suspects
    assert {column.classification for column in suspects} == {Classification.SECRET}


@pytest.mark.parametrize("feed", [CAF, CCAS, FRANCE_TRAVAIL])
def test_whatever_says_who_a_person_is_may_not_be_shown(loaded: dict[str, Contract], feed: str) -> None:
    harmless = {IdentityRole.ROLE, IdentityRole.NIR_CERTIFIED}
    for table in loaded[feed].tables:
        shown = [column.name for column in table.columns if column.identity not in {None, *harmless} and column.classification.may_be_shown]
        assert shown == []


@pytest.mark.parametrize("feed", [CAF, CCAS, FRANCE_TRAVAIL])
def test_people_can_be_recognised_in_every_feed(loaded: dict[str, Contract], feed: str) -> None:
    table = next(table for table in loaded[feed].tables if table.about_people)
    roles = Counter(column.identity for column in table.columns)
    assert {IdentityRole.NIR, IdentityRole.BIRTH_NAME, IdentityRole.GIVEN_NAME, IdentityRole.BIRTH_DATE} <= set(roles)
    assert table.publish


def test_codes_copied_from_the_caf_hold_no_broken_accents(loaded: dict[str, Contract]) -> None:
    for table in loaded[CAF].tables:
        for column in table.columns:
            for code, entry in (column.codes.codes if column.codes else {}).items():
                assert code == code.strip()
                assert not set("‚Ã�") & set(entry.label), entry.label


def test_states_that_only_exist_in_another_software_are_unknown_codes(loaded: dict[str, Contract]) -> None:
    state = loaded[CAF].record_table.column("etatdosrsa")
    assert state.codes is not None
    assert set(state.codes.codes) == set("0123456")
    assert state.on_failure is Effect.SET_ASIDE


@pytest.mark.parametrize("feed", [CAF, CCAS, FRANCE_TRAVAIL])
def test_keys_of_published_facts_name_nobody(loaded: dict[str, Contract], feed: str) -> None:
    contract = loaded[feed]
    naming = {IdentityRole.BIRTH_NAME, IdentityRole.USAGE_NAME, IdentityRole.GIVEN_NAME, IdentityRole.BIRTH_DATE, IdentityRole.NIR}
    for table in contract.tables:
        for publication in table.publish:
            for reference in publication.key:
                source, _, name = reference.rpartition(".")
                column = (contract.table(source) if source else table).column(name)
                assert column.identity not in naming
                assert not column.protected
