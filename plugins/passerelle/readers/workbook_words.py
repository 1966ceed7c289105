"""What a partner is told of a workbook that cannot be read, or must not be."""

from __future__ import annotations

from passerelle.errors import DeliveryError

_EXPECTED = "Un classeur Excel (.xlsx), sans macro, sans mot de passe et sans lien vers un autre fichier."
_SAVE_AS = "Dans votre tableur : « Enregistrer sous », type « Classeur Excel (.xlsx) » ; puis redéposez le fichier."


def _refusal(rule: str, message: str, fix: str = _SAVE_AS) -> DeliveryError:
    return DeliveryError(f"file.{rule}", message, expected=_EXPECTED, fix=fix)


def cut_off() -> DeliveryError:
    """The list of parts, which comes last, is missing."""
    fix = "L'export ou l'envoi a sans doute été interrompu : enregistrez de nouveau le classeur et redéposez-le."
    return _refusal("truncated", "Le classeur s'arrête avant sa fin : il est incomplet.", fix)


def damaged() -> DeliveryError:
    """A part is missing, or is not what it must be."""
    fix = "Ouvrez le classeur dans votre tableur, enregistrez-le de nouveau, puis redéposez-le."
    return _refusal("workbook", "Le classeur est abîmé : une partie manque ou ne peut pas être lue.", fix)


def no_workbook() -> DeliveryError:
    """Some other kind of file."""
    return _refusal("workbook", "Le fichier n'est pas un classeur Excel (.xlsx), même si son nom le dit.")


def old_format() -> DeliveryError:
    """Excel 97–2003, or another program of that time."""
    return _refusal("workbook_format", "Le fichier est un document de l'ancien format (.xls), pas un classeur .xlsx.")


def open_document() -> DeliveryError:
    """LibreOffice's own format."""
    return _refusal("workbook_format", "Le fichier est un classeur OpenDocument (.ods), pas un classeur .xlsx.")


def binary() -> DeliveryError:
    """Excel's binary format."""
    return _refusal("workbook_format", "Le fichier est un classeur binaire (.xlsb), pas un classeur .xlsx.")


def encrypted() -> DeliveryError:
    """A password is needed."""
    fix = "Retirez le mot de passe du classeur (Fichier, Informations, Protéger le classeur), enregistrez-le, puis redéposez-le."
    return _refusal("workbook_encrypted", "Le classeur est protégé par un mot de passe : il ne peut pas être lu.", fix)


def with_macros() -> DeliveryError:
    """Programs inside."""
    return _refusal("workbook_macro", "Le classeur contient des macros ou d'autres programmes, refusés par sécurité.")


def with_links() -> DeliveryError:
    """Values that come from elsewhere."""
    fix = "Dans votre tableur : Données, « Modifier les liaisons », « Rompre la liaison » ; enregistrez, puis redéposez le fichier."
    return _refusal("workbook_links", "Le classeur prend des données dans d'autres fichiers ou dans une base : refusé par sécurité.", fix)


def with_doctype() -> DeliveryError:
    """No spreadsheet program writes one."""
    return _refusal("doctype", "Le classeur contient une déclaration DOCTYPE, refusée par sécurité.")


def too_large() -> DeliveryError:
    """More than memory and time allow."""
    fix = "Gardez la seule feuille convenue, avec les seules lignes remplies, dans un classeur neuf ; ou contactez le Département."
    return _refusal("workbook_size", "Le contenu du classeur, une fois décompressé, dépasse la taille permise.", fix)


def no_sheet(name: str) -> DeliveryError:
    """The sheet of the contract is not there; the others are not named, for people name sheets after people."""
    if not name:
        return _refusal("sheet", "Le classeur ne contient aucune feuille affichée.", "Vérifiez le classeur, puis redéposez-le.")
    fix = f"Nommez « {name} » la feuille à lire, puis redéposez le classeur."
    return _refusal("sheet", f"Le classeur ne contient pas la feuille « {name} ».", fix)


def empty_sheet() -> DeliveryError:
    """Not even a header."""
    return _refusal("empty", "La feuille à lire est vide.", "Vérifiez l'export dans votre logiciel, puis redéposez le fichier.")
