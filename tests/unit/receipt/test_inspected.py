import io

import pytest

from passerelle.checks.inspect import Inspection, inspect
from passerelle.contract.model import Calendar, Classification, Column, Contract, Layout, Table
from passerelle.findings import Effect, Verdict
from passerelle.receipt import inspected
from passerelle.receipt.model import MOST_LINES

CONTRACT = Contract(
    id="essai/suivi",
    version="1.0.0",
    name="Suivi",
    source="essai",
    layout=Layout(format="delimited", encoding="utf-8", name_pattern=".*", name_template="suivi.csv"),
    tables=(
        Table(
            name="suivi",
            columns=(
                Column(name="nom", source="NOM", label="Nom", classification=Classification.PERSONAL, required=True),
                Column(
                    name="debut",
                    source="DEBUT",
                    label="Date de début",
                    type="date",
                    format="yyyy-MM-dd",
                    classification=Classification.INTERNAL,
                ),
            ),
        ),
    ),
    calendar=Calendar(frequency="daily"),
    retention_months=24,
    hold_above=1.0,
)


@pytest.fixture
def judged() -> Inspection:
    lines = ["NOM;DEBUT", *("Dupont;2026-02-30" for _ in range(300)), "Martin;2026-01-01", ";2026-01-01"]
    return inspect(CONTRACT, io.BytesIO("\n".join(lines).encode() + b"\n"))


def test_every_finding_is_counted_though_only_the_first_are_kept(judged: Inspection) -> None:
    given = inspected.checked(judged)
    assert given.verdict is Verdict.ACCEPTED_WITH_FINDINGS
    assert given.totals == {"suivi.debut.date": 300, "suivi.nom.required": 1}
    assert MOST_LINES <= sum(finding.rule == "suivi.debut.date" for finding in given.findings) < 300


def test_the_first_findings_of_the_file_are_the_ones_kept(judged: Inspection) -> None:
    kept = [finding for finding in inspected.checked(judged).findings if finding.rule == "suivi.debut.date"]
    assert [finding.line for finding in kept[:3]] == [2, 3, 4]
    assert kept == [finding for _, finding, _ in judged.findings() if finding.rule == "suivi.debut.date"][: len(kept)]
    assert kept[0].effect is Effect.SET_ASIDE


def test_columns_get_their_french_name(judged: Inspection) -> None:
    assert inspected.checked(judged).labels == {"suivi.NOM": "Nom", "suivi.DEBUT": "Date de début"}
