"""``passerelle doctor``: what is wrong in the settings is said with its remedy, before any file comes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from passerelle import settings
from passerelle.cli import doctor

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts"
RECEIVED, SENT = "france_travail/inscriptions", "departement/orientations_france_travail"


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    """One contract of a feed that is received, and one of a feed that the Département sends."""
    folder = tmp_path / "contracts"
    shutil.copytree(CONTRACTS / "codes", folder / "codes")
    for feed in (RECEIVED, SENT):
        target = folder / f"{feed}.odcs.yaml"
        target.parent.mkdir()
        text = (CONTRACTS / f"{feed}.odcs.yaml").read_text(encoding="utf-8")
        target.write_text(text, encoding="utf-8")
    return folder


def examined(contracts: Path, monkeypatch: pytest.MonkeyPatch, *feeds: str, **more: str) -> Result:
    """What doctor says of an installation whose only sender has these feeds; it has neither keys nor servers."""
    folder = contracts.parent
    account = {"host": "localhost", "username": "p", "private_key_file": "none", "host_key": "ssh-ed25519 AAAA"}
    content = {
        "territory": "Essai",
        "contracts": "contracts",
        "expectations": "expectations",
        "vault": "vault",
        "keys": "keys",
        "warehouse_url_file": "warehouse.url",
        "work": "work",
        "senders": [{"id": "ccas-valcombe", "name": "CCAS", "feeds": list(feeds), "sftp": account}],
    }
    path = folder / "settings.yaml"
    content |= more
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv(settings.VARIABLE, str(path))
    monkeypatch.setenv("COLUMNS", "400")
    return CliRunner().invoke(doctor.app, [])


def line(result: Result, probe: str) -> str:
    (found,) = (line for line in result.output.splitlines() if line[2:].startswith(f"{probe} : "))
    return found


def test_a_feed_the_departement_sends_may_not_be_a_senders(contracts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = examined(contracts, monkeypatch, RECEIVED, SENT)
    assert result.exit_code == 2
    assert line(result, "Flux des expéditeurs") == (
        f"✕ Flux des expéditeurs : « {SENT} » est envoyé par le Département (direction: outbound) : "
        "ccas-valcombe ne peut pas le déposer. Retirez-le des `feeds` de ccas-valcombe."
    )


def test_a_feed_without_a_contract_may_not_be_a_senders(contracts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = examined(contracts, monkeypatch, RECEIVED, "france_travail/inscription")
    assert result.exit_code == 2
    assert line(result, "Flux des expéditeurs").endswith(
        "« france_travail/inscription », parmi les `feeds` de ccas-valcombe, n'est le nom d'aucun contrat."
    )


def test_feeds_that_are_received_are_counted(contracts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert line(examined(contracts, monkeypatch, RECEIVED), "Flux des expéditeurs") == "✓ Flux des expéditeurs : 1 attendus"


def test_which_rules_make_links_is_told_and_an_unknown_layer_refused(contracts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert line(examined(contracts, monkeypatch, RECEIVED), "Qui est qui") == "✓ Qui est qui : règles certaines seulement"
    asked = examined(contracts, monkeypatch, RECEIVED, identity_layer="ranked")
    assert line(asked, "Qui est qui").startswith("✕ Qui est qui : "), "no warehouse can say that an audit was recorded"
    refused = examined(contracts, monkeypatch, RECEIVED, identity_layer="probable")
    assert refused.exit_code == 2
    assert "identity_layer" in refused.output
