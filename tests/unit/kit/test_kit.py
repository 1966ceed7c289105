"""The partner's kit: what is in it is true, complete, and can be opened anywhere."""

from __future__ import annotations

import ast
import csv
import io
import re
from datetime import date
from pathlib import Path

import pytest

from battery import FEEDS, contract_of, judged
from passerelle.contract.model import Contract
from passerelle.findings import Effect, Verdict
from passerelle.kit.blank import has_blank
from passerelle.kit.build import render, write_kit
from passerelle.kit.file_rules import FILE_RULES
from passerelle.kit.rules import rules_of

PROGRAM = Path(__file__).resolve().parents[3] / "plugins" / "passerelle"
DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def kits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, ...]]:
    folder = tmp_path_factory.mktemp("kits")
    return {feed: write_kit(contract_of(feed), folder / feed, DAY) for feed in FEEDS}


@pytest.fixture(params=FEEDS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return contract_of(request.param)


def test_the_page_needs_nothing_from_outside_and_runs_nothing(contract: Contract, kits: dict[str, tuple[Path, ...]]) -> None:
    text = kits[contract.id][0].read_text(encoding="utf-8")
    assert '<html lang="fr">' in text
    assert not re.findall(r"<script|<link|<img|@import|url\(|https?://", text)
    assert text.count("<h1>") == 1


def test_the_page_leads_to_every_file_of_the_kit(contract: Contract, kits: dict[str, tuple[Path, ...]]) -> None:
    page, *files = kits[contract.id]
    text = page.read_text(encoding="utf-8")
    assert {path.relative_to(page.parent).as_posix() for path in files} == set(re.findall(r'href="([^#"]+)"', text))
    anchors = set(re.findall(r'href="#([^"]+)"', text))
    assert anchors <= set(re.findall(r'id="([^"]+)"', text))


def test_the_example_is_a_file_the_gateway_accepts(contract: Contract, kits: dict[str, tuple[Path, ...]]) -> None:
    example = next(path for path in kits[contract.id] if path.parent.name == "exemple")
    bare = contract.model_copy(update={"layout": contract.layout.model_copy(update={"envelope": ()})})
    assert judged(bare, example.read_bytes()).verdict is Verdict.ACCEPTED


def test_the_empty_file_has_the_header_and_no_value(contract: Contract, kits: dict[str, tuple[Path, ...]]) -> None:
    if not has_blank(contract):
        assert not [path for path in kits[contract.id] if path.parent.name == "modele"]
        return
    empty = next(path for path in kits[contract.id] if path.parent.name == "modele")
    seen = judged(contract, empty.read_bytes())
    rows = {"delimited": 0, "xlsx": 0, "jsonlines": 1, "xml": 1}[contract.layout.format]
    assert seen.counts.received == rows, seen.reason
    assert not {rule.id for rule, _, _ in seen.findings()} & {"file.header", "file.delimiter", "file.xml", "file.root", "file.format"}


def test_every_rule_has_a_code_of_its_own_and_words_for_the_partner(contract: Contract) -> None:
    rules = rules_of(contract)
    temporary = [rule.id for rule in rules if rule.id.endswith((".nir_temporary", ".nir_spreadsheet"))]
    assert len({rule.id for rule in rules}) == len(rules), temporary
    assert all(rule.message and (rule.fix or rule.expected or rule.effect is Effect.WARN) for rule in rules)


def test_the_list_of_rules_is_the_one_on_the_page(contract: Contract, kits: dict[str, tuple[Path, ...]]) -> None:
    page = kits[contract.id][0].read_text(encoding="utf-8")
    path = next(path for path in kits[contract.id] if path.name == "regles.csv")
    listed = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))[1:]
    assert [row[0] for row in listed] == [rule.id for rule in rules_of(contract)]
    assert all(f"<code>{row[0]}</code>" in page for row in listed)
    assert "{value}" not in page


def test_the_same_contract_gives_the_same_kit(tmp_path: Path, kits: dict[str, tuple[Path, ...]]) -> None:
    for feed in ("ccas/accompagnement", "caf/rsa_beneficiaires_mensuel"):
        again = write_kit(contract_of(feed), tmp_path / feed, DAY)
        assert [path.read_bytes() for path in again] == [path.read_bytes() for path in kits[feed]]


def test_words_of_a_contract_cannot_break_the_page() -> None:
    contract = contract_of("ccas/accompagnement").model_copy(update={"name": "<script>x</script>", "purpose": "<b>gras</b>"})
    text = render(contract, rules_of(contract), {})
    assert "<script>" not in text
    assert "<b>gras</b>" not in text


def test_every_reason_to_refuse_a_file_is_in_the_list() -> None:
    known = {rule.id for rule in FILE_RULES}
    said: set[str] = set()
    for path in [*(PROGRAM / "readers").glob("*.py"), *(PROGRAM / "checks").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"file\.[a-z_]+", node.value):
                said.add(node.value)
    assert said
    assert said <= known
