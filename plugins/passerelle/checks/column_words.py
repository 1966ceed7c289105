"""The French words of the rules of one column: what is wrong, what was expected, what to do."""

from __future__ import annotations

from datetime import date

from passerelle.contract.model import Column, Contract

_FORMATS = {
    "yyyy-MM-dd": "AAAA-MM-JJ (exemple : 1980-02-28)",
    "dd/MM/yyyy": "JJ/MM/AAAA (exemple : 28/02/1980)",
    "dd-MM-yyyy": "JJ-MM-AAAA (exemple : 28-02-1980)",
    "yyyyMMdd": "AAAAMMJJ (exemple : 19800228)",
    "ddMMyyyy": "JJMMAAAA (exemple : 28021980)",
    "yyyy-MM-dd HH:mm:ss": "AAAA-MM-JJ HH:MM:SS (exemple : 1980-02-28 14:05:00)",
    "yyyy-MM-dd'T'HH:mm:ss": "AAAA-MM-JJTHH:MM:SS (exemple : 1980-02-28T14:05:00)",
    "dd/MM/yyyy HH:mm:ss": "JJ/MM/AAAA HH:MM:SS (exemple : 28/02/1980 14:05:00)",
}
_TYPE_WORDS = {
    "date": ("n'est pas une date qui existe", "Corrigez la date : ce jour doit exister au calendrier."),
    "time": ("n'est pas une heure", "Corrigez l'heure (HH:MM:SS)."),
    "timestamp": ("n'est pas une date et heure qui existe", "Corrigez la date et l'heure : ce jour doit exister au calendrier."),
    "integer": ("n'est pas un nombre entier", "Saisissez un nombre entier, sans lettre ni espace."),
    "number": ("n'est pas un nombre de la forme convenue", "Corrigez le nombre."),
    "boolean": ("n'est pas une réponse convenue", "Choisissez l'une des réponses convenues."),
}
_FORM_OF = {"date": "yyyy-MM-dd", "timestamp": "yyyy-MM-dd HH:mm:ss"}
_REWRITE = {"date": "Écrivez la date sous cette forme.", "timestamp": "Écrivez la date et l'heure sous cette forme."}
_NIR_FORM = "13 caractères, ou 15 avec la clé."
_CARD = "la carte Vitale ou l'attestation de droits"
_NIR_WORDS = {
    "nir": ("le numéro n'a pas la bonne forme", _NIR_FORM, f"Recopiez le numéro depuis {_CARD}."),
    "nir_temporary": (
        "le numéro n'est pas un numéro de sécurité sociale : il a la forme d'un numéro technique temporaire (NTT), qui n'est pas accepté",
        _NIR_FORM,
        f"Indiquez le numéro définitif, recopié depuis {_CARD} ; s'il n'existe pas encore, laissez la case vide si elle peut l'être.",
    ),
    "nir_spreadsheet": (
        "un tableur a pris le numéro pour un montant et l'a réécrit (« …,0 » ou « 1,85E+14 »)",
        _NIR_FORM,
        f"Mettez la colonne au format « Texte », puis ressaisissez le numéro depuis {_CARD} : des chiffres peuvent être perdus.",
    ),
    "nir_example": (
        "le numéro est celui d'une carte spécimen : il n'est à personne",
        "Le numéro de la personne.",
        f"Recopiez le numéro depuis {_CARD}.",
    ),
    "nir_key": (
        "la clé ne correspond pas au numéro",
        "Une clé égale à 97 moins le reste de la division du numéro par 97.",
        f"Vérifiez le numéro sur {_CARD}.",
    ),
}


def date_form(written: str) -> str:
    """A format of the contract as people read it: ``JJ/MM/AAAA``."""
    return _FORMATS[written].split(" (")[0]


def words(contract: Contract, column: Column, kind: str) -> tuple[str, str, str]:
    """Message, expectation and remedy for one kind of rule; ``{value}`` stands for the received value where it may be shown."""
    value = _value(column)
    if kind in _NIR_WORDS:
        return _NIR_WORDS[kind]
    match kind:
        case "required":
            return "la valeur manque", "Une valeur est obligatoire.", "Complétez cette information."
        case "length":
            return f"{value} n'a pas la longueur convenue", _length(column), "Raccourcissez ou complétez la valeur."
        case "code":
            return f"{value} n'est pas dans la liste convenue", _codes(column), "Remplacez-la par un code de la liste."
        case "pattern":
            expected = f"Une valeur de la même forme que {column.example}." if column.example else "Une valeur de la forme convenue."
            return f"{value} n'a pas la forme convenue", expected, "Corrigez la valeur."
        case "checksum":
            expected = "Un numéro dont le dernier chiffre, calculé à partir des autres, est juste."
            return f"{value} contient une erreur de saisie", expected, "Vérifiez le numéro, chiffre par chiffre."
        case "range":
            return f"{value} est hors des limites convenues", _range(column), "Vérifiez et corrigez la valeur."
        case "date_form" | "timestamp_form":
            form = date_form(column.format or _FORM_OF[column.type])
            return f"{value} n'est pas écrite sous la forme attendue ({form})", _type(contract, column), _REWRITE[column.type]
        case _:
            what, fix = _TYPE_WORDS[kind]
            return f"{value} {what}", _type(contract, column), fix


def referred(column: Column, name: str, as_of: date | None) -> tuple[str, str, str]:
    """Message, expectation and remedy for a value that is not in the list it refers to."""
    state = f", dans son état du {as_of:%d/%m/%Y}" if as_of else ""
    return (
        f"{_value(column)} ne figure pas dans la liste « {name} »",
        f"Une valeur de la liste « {name} »{state}.",
        "La valeur est chargée telle quelle : vérifiez-la. Si elle est juste, prévenez le Département, pour qu'il complète la liste.",
    )


def _value(column: Column) -> str:
    return "la valeur « {value} »" if column.classification.may_be_shown else "la valeur reçue"


def _length(column: Column) -> str:
    if column.min_length and column.min_length == column.max_length:
        return f"{column.max_length} caractères."
    if column.min_length and column.max_length:
        return f"De {column.min_length} à {column.max_length} caractères."
    return f"{column.max_length} caractères au plus." if column.max_length else f"{column.min_length} caractères au moins."


def _codes(column: Column) -> str:
    if column.codes is None:
        return ""
    entries = [f"{code} ({entry.label})" for code, entry in column.codes.codes.items()]
    return f"L'un de ces codes : {' ; '.join(entries[:12])}{' ; …' if len(entries) > 12 else '.'}"


def _range(column: Column) -> str:
    if column.minimum and column.maximum:
        return f"Entre {column.minimum} et {column.maximum}."
    return f"Au moins {column.minimum}." if column.minimum else f"Au plus {column.maximum}."


def _type(contract: Contract, column: Column) -> str:
    match column.type:
        case "date":
            return f"Une date réelle au format {_FORMATS[column.format or _FORM_OF['date']]}."
        case "timestamp":
            return f"Une date et une heure réelles au format {_FORMATS[column.format or _FORM_OF['timestamp']]}."
        case "number":
            return f"Un nombre d'au plus {column.precision or 18} chiffres, dont {column.scale} après « {contract.layout.decimal} »."
        case "boolean":
            return _codes(column) or "0 (non) ou 1 (oui)."
        case _:
            return {"integer": "Un nombre entier.", "time": "Une heure HH:MM:SS."}[column.type]
