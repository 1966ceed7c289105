import json
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest
from pydantic import ValidationError

from passerelle.findings import LineCounts, Verdict
from passerelle.receipt import build
from passerelle.receipt.model import DeliveryFacts, Receipt, file_names

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
    assert names == {"json": f"AR-2026-000007_{plain}.json", "html": f"AR-2026-000007_{plain}.html"}
