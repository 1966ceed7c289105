"""The page a partner reads: everything the contract asks of the file, and nothing that breaks the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.contract.load import find
from passerelle.contract.model import Contract
from passerelle.derive.markdown import grid
from passerelle.derive.page import page

CONTRACTS = Path(__file__).parents[3] / "contracts"


@pytest.fixture(scope="module")
def ccas() -> Contract:
    return find(CONTRACTS, "ccas/accompagnement")


@pytest.fixture(scope="module")
def caf() -> Contract:
    return find(CONTRACTS, "caf/rsa_beneficiaires_mensuel")


def row(text: str, name: str) -> list[str]:
    line = next(line for line in text.splitlines() if f"| `{name}` |" in line)
    return [cell.strip() for cell in line.split(" | ")]


@pytest.mark.parametrize("feed", ["ccas/accompagnement", "caf/rsa_beneficiaires_mensuel", "france_travail/inscriptions"])
def test_every_column_code_rule_and_ignored_element_is_on_the_page(feed: str) -> None:
    contract = find(CONTRACTS, feed)
    text = page(contract)
    for table in contract.tables:
        for column in table.columns:
            assert column.is_lifted or f"| `{column.source}` |" in text, column.source
            for code, entry in column.codes.codes.items() if column.codes else ():
                assert f"| `{code}` | {entry.label} |" in text
        assert all(rule.message in text for rule in table.rules)
    assert all(item.reason in text for item in contract.layout.ignored)


def test_a_column_says_its_type_whether_it_is_required_what_happens_and_what_to_do(ccas: Contract) -> None:
    label, _, kind, required, effect, notes, protection = row(page(ccas), "date_naissance")
    assert (label, kind, required, effect) == ("| Date de naissance", "date JJ/MM/AAAA, à partir du 01/01/1900", "**oui**", "mise à part")
    assert "par exemple 05/03/1984" in notes
    assert protection == "personnelle |"


def test_a_column_of_an_optional_block_is_required_only_with_it(caf: Contract) -> None:
    where = "PrestationRSA/SituationDossierRSA/Refus"
    assert row(page(caf), f"{where}/DTREFURSA")[3] == f"si `{where}` est présent"


def test_the_page_says_when_too_much_is_wrong_and_how_long_rows_are_kept(ccas: Contract) -> None:
    text = page(ccas.model_copy(update={"hold_above": 0.025, "retention_months": 7}))
    assert "Si plus de 2,5 % du fichier est à mettre à part" in text
    assert "| Conservation | 7 mois |" in text


def test_the_page_says_how_to_drop_a_file_that_is_renamed_and_one_that_is_not(ccas: Contract) -> None:
    assert "ne change plus pendant 5 secondes" in page(ccas)
    renamed = ccas.layout.model_copy(update={"settle_seconds": 0})
    assert "est pris aussitôt" in page(ccas.model_copy(update={"layout": renamed}))


def test_a_cell_cannot_end_its_row_or_its_table() -> None:
    lines = list(grid(("a", "b"), [("x|y", "one\n\ntwo")]))
    assert lines == ["| a | b |", "|---|---|", "| x\\|y | one two |"]
