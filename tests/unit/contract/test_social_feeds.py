"""What the contracts of CCAS, FSE+ and reference lists promise about people: nothing more than is needed, in the engine's words."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import cache, partial
from pathlib import Path

import pytest

from passerelle.checks.inspector import inspect
from passerelle.contract.load import feed_ids, find
from passerelle.contract.model import Classification, Column, IdentityRole
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.findings import Verdict
from passerelle.indicators.participation import Labour, Sex, Status

ROOT = Path(__file__).parents[3] / "contracts"
FSE = tuple(feed for feed in feed_ids(ROOT) if feed.startswith("fse/"))
LISTS = tuple(feed for feed in feed_ids(ROOT) if feed.startswith("referentiels/"))
ANSWERS = {"yes", "no", "refused", "not_collected"}
WORDS = {
    "statut_fiche": set(Status),
    "sexe": set(Sex),
    "situation_emploi": set(Labour),
    "niveau_diplome": set("012345678"),
    "en_formation": {"true", "false"},
    "handicap": ANSWERS,
    "origine_etrangere": ANSWERS,
    "minorite": ANSWERS,
    "exclusion_logement": ANSWERS,
    "nationalite": {"french", "eu", "third_country", "stateless", "not_collected"},
    "evenement": {"employed", "self_employed", "job_searching", "inactive", "in_education", "qualification"},
    "annule": {"true", "false"},
}
"""The closed lists of ``passerelle esf indicators``, by the partner's column."""
contract_of = cache(partial(find, ROOT))


def columns(feed: str) -> tuple[Column, ...]:
    return contract_of(feed).record_table.columns


def words(column: Column) -> set[str]:
    assert column.codes is not None
    return {entry.canonical or code for code, entry in column.codes.codes.items()}


@pytest.mark.parametrize("feed", FSE)
def test_every_answer_becomes_a_word_of_the_indicators(feed: str) -> None:
    for column in columns(feed):
        if column.name in WORDS:
            assert words(column) == WORDS[column.name], column.name


def test_every_answer_the_indicators_know_is_asked_for() -> None:
    assert set(WORDS) <= {column.name for feed in FSE for column in columns(feed)}


@pytest.mark.parametrize("feed", FSE)
def test_no_participant_is_known_by_a_social_security_or_benefit_number(feed: str) -> None:
    forbidden = {IdentityRole.NIR, IdentityRole.ALLOCATAIRE_NUMBER, IdentityRole.DOSSIER_NUMBER}
    assert not [column.name for column in columns(feed) if column.nir or column.identity in forbidden]


def test_what_a_participant_answers_is_sensitive() -> None:
    asked = set(WORDS) - {"statut_fiche", "sexe", "annule"} | {"mois_chomage", "motif_sortie"}
    open_ = {column.name for feed in FSE for column in columns(feed) if column.classification is not Classification.SENSITIVE}
    assert asked & open_ == set()


def test_only_entries_that_count_become_participations_and_the_others_are_kept_apart() -> None:
    counting, pending = contract_of("fse/participants_entrees").record_table.publish
    status = contract_of("fse/participants_entrees").record_table.column("statut_fiche").codes
    assert status is not None
    words = {one.to: {status.codes[code].canonical for code in one.when["statut_fiche"]} for one in (counting, pending)}
    assert words == {
        "participation": {Status.SUBMITTED, Status.CORRECTED},
        "participation_pending": {Status.DRAFT, Status.WITHDRAWN},
    }


def test_a_domiciliation_is_no_address_and_what_it_says_is_sensitive() -> None:
    table = contract_of("ccas/domiciliation").record_table
    assert table.about_people
    assert table.publish == ()
    assert table.role_of(IdentityRole.POSTCODE) is None
    assert table.role_of(IdentityRole.COMMUNE_CODE) is None
    said = {column.name for column in table.columns if column.identity is None and column.name not in ("siret_organisme", "organisme")}
    assert {name for name in said if table.column(name).classification is Classification.SENSITIVE} == said - {"numero_attestation"}


@pytest.mark.parametrize("feed", LISTS)
def test_a_reference_list_is_about_nobody(feed: str) -> None:
    table = contract_of(feed).record_table
    assert not table.about_people
    assert not [column.name for column in table.columns if column.identity is not None]


def test_the_spreadsheet_of_a_ccas_is_its_csv_file_in_another_format() -> None:
    sheet, delimited = contract_of("ccas/accompagnement_tableur"), contract_of("ccas/accompagnement")
    assert sheet.tables == delimited.tables
    assert sheet.tells == delimited.tells
    assert (sheet.layout.format, delimited.layout.format) == ("xlsx", "delimited")


@pytest.mark.parametrize(("missing", "verdict"), [(12, Verdict.ACCEPTED_WITH_FINDINGS), (20, Verdict.HELD)])
@pytest.mark.parametrize("column", ["situation_emploi", "en_formation", "niveau_diplome"])
def test_above_a_third_of_incomplete_records_a_person_decides(column: str, missing: int, verdict: Verdict, tmp_path: Path) -> None:
    contract = contract_of("fse/participants_entrees")
    made = write_sample(contract, tmp_path, request=SampleRequest(rows=40, seed=1, as_of=date(2026, 11, 20)))
    with made.path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, delimiter=";"))
    counted = [line for line in lines if line["statut_fiche"] in ("validee", "corrigee")]
    for line in counted[:missing]:
        line.update({column: "", "mois_chomage": ""})
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, lines[0], delimiter=";")
    writer.writeheader()
    writer.writerows(lines)

    seen = inspect(contract, io.BytesIO(text.getvalue().encode()))

    assert seen.verdict is verdict
    assert (seen.counts.accepted, seen.counts.set_aside) == (40, 0)
