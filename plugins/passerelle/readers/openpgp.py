"""The inside of a file encrypted with OpenPGP, as it comes out of the process that decrypts it."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from passerelle.errors import ConfigurationError, DeliveryError, InvariantError, PasserelleError, TransientError

_BLOCK = 1 << 20
_PROCESS = Path(__file__).with_name("openpgp_process.py")
_ARMOUR = b"-----BEGIN PGP MESSAGE-----"
_ENCRYPTED = (1, 3)
"""Kinds of a message's first packet: a session key encrypted to a public key, or to a password."""


@dataclass(frozen=True)
class Unlock:
    """What opens encrypted files; never logged: the representation hides it."""

    key: bytes
    """Our private key (binary or armoured, no passphrase)."""
    signers: bytes = b""
    """Certificates of those who may sign, one after the other; when there are any, a file that none of them signed is refused."""

    def __repr__(self) -> str:
        return "Unlock(…)"


def is_encrypted(head: bytes) -> bool:
    """Whether a file that begins like this is an encrypted OpenPGP message; a message that is only signed is none."""
    if head.startswith(_ARMOUR):
        lines = head.replace(b"\r\n", b"\n").split(b"\n\n", 1)[-1].split(b"\n", 1)
        try:
            head = base64.b64decode(lines[0][:4])
        except ValueError:
            return False
    first = head[0] if head else 0
    kind = first & 0x3F if first & 0x40 else (first >> 2) & 0x0F
    return bool(first & 0x80) and kind in _ENCRYPTED


def decrypted(file: BinaryIO, unlock: Unlock) -> Iterator[bytes]:
    """The clear content, part by part; it is genuine only when the iterator has come to its end.

    Raises DeliveryError when the message is damaged, for another key or not signed as it must be; ConfigurationError when our own key
    cannot be used.
    """
    failed: list[Exception] = []
    command = [sys.executable, "-P", str(_PROCESS)]
    with subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        feeder = Thread(target=_feed, args=(process, file, unlock, failed), daemon=True)
        feeder.start()
        try:
            yield from _output(process)
        except BaseException:
            process.kill()
            raise
        finally:
            feeder.join()  # it ends with the process at the latest
    if failed:
        raise failed[0]
    if process.returncode:
        raise _refusal(process.returncode)


def _output(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    if process.stdout is not None:
        while part := process.stdout.read(_BLOCK):
            yield part


def _feed(process: subprocess.Popen[bytes], file: BinaryIO, unlock: Unlock, failed: list[Exception]) -> None:
    """Gives the process the keys and the message, while another thread takes what comes out."""
    keys = json.dumps({"key": unlock.key.hex(), "signers": unlock.signers.hex()}).encode()
    if process.stdin is None:
        return
    try:
        part = len(keys).to_bytes(8, "big") + keys
        while part:
            left = memoryview(part)
            while left:
                left = left[process.stdin.write(left) or 0 :]
            part = file.read(_BLOCK)
    except BrokenPipeError:
        return  # the process has ended, and says why
    except (OSError, PasserelleError) as error:  # told by the thread that waits
        failed.append(error)
    finally:
        process.stdin.close()


def _refusal(status: int) -> Exception:
    match status:
        case 3:
            return ConfigurationError("The OpenPGP key or the signers' certificates cannot be used (settings: openpgp_key_file).")
        case 4:
            return DeliveryError(
                "file.envelope",
                "Le fichier n'est pas chiffré pour la clé du Département : il ne peut pas être ouvert.",
                expected="Un fichier chiffré avec la clé publique OpenPGP du Département.",
                fix="Vérifiez avec le Département la clé publique employée, chiffrez de nouveau le fichier et redéposez-le.",
            )
        case 5:
            return DeliveryError(
                "file.envelope",
                "Le fichier chiffré ne porte la signature d'aucun expéditeur connu.",
                expected="Un fichier signé avec la clé que vous avez déclarée au Département.",
                fix="Signez le fichier en le chiffrant, avec votre clé en cours de validité, puis redéposez-le.",
            )
        case 6:
            return DeliveryError(
                "file.envelope",
                "Le fichier chiffré est coupé ou abîmé : rien de son contenu n'est retenu.",
                expected="Un fichier chiffré complet et inchangé.",
                fix="L'envoi a sans doute été interrompu : chiffrez de nouveau le fichier et redéposez-le.",
            )
        case 7:
            return DeliveryError(
                "file.envelope",
                "Le fichier est compressé à l'intérieur du chiffrement : sa signature ne peut pas être vérifiée.",
                expected="Un fichier signé et chiffré sans compression par le logiciel de chiffrement.",
                fix="Signez et chiffrez de nouveau sans compression (avec GnuPG : « --compress-algo none »), puis redéposez le fichier.",
            )
        case _ if status < 0:
            return TransientError(f"The OpenPGP process was ended by signal {-status}.")
        case _:
            return InvariantError(f"The OpenPGP process ended with status {status}.")
