"""The option ``--certificate``: the public OpenPGP key to which examples of an encrypted feed are encrypted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passerelle.contract.model import Contract
from passerelle.derive.synthetic.wrapping import public_key
from passerelle.errors import ConfigurationError

Certificate = Annotated[
    Path | None,
    typer.Option(
        "--certificate",
        exists=True,
        dir_okay=False,
        readable=True,
        help="Flux chiffré (OpenPGP) : la clé publique de la passerelle, à laquelle chiffrer l'exemple.",
    ),
]


def certificate_in(path: Path | None) -> bytes | None:
    """The public key in the file, without anything else. Raises ConfigurationError when it holds none, or a private one."""
    if path is None:
        return None
    try:
        return public_key(path.read_bytes()).armoured
    except ConfigurationError:
        words = "une clé publique OpenPGP est attendue ; ce fichier n'en est pas une, ou contient une clé privée, qui ne se donne jamais."
        raise ConfigurationError(f"{path} : {words}") from None


def is_missing(contract: Contract, certificate: bytes | None) -> bool:
    """Whether files of the contract are encrypted, and there is nothing to encrypt one to."""
    return "openpgp" in contract.layout.envelope and certificate is None
