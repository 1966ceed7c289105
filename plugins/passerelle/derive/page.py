"""A contract as a page in French for the partner: what to send, how to write it, what each column holds, what happens when it is wrong.

The page is Markdown and is the same each time it is made from the same contract.
"""

from __future__ import annotations

from collections.abc import Iterator

from passerelle.contract.model import Classification, Column, Contract, Layout, Table
from passerelle.derive.column_words import kind, needed
from passerelle.derive.markdown import grid
from passerelle.findings import Effect

_ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252 (« ANSI »)", "iso8859-15": "ISO-8859-15"}
_FREQUENCIES = {
    "daily": "un fichier par jour",
    "weekly": "un fichier par semaine",
    "monthly": "un fichier par mois",
    "on_event": "un fichier quand il y a lieu",
}
_CLASSES = {
    Classification.PUBLIC: "publique",
    Classification.INTERNAL: "interne",
    Classification.PERSONAL: "personnelle",
    Classification.SENSITIVE: "sensible",
    Classification.SECRET: "secrète",
}
_EFFECTS = {Effect.SET_ASIDE: "mise à part", Effect.SET_ASIDE_LINE: "ligne mise à part", Effect.WARN: "signalée", Effect.REFUSE: "refus"}
_ROLES = {"header": "Une fois, en tête du fichier", "footer": "Une fois, à la fin du fichier"}


