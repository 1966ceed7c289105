"""A partner of the demo sends and fetches as a partner does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest

from passerelle.demo.exchange import Drop, drop, fetch
from servers import Sftp

ANY = frozenset({"published"})


def test_files_arrive_complete_under_their_names(sftp_server: Sftp, tmp_path: Path) -> None:
    drops = []
    for sender in ("caf", "msa"):
        path = tmp_path / f"{sender}.csv"
        path.write_text(f"de {sender}", encoding="utf-8")
        drops.append(Drop(sender=sender, path=path, expected=ANY))
    before = datetime.now(UTC)
    done = drop(drops, {sender: sftp_server.account(sender, key=sender) for sender in ("caf", "msa")})
    assert {item.sender: before <= at <= datetime.now(UTC) for item, at in done.items()} == {"caf": True, "msa": True}
    for sender in ("caf", "msa"):
        inbox = sftp_server.root(sender) / "depot"
        assert [(file.name, file.read_text(encoding="utf-8")) for file in inbox.iterdir()] == [(f"{sender}.csv", f"de {sender}")]


def test_a_partner_cannot_send_with_another_ones_key(sftp_server: Sftp, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a", encoding="ascii")
    with pytest.raises(asyncssh.PermissionDenied):
        drop([Drop(sender="caf", path=tmp_path / "a.csv", expected=ANY)], {"caf": sftp_server.account("caf", key="msa")})


def test_a_server_with_another_host_key_is_not_trusted(sftp_server: Sftp, tmp_path: Path) -> None:
    other = (sftp_server.keys / "stranger.pub").read_text(encoding="ascii").strip()
    account = sftp_server.account("caf", key="caf").model_copy(update={"host_key": other})
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        fetch({"caf": account}, tmp_path)


def test_every_partner_fetches_its_own_answers(sftp_server: Sftp, tmp_path: Path) -> None:
    for sender in ("caf", "msa"):
        (sftp_server.root(sender) / "retours" / f"AR-{sender}.html").write_text(sender, encoding="ascii")
    fetched = fetch({sender: sftp_server.account(sender, key=sender) for sender in ("caf", "msa")}, tmp_path)
    assert fetched == {sender: [tmp_path / sender / f"AR-{sender}.html"] for sender in ("caf", "msa")}
    assert fetched["caf"][0].read_text(encoding="ascii") == "caf"
