"""The French words of each kind of rule, made from the contract: what is wrong, what was expected, what to do.

``{value}`` in a message is replaced by the received value only for columns whose classification allows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from passerelle.checks.column_words import referred, words
from passerelle.checks.oddities import ODDITIES
from passerelle.contract.model import Column, Contract, RowRule, Table
from passerelle.findings import Effect, Rule

_FAMILIES = {"nir_temporary": "nir", "nir_spreadsheet": "nir", "date_form": "date", "timestamp_form": "timestamp"}
"""Kinds that have words of their own and count as another."""
MOST_SHOWN = 80
"""Characters of a received value that are shown."""
_NAMED = ("unknown", "repeated", "attribute", "stray")
"""How the kinds begin whose value is the name of a column or element."""


def rule(contract: Contract, table: Table, column: Column, kind: str) -> Rule:
    """The rule of one kind for one column."""
    message, expected, fix = words(contract, column, kind)
    return Rule(
        id=f"{table.name}.{column.name}.{kind}",
        kind=_FAMILIES.get(kind, kind),
        effect=column.on_failure,
        hold_above=column.hold_above,
        table=table.name,
        column=column.source,
        message=f"{column.label} : {message}.",
        expected=expected,
        fix=column.help if column.help and column.nir else f"{fix} {column.help}".strip(),
    )


def reference_rule(table: Table, column: Column, name: str, as_of: date | None = None) -> Rule:
    """A value that is not in the list it refers to, by the list's name. Lists are never quite up to date: the value is loaded."""
    message, expected, fix = referred(column, name, as_of)
    return Rule(
        id=f"{table.name}.{column.name}.reference",
        kind="reference",
        effect=Effect.WARN,
        hold_above=column.hold_above,
        table=table.name,
        column=column.source,
        message=f"{column.label} : {message}.",
        expected=expected,
        fix=f"{fix} {column.help}".strip(),
    )


def row_rule(table: Table, given: RowRule) -> Rule:
    """A rule between columns; its words are the contract's own."""
    columns = " et ".join(table.column(name).source for name in given.columns)
    return Rule(
        id=f"{table.name}.{given.id}",
        kind=given.kind,
        effect=given.effect,
        hold_above=given.hold_above,
        table=table.name,
        column=columns,
        message=given.message,
        fix=given.fix,
    )


def total_rule(contract: Contract, parts: Sequence[tuple[Table, RowRule]], amounts: tuple[str, str]) -> Rule:
    """A total that is not the sum of its lines, at the place where it is announced; ``amounts``: the announced one and the sum.

    The rules that name one total are one: it has the id of the first of them, and all of them say the same.
    """
    table, given = parts[0]
    holder, _, name = given.other[0].partition(".")
    column = contract.table(holder).column(name)
    expected = f"Un total égal à la somme de {_summed(parts)} dans le fichier."
    if column.classification.may_be_shown:
        expected = f"{expected[:-1]} : {amounts[1]} ; le fichier annonce {amounts[0]}."
    found = row_rule(table, given)
    return found.model_copy(update={"table": holder, "column": column.source, "expected": expected})


def _summed(parts: Sequence[tuple[Table, RowRule]]) -> str:
    """The columns that are added up; where there are several, with the tables they stand in."""
    tables: dict[str, list[str]] = {}
    for table, given in parts:
        tables.setdefault(table.column(given.columns[0]).label, []).append(table.label or table.name)
    if len(parts) == 1:
        return f"« {next(iter(tables))} »"
    return " et de ".join(f"« {label} » ({', '.join(dict.fromkeys(names))})" for label, names in tables.items())


def dossier_rule(table: Table, column: Column) -> Rule:
    """A line without a mistake of its own that goes with the bad line of its dossier."""
    return Rule(
        id=f"{table.name}.dossier",
        kind="dossier",
        effect=Effect.SET_ASIDE,
        table=table.name,
        column=column.source,
        message="La ligne est mise à part avec son dossier.",
        expected=f"Toutes les lignes d'un même dossier ({column.label}) sans erreur.",
        fix="Corrigez la ligne en erreur de ce dossier, puis renvoyez toutes ses lignes.",
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


def oddity_rule(kind: str) -> Rule:
    """The rule broken by something outside the structure; a finding's value is what the reader names."""
    effect, message, expected, fix = ODDITIES[kind]
    return Rule(
        id=f"structure.{kind}",
        kind=kind,
        effect=effect,
        message=message.replace("{what}", "{value}"),
        expected=expected,
        fix=fix,
    )


def column_named(rule: Rule, value: str | None) -> str | None:
    """The column a finding is about, as the partner names it: for what the contract does not provide for, the name that was read."""
    return value if rule.id.startswith("structure.") and rule.kind.startswith(_NAMED) else rule.column


def told(text: str, value: str | None) -> str:
    """A message with the value at its place, as far as a reader wants to read it."""
    return text.replace("{value}", (value or "")[:MOST_SHOWN])