def page(contract: Contract) -> str:
    """The page of one feed."""
    parts = [
        *_heading(contract),
        *_file(contract),
        *_effects(contract),
        *(line for table in contract.tables for line in _table(contract, table)),
        *_codes(contract),
        *_ignored(contract.layout),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _heading(contract: Contract) -> Iterator[str]:
    calendar = contract.calendar
    yield from (f"# {contract.name}", "", contract.purpose, "")
    rows = [
        ("Flux", f"`{contract.id}`, version {contract.version} du contrat"),
        ("Calendrier", f"{_FREQUENCIES[calendar.frequency]} ; réponse promise dans les {calendar.receipt_minutes} minutes"),
        ("Conservation", f"{contract.retention_months} mois"),
        ("Fondement", contract.legal_basis),
        ("Correspondant", contract.contact),
    ]
    yield from grid(("", ""), [row for row in rows if row[1]])
    yield ""


def _file(contract: Contract) -> Iterator[str]:
    layout = contract.layout
    yield from ("## Le fichier", "")
    yield f"- **Nom** : `{layout.name_template}`{_name_parts(layout)}. Forme exacte : `{layout.name_pattern}`."
    encoding = _ENCODINGS.get(layout.encoding.lower(), layout.encoding)
    yield f"- **Caractères** : {encoding}. Taille : {layout.max_bytes // 1_000_000} Mo au plus."
    yield from _delimited(contract) if layout.format == "delimited" else _xml(contract)
    yield f"- **Dépôt** : sous un nom provisoire (`.part`), renommé une fois complet ; {_settling(layout)}."
    yield ""


def _settling(layout: Layout) -> str:
    if not layout.settle_seconds:
        return "un fichier qui porte son nom définitif est pris aussitôt"
    return f"sinon la passerelle attend que le fichier ne change plus pendant {layout.settle_seconds} secondes"


def _name_parts(layout: Layout) -> str:
    words = {"{date}": "`{date}` est la date AAAAMMJJ", "{sequence}": "`{sequence}` est un numéro de 7 chiffres"}
    said = [meaning for word, meaning in words.items() if word in layout.name_template]
    return f", où {' et '.join(said)}" if said else ""


def _delimited(contract: Contract) -> Iterator[str]:
    layout = contract.layout
    yield (
        f"- **Format** : CSV, séparateur `{layout.delimiter}`, guillemet `{layout.quote}`, décimales après `{layout.decimal}`. "
        "La première ligne porte les noms de colonnes ci-dessous, tous, dans n'importe quel ordre."
    )


def _xml(contract: Contract) -> Iterator[str]:
    layout = contract.layout
    yield f"- **Format** : XML, racine `{layout.root}`, un élément `{layout.record}` par dossier, décimales après `{layout.decimal}`."
    if layout.count:
        table = contract.table(layout.count.table)
        count = f"`{table.column(layout.count.column).source}`"
        if layout.count.minus:
            count += f" moins `{table.column(layout.count.minus).source}`"
        yield f"- **Nombre annoncé** : {count} est le nombre de dossiers du fichier ; sinon le fichier est refusé."
    if layout.trim_right:
        yield "- **Codes** : des blancs à droite sont admis."


def _effects(contract: Contract) -> Iterator[str]:
    unit = "le dossier entier est mis" if contract.is_grouped else "la ligne est mise"
    yield from ("## Si une valeur est fausse", "")
    yield f"- *mise à part* : {unit} à part, le reste est chargé ; à corriger et à renvoyer dans un nouveau fichier."
    yield "- *signalée* : tout est chargé ; à corriger à la source."
    yield "- *refus* : rien n'est chargé ; le fichier est à corriger et à redéposer sous un nouveau nom."
    share = f"{contract.hold_above * 100:g}".replace(".", ",")
    yield f"- Si plus de {share} % du fichier est à mettre à part, rien n'est chargé avant qu'une personne du Département ait décidé."
    yield (
        "- La protection d'une donnée dit jusqu'où sa valeur peut aller : *personnelle*, *sensible* ou *secrète*, elle ne figure "
        "dans aucune réponse ; *secrète*, elle n'est conservée que chiffrée."
    )
    yield ""


def _table(contract: Contract, table: Table) -> Iterator[str]:
    yield from (f"## {table.label or table.name}", "")
    where = _place(contract, table)
    if where:
        yield from (where, "")
    received = [column for column in table.columns if not column.is_lifted]
    if received:
        header = ("Donnée", "Nom dans le fichier", "Type", "Obligatoire", "Si elle est fausse", "À savoir, quoi faire", "Protection")
        yield from grid(header, [_row(table, column) for column in received])
        yield ""
    yield from _rules(table)


def _place(contract: Contract, table: Table) -> str:
    said = []
    if table.role in _ROLES:
        said.append(f"{_ROLES[table.role]}, dans `{table.path}`.")
    elif table.parent:
        said.append(f"Dans `{table.path}`, {_rows(table)} par bloc « {_label(contract.table(table.parent))} ».")
    elif contract.is_grouped:
        said.append(f"Une fois par élément `{contract.layout.record}`.")
    if table.key:
        names = ", ".join(f"`{table.column(name).source}`" for name in table.key)
        said.append(f"Une seule fois par fichier pour une même valeur de : {names}.")
    return " ".join(said)


def _label(table: Table) -> str:
    return table.label or table.name


def _rows(table: Table) -> str:
    if table.max_rows == table.min_rows:
        return f"{table.min_rows} fois exactement"
    if table.max_rows is None:
        return f"{table.min_rows} fois ou plus"
    return f"de {table.min_rows} à {table.max_rows} fois"


def _row(table: Table, column: Column) -> tuple[str, ...]:
    example = f"Exemple : `{column.example}`." if column.example else ""
    notes = " ".join(text for text in (column.description, column.help, example) if text)
    return (
        column.label,
        f"`{column.source}`",
        kind(column),
        needed(table, column),
        _EFFECTS[column.on_failure],
        notes,
        _CLASSES[column.classification],
    )


def _rules(table: Table) -> Iterator[str]:
    if not table.rules:
        return
    yield from (f"### Règles : {_label(table)}", "")
    rows = []
    for rule in table.rules:
        names = ", ".join(f"`{table.column(name).source}`" for name in rule.columns)
        rows.append((names, rule.message, _EFFECTS[rule.effect], rule.fix))
    yield from grid(("Données", "Quand elle n'est pas suivie, vous lisez", "Effet", "Quoi faire"), rows)
    yield ""


def _codes(contract: Contract) -> Iterator[str]:
    columns = (column for table in contract.tables for column in table.columns)
    lists = {column.codes.name: column.codes for column in columns if column.codes is not None}
    if not lists:
        return
    yield from ("## Listes de codes", "", "Toute autre valeur est fausse : aucune n'est remplacée par une valeur par défaut.", "")
    for name in sorted(lists):
        yield from (f"### {name}", "")
        yield from grid(("Code", "Signification"), [(f"`{code}`", entry.label) for code, entry in lists[name].codes.items()])
        yield ""


def _ignored(layout: Layout) -> Iterator[str]:
    yield from ("## Ce qui n'est pas conservé", "")
    if layout.ignored:
        yield from grid(("Dans le fichier", "Pourquoi"), [(f"`{item.path}`", item.reason) for item in layout.ignored])
        yield ""
    if layout.format == "xml":
        yield "Un élément qui ne figure pas sur cette page n'est pas lu, et vous est signalé."
    else:
        yield "Une colonne qui ne figure pas sur cette page n'est pas lue, et vous est signalée."
