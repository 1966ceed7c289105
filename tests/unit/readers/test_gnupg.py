"""Files encrypted with GnuPG, which partners use, by the key that docs/install.md has the Département make with it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from passerelle.errors import DeliveryError
from passerelle.readers.openpgp import Unlock, decrypted, is_encrypted

OURS, THEIRS = "passerelle@departement.example", "export@partenaire.example"
PREFERENCES = "AES256 AES192 AES SHA512 SHA384 SHA256 Uncompressed"
"""Those of our key, as docs/install.md says: GnuPG then leaves out the compression within which no signature is looked for."""
TEXT = b"nom;prenom\r\n" * 500


class Gpg:
    """A key ring with our key and a partner's."""

    def __init__(self, home: Path) -> None:
        self._home = home
        for name, more in ((OURS, ("--default-preference-list", PREFERENCES)), (THEIRS, ())):
            self.run("--passphrase", "", *more, "--quick-generate-key", f"Essai <{name}>", "future-default", "default", "never")

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """The output of the program."""
        command = ["gpg", "--homedir", str(self._home), "--batch", "--quiet", "--pinentry-mode", "loopback", *arguments]
        done = subprocess.run(command, input=data, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def encrypt(self, *more: str) -> bytes:
        """The text encrypted to our key."""
        return self.run("--trust-model", "always", "--recipient", OURS, *more, "--encrypt", data=TEXT)

    @property
    def key(self) -> bytes:
        """Our private key, as the settings want it."""
        return self.run("--passphrase", "", "--export-secret-keys", OURS)

    @property
    def signers(self) -> bytes:
        """The certificate of the partner."""
        return self.run("--export", THEIRS)


@pytest.fixture(scope="module")
def gpg() -> Iterator[Gpg]:
    if shutil.which("gpg") is None:
        reason = "gpg is missing: install gnupg to run this test."
        if os.environ.get("PASSERELLE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    home = Path(tempfile.mkdtemp(prefix="gpg"))  # short: the agent's socket has its path
    try:
        yield Gpg(home)
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "gpg-agent"], check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.mark.parametrize("more", [(), ("--armor",), ("--compress-algo", "zip")])
def test_a_file_encrypted_with_gnupg_is_read(gpg: Gpg, more: tuple[str, ...]) -> None:
    message = gpg.encrypt(*more)
    assert is_encrypted(message[:4096])
    assert b"".join(decrypted(io.BytesIO(message), Unlock(gpg.key))) == TEXT


def test_a_file_signed_with_gnupg_is_read(gpg: Gpg) -> None:
    message = gpg.encrypt("--local-user", THEIRS, "--sign")
    assert b"".join(decrypted(io.BytesIO(message), Unlock(gpg.key, gpg.signers))) == TEXT


def test_the_documentation_makes_the_key_so() -> None:
    install = Path(__file__).resolve().parents[3] / "docs" / "install.md"
    assert f'--default-preference-list "{PREFERENCES}"' in install.read_text(encoding="utf-8")


def test_a_compressed_signed_file_is_told_what_to_do_not_that_it_is_damaged(gpg: Gpg) -> None:
    message = gpg.encrypt("--compress-algo", "zip", "--local-user", THEIRS, "--sign")
    with pytest.raises(DeliveryError, match="compressé à l'intérieur du chiffrement") as caught:
        b"".join(decrypted(io.BytesIO(message), Unlock(gpg.key, gpg.signers)))
    assert "--compress-algo none" in caught.value.fix
