"""The rules about a file as a whole: broken, they refuse it. Their words here say when; a receipt says what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from passerelle.contract.model import Contract


class FileRule(NamedTuple):
    """One reason to refuse a file."""

    id: str
    applies: Callable[[Contract], bool]
    """Whether files of this contract can break it."""
    message: str
    fix: str


def _always(contract: Contract) -> bool:
    return True


def _is(*formats: str) -> Callable[[Contract], bool]:
    return lambda contract: contract.layout.format in formats


def _has(role: str) -> Callable[[Contract], bool]:
    return lambda contract: any(table.role == role for table in contract.tables)


_AGAIN = "Produisez de nouveau le fichier et redéposez-le sous un nouveau nom."
_EDITOR = "Demandez à votre éditeur de logiciel de corriger l'export."
FILE_RULES = (
    FileRule("file.empty", _always, "Le fichier est vide.", "Vérifiez l'export dans votre logiciel."),
    FileRule("file.size", _always, "Le fichier dépasse la taille convenue.", "Contactez le Département avant l'envoi."),
    FileRule(
        "file.format",
        lambda contract: contract.layout.format != "xml",
        "Le fichier est d'un autre format que celui convenu (classeur, archive, PDF…), ou il contient des macros.",
        "Enregistrez-le ou exportez-le au format convenu.",
    ),
    FileRule(
        "file.envelope",
        lambda contract: bool(contract.layout.envelope),
        "Le fichier n'est pas comprimé ou chiffré comme convenu, ou son enveloppe est abîmée.",
        _AGAIN,
    ),
    FileRule(
        "file.inflated",
        lambda contract: bool(contract.layout.envelope) or contract.layout.format == "xlsx",
        "Une fois décomprimé, le fichier dépasse la taille convenue.",
        "Contactez le Département avant l'envoi.",
    ),
    FileRule(
        "file.encoding",
        lambda contract: contract.layout.format != "xlsx",
        "Un caractère n'est pas écrit dans le jeu convenu.",
        "Choisissez le jeu de caractères convenu à l'export.",
    ),
    FileRule("file.nul", lambda contract: contract.layout.format != "xlsx", "Le fichier contient un caractère nul (octet 0).", _EDITOR),
    FileRule(
        "file.line_length",
        _is("delimited", "fixed", "jsonlines"),
        "Une ligne est démesurée.",
        "Cherchez un guillemet qui n'est pas refermé.",
    ),
    FileRule(
        "file.header",
        lambda contract: contract.layout.format in ("delimited", "xlsx") or _has("header")(contract),
        "L'en-tête n'est pas celui convenu : il manque une colonne ou une balise, ou elle figure deux fois ; ou il y en a un de trop.",
        "Reprenez le modèle fourni, sans changer son en-tête.",
    ),
    FileRule("file.delimiter", _is("delimited"), "Le séparateur n'est pas celui convenu.", "Exportez avec le séparateur convenu."),
    FileRule("file.quoting", _is("delimited"), "Un guillemet ouvert n'est jamais refermé.", "Retirez les guillemets des textes libres."),
    FileRule("file.truncated", _is("delimited", "fixed", "jsonlines"), "Le fichier s'arrête au milieu de sa dernière ligne.", _AGAIN),
    FileRule(
        "file.trailer",
        lambda contract: contract.layout.trailer is not None,
        "La ligne de fin manque, ou n'est pas la dernière : le fichier est incomplet.",
        _AGAIN,
    ),
    FileRule(
        "file.count",
        lambda contract: contract.layout.count is not None or (contract.layout.trailer is not None and bool(contract.layout.trailer.count)),
        "Le fichier annonce un autre nombre de lignes ou de dossiers que celui qu'il contient.",
        _AGAIN,
    ),
    FileRule("file.root", _is("xml"), "La balise racine n'est pas celle du flux.", "Vérifiez que vous déposez le bon flux."),
    FileRule("file.doctype", _is("xml"), "Le fichier contient une déclaration DOCTYPE, refusée par sécurité.", _EDITOR),
    FileRule("file.xml", _is("xml"), "Le fichier XML est coupé ou mal formé.", _AGAIN),
    FileRule("file.footer", _has("footer"), "La balise de fin manque, figure deux fois ou n'est pas à sa place.", _AGAIN),
)
