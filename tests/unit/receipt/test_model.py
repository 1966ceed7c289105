import json
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from passerelle.cli.reference.models import receipt_schema
from passerelle.errors import InvariantError
from passerelle.findings import Effect, Finding, LineCounts, Verdict
from passerelle.receipt import build
from passerelle.receipt.model import (
    MOST_FILES,
    ChangeCounts,
    CorrectionFile,
    DeliveryFacts,
    Example,
    Kind,
    OpenFile,
    OpenFindings,
    Receipt,
    Threshold,
    file_names,
)
from passerelle.receipt.page import render
from passerelle.receipt.workbook import render_workbook

NOW = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)


def facts(file_name: str = "CCAS_20261121_0000042.csv", received_at: datetime = NOW) -> DeliveryFacts:
    return DeliveryFacts(delivery_id=7, file_name=file_name, sha256="0" * 64, bytes=12, received_at=received_at)


def test_a_receipt_comes_back_from_its_json() -> None:
    receipt = build.conformity(facts(), NOW, build.Checked(verdict=Verdict.ACCEPTED, counts=LineCounts(received=2, accepted=2)))
    assert Receipt.from_json(receipt.to_json()) == receipt


def test_the_json_is_the_same_for_the_same_receipt_whatever_the_time_zone() -> None:
    paris = NOW.astimezone(timezone(timedelta(hours=1)))
    assert build.acknowledge(facts(received_at=paris), paris).to_json() == build.acknowledge(facts(), NOW).to_json()


def test_the_json_has_sorted_keys_and_ends_with_a_line_break() -> None:
    text = build.acknowledge(facts(), NOW).to_json()
    assert text.endswith("}\n")
    keys = list(json.loads(text))
    assert keys == sorted(keys)


def test_the_published_schema_accepts_what_is_written() -> None:
    schema = Receipt.model_json_schema()
    jsonschema.validate(json.loads(build.acknowledge(facts(), NOW).to_json()), schema)


def test_a_time_without_zone_is_not_accepted() -> None:
    with pytest.raises(ValidationError):
        facts(received_at=datetime(2026, 11, 21, 13, 5))  # noqa: DTZ001 - what must be refused


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("liste\u202evsc.exe", "liste⟨U+202E⟩vsc.exe", id="right-to-left"),
        pytest.param("a\u200bb\ufeff.csv", "a⟨U+200B⟩b⟨U+FEFF⟩.csv", id="zero-width"),
        pytest.param("a\r\nb\x00.csv", "a⟨U+000D⟩⟨U+000A⟩b⟨U+0000⟩.csv", id="control"),
        pytest.param("a\udce9.csv", "a⟨U+DCE9⟩.csv", id="not-utf-8"),
        pytest.param("a\u3000b.csv", "a⟨U+3000⟩b.csv", id="odd-space"),
        pytest.param("e" + "\u0301" * 9, "e\u0301\u0301" + "⟨U+0301⟩" * 7, id="stacked-marks"),
        pytest.param("Désignations été n° 2.csv", "Désignations été n° 2.csv", id="plain-french"),
    ],
)
def test_characters_that_cannot_be_seen_are_shown_by_their_code(name: str, shown: str) -> None:
    once = facts(name)
    assert once.file_name == shown
    assert facts(once.file_name) == once


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        pytest.param("CCAS_20261121.csv", "CCAS_20261121.csv", id="plain"),
        pytest.param("Désignations été.csv", "Designations_ete.csv", id="accents"),
        pytest.param("../../etc/passwd", "etc_passwd", id="path"),
        pytest.param("<script>alert(1)</script>.csv", "script_alert_1_script_.csv", id="markup"),
        pytest.param(".hidden", "hidden", id="hidden"),
        pytest.param("\u202e", "U_202E", id="invisible-only"),
        pytest.param("你好", "fichier", id="nothing-left"),
        pytest.param("a" * 300 + ".csv", "a" * 96 + ".csv", id="long"),
    ],
)
def test_the_names_of_the_files_are_plain_ascii(name: str, plain: str) -> None:
    names = file_names(build.acknowledge(facts(name), NOW))
    assert names == {form: f"AR-2026-000007_{plain}.{form}" for form in ("json", "html", "xlsx")}


EARLIER = Path(__file__).parent / "earlier"


@pytest.mark.parametrize("path", sorted(EARLIER.glob("*.json")), ids=lambda path: path.stem)
def test_a_receipt_kept_by_the_first_release_is_still_read_and_printed(path: Path) -> None:
    receipt = Receipt.from_json(path.read_text(encoding="utf-8"))
    assert {"ar": Kind.AR, "cc": Kind.CC, "cri": Kind.CRI}[path.stem] is receipt.kind
    assert receipt.number in render(receipt)
    render_workbook(receipt, (), BytesIO())
    kept = json.loads(path.read_text(encoding="utf-8"))
    again = json.loads(receipt.to_json())
    assert {name: again[name] for name in kept if name not in ("delivery", "steps", "groups")} == {
        name: value for name, value in kept.items() if name not in ("delivery", "steps", "groups")
    }


