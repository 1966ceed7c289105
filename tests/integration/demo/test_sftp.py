"""The embedded SFTP server lets a partner see its own folders, by key, and nothing else."""

from __future__ import annotations

import io

import paramiko
import pytest

from servers import PARTNERS, Sftp, client


def transfer(sftp: Sftp, account: str, key: str = "gateway") -> paramiko.SFTPClient:
    return client(sftp.account(account, key=key)).open_sftp()


@pytest.mark.parametrize("key", ["caf", "gateway"])
def test_the_partner_and_the_gateway_enter_by_their_own_keys(sftp_server: Sftp, key: str) -> None:
    assert sorted(transfer(sftp_server, "caf", key).listdir("/")) == ["depot", "retours", "traites"]


@pytest.mark.parametrize("key", ["msa", "stranger"])
def test_another_key_is_refused(sftp_server: Sftp, key: str) -> None:
    with pytest.raises(paramiko.AuthenticationException):
        transfer(sftp_server, "caf", key)


def test_an_unknown_account_is_refused(sftp_server: Sftp) -> None:
    with pytest.raises(paramiko.AuthenticationException):
        transfer(sftp_server, "personne")


def test_a_password_is_refused(sftp_server: Sftp) -> None:
    transport = paramiko.Transport(("127.0.0.1", sftp_server.server.port))
    transport.start_client(timeout=10)
    with pytest.raises(paramiko.BadAuthenticationType) as refusal:
        transport.auth_password("caf", "caf")
    assert refusal.value.allowed_types == ["publickey"]
    transport.close()


@pytest.mark.parametrize("path", ["../msa/depot/secret.csv", "/../msa/depot/secret.csv", "/etc/passwd", "depot/../../msa/depot/secret.csv"])
def test_another_partners_folder_cannot_be_reached(sftp_server: Sftp, path: str) -> None:
    (sftp_server.root("msa") / "depot" / "secret.csv").write_text("secret", encoding="ascii")
    with pytest.raises(FileNotFoundError):
        transfer(sftp_server, "caf").open(path)


def test_a_link_cannot_be_made(sftp_server: Sftp) -> None:
    with pytest.raises(OSError, match="not supported"):
        transfer(sftp_server, "caf").symlink("/etc/passwd", "depot/lien")


def test_a_renamed_file_is_in_place_with_its_content(sftp_server: Sftp) -> None:
    sftp = transfer(sftp_server, "caf", "caf")
    sftp.putfo(io.BytesIO("été".encode()), "depot/a.csv.part")
    sftp.rename("depot/a.csv.part", "depot/a.csv")
    assert (sftp_server.root("caf") / "depot" / "a.csv").read_text(encoding="utf-8") == "été"
    assert sftp.listdir("depot") == ["a.csv"]


def test_only_a_posix_rename_replaces_a_file(sftp_server: Sftp) -> None:
    sftp = transfer(sftp_server, "caf")
    for name, content in (("old", b"old"), ("new", b"new")):
        sftp.putfo(io.BytesIO(content), f"depot/{name}")
    with pytest.raises(OSError, match="exists"):
        sftp.rename("depot/new", "depot/old")
    sftp.posix_rename("depot/new", "depot/old")
    assert (sftp_server.root("caf") / "depot" / "old").read_bytes() == b"new"


def test_the_journal_tells_who_came(sftp_server: Sftp) -> None:
    transfer(sftp_server, "ccas-valcombe")
    assert "user ccas-valcombe succeeded" in sftp_server.server.log.read_text(encoding="utf-8")


def test_a_restarted_server_keeps_port_and_host_key(sftp_server: Sftp) -> None:
    before = sftp_server.account("caf")
    sftp_server.server.stop()
    with pytest.raises(OSError, match="onnect"):
        client(before)
    sftp_server.server.start()
    assert sftp_server.account("caf") == before
    assert client(before).open_sftp().listdir("depot") == []


def test_every_partner_has_an_empty_inbox(sftp_server: Sftp) -> None:
    assert [transfer(sftp_server, partner).listdir("depot") for partner in PARTNERS] == [[]] * len(PARTNERS)
