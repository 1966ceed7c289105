"""A contract as a page in French for the partner: what to send, how to write it, what each column holds, what happens when it is wrong.

The page is Markdown and is the same each time it is made from the same contract.
"""

from __future__ import annotations

from collections.abc import Iterator

from passerelle.contract.model import Classification, Column, Contract, Layout, Table
from passerelle.derive.column_words import kind, needed
from passerelle.derive.layout_words import layout_lines
from passerelle.derive.markdown import grid
from passerelle.findings import Effect

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
        ("Sens", "reçu par le Département" if contract.direction == "inbound" else "envoyé par le Département"),
        ("Calendrier", f"{_FREQUENCIES[calendar.frequency]}{_promise(contract)}"),
        ("Conservation", f"{contract.retention_months} mois"),
        ("Fondement", contract.legal_basis),
        ("Correspondant", contract.contact),
    ]
    yield from grid(("", ""), [row for row in rows if row[1]])
    yield ""


def _promise(contract: Contract) -> str:
    if contract.direction == "outbound":
        return ""
    return f" ; réponse promise dans les {contract.calendar.receipt_minutes} minutes"


def _file(contract: Contract) -> Iterator[str]:
    yield from ("## Le fichier", "")
    yield from layout_lines(contract)
    yield ""


def _effects(contract: Contract) -> Iterator[str]:
    has_dossiers = contract.is_grouped or contract.layout.dossier is not None
    unit = "le dossier entier est mis" if has_dossiers else "la ligne est mise"
    yield from ("## Si une valeur est fausse", "")
    yield f"- *mise à part* : {unit} à part, le reste est chargé ; ce qui est à corriger vous revient dans un fichier `CORRECTION_…`."
    if has_dossiers:
        part = "le bloc et ce qu'il contient sont mis" if contract.is_grouped else "la ligne est mise"
        yield f"- *ligne mise à part* : seulement {part} à part ; le reste du dossier est chargé."
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
        named = "Nom dans le fichier" if contract.layout.names_columns else "Nom"
        header = ("Donnée", named, "Type", "Obligatoire", "Si elle est fausse", "À savoir, quoi faire", "Protection")
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
        _EFFECTS[column.on_failure] + (f" ; {_above(column.hold_above)}" if column.hold_above is not None else ""),
        notes,
        _CLASSES[column.classification],
    )


def _above(share: float) -> str:
    return f"fichier en attente au-delà de {share * 100:g} %".replace(".", ",")


def _rules(table: Table) -> Iterator[str]:
    if not table.rules:
        return
    yield from (f"### Règles : {_label(table)}", "")
    rows = []
    for rule in table.rules:
        names = ", ".join(f"`{table.column(name).source}`" for name in rule.columns)
        effect = _EFFECTS[rule.effect] + (f" ; {_above(rule.hold_above)}" if rule.hold_above is not None else "")
        rows.append((f"`{table.name}.{rule.id}`", names, rule.message, effect, rule.fix))
    yield from grid(("Règle", "Données", "Quand elle n'est pas suivie, vous lisez", "Effet", "Quoi faire"), rows)
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
    if layout.format in ("xml", "jsonlines"):
        yield "Un élément qui ne figure pas sur cette page n'est pas lu, et vous est signalé."
    elif layout.is_lines and not layout.names_columns:
        yield "Rien d'autre ne doit figurer dans le fichier : une ligne plus longue ou plus courte est mise à part."
    else:
        yield "Une colonne qui ne figure pas sur cette page n'est pas lue, et vous est signalée."
