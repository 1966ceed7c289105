"""What a partner is told of bytes that cannot be the file its contract describes."""

from __future__ import annotations

import codecs

from passerelle.contract.model import Layout
from passerelle.errors import DeliveryError

_NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "iso8859-1": "ISO-8859-1", "iso8859-15": "ISO-8859-15"}
_OTHER_KINDS = {
    b"PK\x03\x04": "un classeur ou une archive zip",
    b"\x1f\x8b": "un fichier compressé (gzip)",
    b"-----BEGIN PGP": "un fichier chiffré (OpenPGP)",
    b"%PDF-": "un document PDF",
}
"""By their first bytes."""


def empty() -> DeliveryError:
    """The file has no byte."""
    return DeliveryError(
        "file.empty",
        "Le fichier est vide (0 octet).",
        expected="Un fichier complet, avec au moins son en-tête.",
        fix="Vérifiez l'export dans votre logiciel, puis redéposez le fichier.",
    )


def too_large(layout: Layout) -> DeliveryError:
    """The file has more bytes than agreed."""
    return DeliveryError(
        "file.size",
        f"Le fichier dépasse la taille convenue ({layout.max_bytes} octets).",
        expected="Un fichier de taille ordinaire.",
        fix="Contactez le Département avant de redéposer un fichier aussi grand.",
    )


def nul(line: int) -> DeliveryError:
    """A NUL byte in a text."""
    return DeliveryError(
        "file.nul",
        "Le fichier contient un caractère nul (octet 0), qu'aucun fichier texte ne doit contenir.",
        line=line,
        expected="Un fichier texte sans caractère nul.",
        fix="Exportez de nouveau le fichier depuis votre logiciel, sans le modifier ensuite, et redéposez-le.",
    )


def line_too_long(layout: Layout, line: int) -> DeliveryError:
    """A line that would need too much memory."""
    fix = "Demandez à votre éditeur de logiciel un export dont chaque enregistrement tient sur une ligne."
    expected = "Des lignes de longueur ordinaire."
    if layout.format == "delimited":
        fix = "Cherchez un guillemet ouvert et jamais refermé sur cette ligne, corrigez-le, puis redéposez le fichier."
        expected = "Des lignes de longueur ordinaire ; un guillemet non refermé peut en être la cause."
    return DeliveryError("file.line_length", f"Une ligne dépasse {layout.max_line_bytes} octets.", line=line, expected=expected, fix=fix)


def other_kind(start: bytes) -> DeliveryError | None:
    """The file is no text at all, to judge by its first bytes; None when it may be."""
    for magic, kind in _OTHER_KINDS.items():
        if start.startswith(magic):
            return DeliveryError(
                "file.format",
                f"Le fichier n'est pas un fichier texte : c'est {kind}.",
                expected="Un fichier du format convenu, sans autre enveloppe que celle convenue.",
                fix="Exportez de nouveau les données au format convenu, puis redéposez le fichier.",
            )
    return None


def wrong_encoding(layout: Layout, encoding: str, found: str | None, line: int | None) -> DeliveryError:
    """Bytes that the encoding does not have; ``found``: what they look like."""
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:  # what an XML file says of itself
        codec = encoding
    wanted = _NAMES.get(codec, encoding.upper() if codec.startswith("utf") else encoding)
    seen = f"Il semble écrit en {found}." if found else "Au moins un caractère ne peut pas être lu."
    fix = f"Dans votre tableur : « Enregistrer sous », type CSV, jeu de caractères {wanted} ; puis redéposez le fichier."
    if layout.format in ("fixed", "jsonlines"):
        fix = f"Demandez à votre éditeur de logiciel un export en {wanted}, puis redéposez le fichier."
    if layout.format == "xml":
        fix = "Demandez à votre éditeur de logiciel un export dont le contenu est bien écrit comme sa déclaration XML l'annonce."
    return DeliveryError(
        "file.encoding",
        f"Le fichier n'est pas écrit dans le jeu de caractères convenu ({wanted}). {seen}",
        line=line,
        expected=f"Un fichier en {wanted}.",
        fix=fix,
    )


def unreadable_quoting() -> DeliveryError:
    """The file cannot be cut into lines."""
    return DeliveryError(
        "file.quoting",
        "Le fichier ne peut pas être découpé en lignes : un guillemet ouvert n'est sans doute jamais refermé.",
        expected="Chaque guillemet ouvert est refermé dans la même cellule.",
        fix="Cherchez les guillemets dans les colonnes de texte libre, retirez-les, puis redéposez le fichier.",
    )
