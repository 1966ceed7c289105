"""The French words of each kind of rule, made from the contract: what is wrong, what was expected, what to do.

``{value}`` in a message is replaced by the received value only for columns whose classification allows it.
"""

from __future__ import annotations

from passerelle.contract.model import Column, Contract, RowRule, Table
from passerelle.findings import Effect, Rule

_FORMATS = {"yyyy-MM-dd": "AAAA-MM-JJ (exemple : 1980-02-28)", "dd/MM/yyyy": "JJ/MM/AAAA (exemple : 28/02/1980)", "yyyyMMdd": "AAAAMMJJ"}

_TYPE_WORDS = {
    "date": ("n'est pas une date qui existe", "Corrigez la date : ce jour doit exister au calendrier."),
    "time": ("n'est pas une heure", "Corrigez l'heure (HH:MM:SS)."),
    "integer": ("n'est pas un nombre entier", "Saisissez un nombre entier, sans lettre ni espace."),
    "number": ("n'est pas un nombre de la forme convenue", "Corrigez le nombre."),
    "boolean": ("n'est pas une réponse convenue", "Choisissez l'une des réponses convenues."),
}


def rule(contract: Contract, table: Table, column: Column, kind: str) -> Rule:
    """The rule of one kind for one column."""
    message, expected, fix = _words(contract, column, kind)
    return Rule(
        id=f"{table.name}.{column.name}.{kind}",
        kind=kind,
        effect=column.on_failure,
        table=table.name,
        column=column.source,
        message=f"{column.label} : {message}.",
        expected=expected,
        fix=column.help if column.help and column.nir else f"{fix} {column.help}".strip(),
    )


def _words(contract: Contract, column: Column, kind: str) -> tuple[str, str, str]:
    value = "la valeur « {value} »" if column.classification.may_be_shown else "la valeur reçue"
    match kind:
        case "required":
            return "la valeur manque", "Une valeur est obligatoire.", "Complétez cette information."
        case "length":
            return (
                f"{value} n'a pas la longueur convenue",
                _length(column),
                "Raccourcissez ou complétez la valeur.",
            )
        case "code":
            return f"{value} n'est pas dans la liste convenue", _codes(column), "Remplacez-la par un code de la liste."
        case "pattern":
            expected = f"Une valeur de la même forme que {column.example}." if column.example else "Une valeur de la forme convenue."
            return f"{value} n'a pas la forme convenue", expected, "Corrigez la valeur."
        case "range":
            return f"{value} est hors des limites convenues", _range(column), "Vérifiez et corrigez la valeur."
        case "nir":
            return (
                "le numéro n'a pas la bonne forme",
                "13 caractères, ou 15 avec la clé.",
                "Recopiez le numéro depuis la carte Vitale ou l'attestation de droits.",
            )
        case "nir_key":
            return (
                "la clé ne correspond pas au numéro",
                "Une clé égale à 97 moins le reste de la division du numéro par 97.",
                "Vérifiez le numéro sur la carte Vitale ou l'attestation de droits.",
            )
        case _:
            what, fix = _TYPE_WORDS[kind]
            return f"{value} {what}", _type(contract, column), fix


def _length(column: Column) -> str:
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
    if column.type == "date":
        return f"Une date réelle au format {_FORMATS[column.format or 'yyyy-MM-dd']}."
    if column.type == "number":
        return f"Un nombre d'au plus {column.precision or 18} chiffres, dont {column.scale} après « {contract.layout.decimal} »."
    if column.type == "boolean":
        return _codes(column) or "0 (non) ou 1 (oui)."
    return {"integer": "Un nombre entier.", "time": "Une heure HH:MM:SS."}[column.type]


def row_rule(table: Table, given: RowRule) -> Rule:
    """A rule between columns; its words are the contract's own."""
    columns = " et ".join(table.column(name).source for name in given.columns)
    return Rule(
        id=f"{table.name}.{given.id}",
        kind=given.kind,
        effect=given.effect,
        table=table.name,
        column=columns,
        message=given.message,
        fix=given.fix,
    )


def key_rule(table: Table) -> Rule:
    """The key of a table occurs once per file."""
    columns = ", ".join(table.column(name).source for name in table.key)
    return Rule(
        id=f"{table.name}.key.unique",
        kind="unique",
        effect=Effect.SET_ASIDE,
        table=table.name,
        column=columns,
        message="Cette ligne porte un identifiant déjà utilisé plus haut dans le fichier : seule la première est retenue.",
        expected=f"Une seule ligne par valeur de : {columns}.",
        fix="Gardez une seule ligne, avec les informations à jour, et redéposez-la.",
    )


def rows_rule(table: Table) -> Rule:
    """How many rows of a child table each parent has."""
    wanted = f"{table.min_rows}" if table.min_rows == table.max_rows else f"de {table.min_rows} à {table.max_rows or 'n'}"
    return Rule(
        id=f"{table.name}.rows",
        kind="rows",
        effect=Effect.SET_ASIDE,
        table=table.name,
        column=table.path,
        message=f"Le nombre de blocs « {table.label or table.name} » n'est pas celui convenu.",
        expected=f"{wanted} par bloc parent.",
        fix="Complétez ou corrigez ce bloc.",
    )


ODDITIES: dict[str, tuple[Effect, str, str, str]] = {
    "columns": (
        Effect.SET_ASIDE,
        "La ligne n'a pas le bon nombre de colonnes ({what}).",
        "Autant de valeurs que de colonnes dans l'en-tête.",
        "Cherchez un séparateur en trop ou manquant dans un texte libre de cette ligne.",
    ),
    "swallowed": (
        Effect.SET_ASIDE,
        "Un guillemet ouvert sur cette ligne n'y est pas refermé : il avale {what}.",
        "Une ligne du fichier par personne, sans retour à la ligne dans une cellule.",
        "Retirez le guillemet ou le retour à la ligne, puis redéposez ces lignes.",
    ),
    "unknown_element": (
        Effect.WARN,
        "L'élément <{what}> n'est pas prévu par le contrat : il n'est pas lu.",
        "Les éléments décrits dans le contrat du flux.",
        "Prévenez le Département si cet élément est nouveau dans votre logiciel.",
    ),
    "repeated_element": (
        Effect.SET_ASIDE,
        "L'élément <{what}> figure plus d'une fois, ou contient d'autres éléments, là où une seule valeur est prévue.",
        "Une seule valeur.",
        "Corrigez le dossier et renvoyez-le.",
    ),
    "unknown_column": (
        Effect.WARN,
        "La colonne « {what} » n'est pas prévue par le contrat : elle n'est pas lue.",
        "Les colonnes décrites dans le contrat du flux.",
        "Retirez cette colonne ; elle peut contenir des données qui ne doivent pas être transmises.",
    ),
}
"""What readers meet outside the structure: effect and words."""


def oddity_rule(kind: str, what: str) -> Rule:
    """The rule broken by something outside the structure."""
    effect, message, expected, fix = ODDITIES[kind]
    return Rule(
        id=f"structure.{kind}",
        kind=kind,
        effect=effect,
        message=message.format(what=what),
        expected=expected,
        fix=fix,
        column=what if kind.startswith(("unknown", "repeated")) else None,
    )
