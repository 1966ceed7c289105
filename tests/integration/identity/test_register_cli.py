"""``passerelle identity`` on a real warehouse: what an agent types, reads, and with which status it ends."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

import registers
from passerelle import keys, settings
from passerelle.cli import doctor, register
from passerelle.warehouse.connect import open_engine
from registers import CAF, CCAS, FT, MARIE, MARIE_AT_FT, MARIE_WITHOUT_NUMBER, deliver, laws, who

_ACCOUNT = {"host": "localhost", "username": "p", "private_key_file": "none", "host_key": "ssh-ed25519 AAAA"}


@pytest.fixture(scope="module")
def place(warehouse_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of an installation with this warehouse; no command of the group needs more."""
    folder = tmp_path_factory.mktemp("place")
    keys.create(folder / "keys")
    (folder / "warehouse.url").write_text(warehouse_url, encoding="utf-8")
    content: dict[str, Any] = {name: name for name in ("contracts", "expectations", "vault", "keys", "work")}
    content |= {"territory": "Essai", "warehouse_url_file": "warehouse.url"}
    content["senders"] = [{"id": "caf", "name": "CAF", "feeds": ["caf/x"], "sftp": _ACCOUNT}]
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture
def engine(warehouse_url: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A register with two persons for one Marie, committed, and emptied afterwards; the agent is ``agent-1``."""
    monkeypatch.setenv(settings.VARIABLE, str(place))
    monkeypatch.setenv("COLUMNS", "400")
    log_in(monkeypatch, "agent-1")
    engine = open_engine(warehouse_url)
    with engine.begin() as connection:
        deliver(connection, CAF, MARIE)
        deliver(connection, CCAS, MARIE_WITHOUT_NUMBER)
    yield engine
    with engine.begin() as connection:
        laws(connection)
        connection.execute(text("TRUNCATE identity.person, identity.record, identity.event, identity.sighting, identity.access CASCADE"))
        connection.execute(text("TRUNCATE identity.proposal, warehouse.rsa_right"))
        connection.execute(text("DELETE FROM ledger.delivery"))
    engine.dispose()


def log_in(monkeypatch: pytest.MonkeyPatch, login: str) -> None:
    account = pwd.getpwuid(os.getuid())
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.struct_passwd((login, *account[1:])))


def run(*words: object) -> Result:
    return CliRunner().invoke(register.app, [str(word) for word in words])


def answer(*words: object, status: int = 0) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == status, result.output
    assert "Dupont" not in result.output
    return json.loads(result.stdout)


def people(engine: Engine) -> dict[UUID, UUID]:
    with engine.connect() as connection:
        return who(connection)


def test_an_agent_reviews_decides_reads_and_takes_back(engine: Engine) -> None:
    queue = answer("review")
    (item,) = queue["suggestions"]
    assert (queue["waiting"], item["reason"]) == (1, "same_civil_status")
    number = item["suggestion_id"]
    assert run("take", number).exit_code == 0
    assert answer("review", "--mine")["waiting"] == 1
    done = answer("decide", number, "same", "--reason", "Pièce vue")
    assert len(set(people(engine).values())) == 1
    told = answer("history", done["merged"])
    assert (told["status"], told["resolved"]) == ("merged_into", done["survivor"])
    assert answer("review")["waiting"] == 0
    answer("undo", done["event"], "--reason", "Erreur")
    assert len(set(people(engine).values())) == 2
    assert answer("review")["waiting"] == 1


def test_the_queue_tells_what_waits_what_to_type_and_the_weekly_figure(engine: Engine) -> None:
    queue = run("review").output
    for words in ("1 en attente, la plus ancienne depuis", "passerelle identity decide N°", "Semaine", "Justes", "Repris"):
        assert words in queue
    number = answer("review")["suggestions"][0]["suggestion_id"]
    assert f"Trancher : passerelle identity decide {number}" in run("show", number).output
    answer("decide", number, "different", "--reason", "Homonymes")
    shown = run("show", number).output
    assert "Décision : deux personnes, dit agent-1 le " in shown
    assert "Trancher" not in shown
    assert "Rien n'attend de décision." in run("review").output
    assert run("review", "--reason", "bof").exit_code == 2


def test_what_waits_for_a_second_login_is_told_in_french_with_what_to_type(engine: Engine) -> None:
    with engine.begin() as connection:
        registers.open_right(connection, *_first(people(engine), connection))
    number = answer("review")["suggestions"][0]["suggestion_id"]
    proposal = answer("decide", number, "same", "--reason", "Pièce vue", status=1)["proposal"]
    told = run("confirm").output
    for words in (
        f"n° {proposal}, du ",
        "par agent-1 : réunir ",
        f"(suggestion {number}). Motif : Pièce vue",
        f"passerelle identity confirm {proposal}",
    ):
        assert words in told
    assert "attend confirmation" in run("review").output


def test_the_numbers_of_a_person_are_told_in_french_and_never_shown(engine: Engine) -> None:
    person = next(iter(people(engine).values()))
    told = run("history", person).output + run("history", list(people(engine).values())[1]).output
    assert "numéro de dossier" in told
    assert "(déclaré), dit par caf_msa, du 19/11/2026 au 19/11/2026" in told
    assert "00046770093" not in told


def test_why_draws_the_score_of_the_pair_without_a_value(engine: Engine, tmp_path: Path) -> None:
    pair = tuple(people(engine))
    picture = tmp_path / "paire.svg"
    assert run("why", *pair, "--picture", picture).exit_code == 0
    drawn = picture.read_text(encoding="utf-8")
    for words in ("à relire", "date de naissance", "Au départ", "Ce qui a décidé (same_civil_status)", f"{str(min(pair))[:8]}…"):
        assert words in drawn
    assert all(value not in drawn for value in ("Dupont", "DUPONT", "Marie", "1980"))
    assert run("why", *pair, "--picture", tmp_path / "paire.png").exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["paire.svg"]


def test_two_logins_are_needed_where_a_right_is_open(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with engine.begin() as connection:
        registers.open_right(connection, *_first(people(engine), connection))
    left, right = people(engine).values()
    proposed = answer("merge", left, right, "--reason", "Pièce vue", status=1)
    assert proposed["event"] is None
    assert len(answer("confirm")) == 1
    own = run("confirm", proposed["proposal"])
    assert (own.exit_code, len(set(people(engine).values()))) == (2, 2)
    for variable in ("LOGNAME", "USER"):  # anyone may set these: they make nobody a second agent
        monkeypatch.setenv(variable, "agent-2")
    assert run("confirm", proposed["proposal"]).exit_code == 2
    log_in(monkeypatch, "agent-2")
    assert answer("confirm", proposed["proposal"])["event"] is not None
    assert len(set(people(engine).values())) == 1


def _first(found: dict[UUID, UUID], connection: Any) -> tuple[UUID]:
    query = text("SELECT record_id FROM identity.record WHERE source = 'caf_msa'")
    record = connection.scalar(query)
    assert record in found
    return (record,)


def test_split_never_and_always_say_what_they_did(engine: Engine) -> None:
    left, right = people(engine).values()
    forbidden = answer("never", left, right, "--reason", "Homonymes")
    assert answer("review")["waiting"] == 0
    refused = run("merge", left, right, "--reason", "Pièce vue")
    assert refused.exit_code == 2
    answer("undo", forbidden["event"], "--reason", "Erreur")
    made = answer("always", left, right, "--reason", "Pièce vue")
    record = next(iter(people(engine)))
    parted = answer("split", made["survivor"], record, "--reason", "Jumeaux")
    assert people(engine)[record] == UUID(parted["new_person"])


def test_why_is_told_in_french_per_field(engine: Engine) -> None:
    with engine.begin() as connection:
        (at_ft,) = deliver(connection, FT, MARIE_AT_FT)
    at_caf = next(record for record, person in people(engine).items() if person == people(engine)[at_ft] and record != at_ft)
    result = run("why", at_ft, at_caf)
    assert result.exit_code == 0
    for words in (
        "C'est la même personne.",
        "NIR : identique",
        "numéros de dossier : absent d'un côté au moins",
        "Règle : N1. Même NIR",
    ):
        assert words in result.output
    assert "Dupont" not in result.output


def test_values_are_shown_on_demand_only_and_it_is_written_down(engine: Engine) -> None:
    number = answer("review")["suggestions"][0]["suggestion_id"]
    assert "Dupont" not in run("show", number).output
    log = text("SELECT login, command FROM identity.access")
    with engine.connect() as connection:
        assert connection.execute(log).all() == []
    shown = run("show", number, "--values")
    assert shown.exit_code == 0
    assert shown.output.count("Dupont") == 2
    assert all(words in shown.output for words in ("Lieu de naissance", "Téléphone", "12/05/1980"))
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(log)] == [("agent-1", f"identity show {number}")]


def test_an_audit_is_drawn_judged_blind_and_bounded(engine: Engine) -> None:
    with engine.begin() as connection:
        deliver(connection, FT, MARIE_AT_FT)
    assert sum(answer("audit", "draw", "--per-stratum", "5").values()) == 1
    assert sum(answer("audit", "draw", "--per-stratum", "5").values()) == 0, "a link is drawn once"
    pairs = json.loads(run("audit", "next", "--json").stdout)
    assert {"rule", "stratum", "score"}.isdisjoint(pairs[0])
    assert run("audit", "judge", pairs[0]["pair"], "same").exit_code == 0
    assert run("audit", "judge", pairs[0]["pair"], "different").exit_code == 2
    (stratum,) = answer("audit", "report")
    assert (stratum["judged"], stratum["wrong"], round(stratum["upper_bound"], 2)) == (1, 0, 0.95)


@pytest.mark.parametrize(
    "words",
    [
        ("history", "00000000-0000-0000-0000-000000000000"),
        ("history", "x"),
        ("decide", "999", "same", "--reason", "Vu"),
        ("undo", "999", "--reason", "Vu"),
        ("take", "999"),
        ("confirm", "999"),
        ("decide", "1", "perhaps", "--reason", "Vu"),
    ],
)
def test_what_does_not_exist_is_said_in_one_sentence(engine: Engine, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_doctor_refuses_ranked_candidates_until_every_drawn_pair_is_judged(
    engine: Engine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = yaml.safe_load(place.read_text(encoding="utf-8")) | {"identity_layer": "ranked"}
    asked = place.with_name("ranked.yaml")
    asked.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv(settings.VARIABLE, str(asked))
    with engine.begin() as connection:
        deliver(connection, FT, MARIE_AT_FT)

    def said() -> str:
        lines = CliRunner().invoke(doctor.app, []).output.splitlines()
        return next(line for line in lines if "Qui est qui" in line)

    assert "identity audit draw" in said()
    assert "identity_layer: certain" in said()
    answer("audit", "draw", "--per-stratum", "5")
    assert "1 (tous les autres)" in said()
    [pair] = json.loads(run("audit", "next", "--json").stdout)
    run("audit", "judge", pair["pair"], "same")
    assert said().startswith("✓")