NIR = "180022654001742"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        pytest.param("CCAS-1042", "CCAS-1042", id="own-number"),
        pytest.param("26540123400017", "26540123400017", id="siret"),
        pytest.param("0123456", "0123456", id="caf-matricule"),
        pytest.param("a\u202eb", "a⟨U+202E⟩b", id="invisible"),
        pytest.param(NIR, None, id="nir-with-key"),
        pytest.param(NIR[:13], None, id="msa-matricule"),
        pytest.param("1 80 02 26 540 017 42", None, id="nir-with-blanks"),
        pytest.param("2 85 11 2b 033 001", None, id="nir-corsica"),
        pytest.param("", None, id="empty"),
    ],
)
def test_the_senders_own_key_is_shown_unless_it_may_be_a_nir(key: str, shown: str | None) -> None:
    assert Example(message="Anomalie.", key=key).key == shown


def open_file(delivery_id: int, days: int, count: int) -> OpenFile:
    return OpenFile(delivery_id=delivery_id, name=f"F{delivery_id}.csv", received_at=NOW - timedelta(days=days), count=count)


def test_what_remains_open_is_told_from_the_oldest_file_on() -> None:
    found = OpenFindings.of(7, [open_file(9, 0, 2), open_file(4, 30, 3)])
    assert (found.closed_now, found.still_open, found.oldest, found.since) == (7, 5, 4, NOW - timedelta(days=30))
    assert [file.delivery_id for file in found.files] == [4, 9]
    nothing = OpenFindings.of(7, [])
    assert (nothing.still_open, nothing.oldest, nothing.since) == (0, None, None)


def test_open_findings_that_the_files_do_not_account_for_are_never_sent() -> None:
    loaded = build.Loaded(counts=LineCounts(), open=OpenFindings(still_open=3, files=(open_file(4, 30, 2),)))
    with pytest.raises(InvariantError, match="open findings"):
        build.integration(facts(), NOW, loaded)


def test_a_long_list_of_open_files_is_capped_but_its_total_is_true() -> None:
    found = OpenFindings.of(0, [open_file(place, 100 - place, 2) for place in range(60)])
    assert (len(found.files), found.still_open) == (MOST_FILES, 120)
    receipt = build.integration(facts(), NOW, build.Loaded(counts=LineCounts(), open=found))
    assert "80 anomalies dans d’autres fichiers" in render(receipt).replace("\u202f", " ")


def test_every_part_comes_back_from_the_json_and_fits_the_published_schema() -> None:
    counts = LineCounts(received=3, accepted=1, set_aside=2)
    finding = Finding(
        rule="a.b.c", severity="error", effect=Effect.SET_ASIDE, line=2, record="dossier n° 1", message="Faux.", proposal="Écrire 01."
    )
    correction = CorrectionFile(name="A_CORRIGER.csv", records=2, return_as="CCAS_20261122.csv")
    limit = Threshold(rule="a.b.c", share=0.5, limit=0.1)
    checked = build.Checked(
        verdict=Verdict.HELD, counts=counts, findings=(finding,), keys={"dossier n° 1": "K1"}, thresholds=(limit,), correction=correction
    )
    changes = ChangeCounts(created=1, updated=2, unchanged=3, counted="person")
    loaded = build.Loaded(counts=counts, changes=changes, correction=correction, open=OpenFindings.of(1, [open_file(4, 30, 2)]))
    for receipt in (build.conformity(facts(), NOW, checked), build.integration(facts(), NOW, loaded)):
        assert Receipt.from_json(receipt.to_json()) == receipt
        jsonschema.validate(json.loads(receipt.to_json()), json.loads(receipt_schema()))
    kept = build.conformity(facts(), NOW, checked)
    assert (kept.groups[0].examples[0].key, kept.groups[0].examples[0].proposal) == ("K1", "Écrire 01.")
    assert (kept.groups[0].threshold, kept.thresholds, kept.correction) == (limit, (limit,), correction)


def test_every_field_of_the_published_schema_that_is_not_plain_is_explained() -> None:
    parts = json.loads(receipt_schema())["$defs"]
    for name in ("Threshold", "CorrectionFile", "ChangeCounts", "OpenFile", "OpenFindings", "Example"):
        assert parts[name]["description"]
    assert "outbox" in parts["Example"]["properties"]["key"]["description"]
