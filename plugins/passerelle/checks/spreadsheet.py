"""What a spreadsheet program did to values, as rules: lost zeros, numbers and dates in place of texts, formulas without a result.

The reader says what it saw (:class:`passerelle.readers.rows.Damage`); nothing is repaired in silence. A damaged value is a finding
of its column, and of no other rule; what was typed is proposed where it can be computed (:mod:`passerelle.checks.proposals`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from passerelle.contract.model import Column, Contract, Table
from passerelle.errors import InvariantError
from passerelle.findings import Effect, Rule
from passerelle.readers.rows import Damage

KINDS: dict[Damage, str] = {
    Damage.ZERO: "excel_zero",
    Damage.NUMBER: "excel_number",
    Damage.DATE: "excel_date",
    Damage.ERROR: "excel_error",
    Damage.FORMULA: "excel_formula",
    Damage.EXACT: "excel_exact",
}
"""The kind of rule each damage breaks."""
_RETYPE = "Mettez la colonne au format « Texte », puis ressaisissez la valeur."
_SAVE = "Ouvrez le classeur dans votre tableur, remplacez la formule par sa valeur (copier, puis « Coller les valeurs ») et enregistrez."
_DATED = ("date", "timestamp", "time")


def damage_violations(
    contract: Contract, table: Table, column: Column, damage: pa.Array | None, values: pa.Array
) -> Iterator[tuple[Rule, pa.Array]]:
    """Each kind of damage in the column with the mask of its rows. ``damage``: the column's codes; None where there is none."""
    if damage is None:
        return
    if len(damage) != len(values):
        raise InvariantError(f"{contract.id}: {len(damage)} damage codes for {len(values)} values of {column.name}.")
    for code in pc.unique(damage).to_pylist():
        if code:
            yield damage_rule(table, column, Damage(code)), pc.equal(damage, code)


def is_lost(damage: pa.Array) -> pa.Array:
    """Mask of the values that no other rule may judge: what was typed is not what arrived. An exact number is judged like any value."""
    return pc.and_(pc.not_equal(damage, Damage.NONE), pc.not_equal(damage, Damage.EXACT))


def damage_rule(table: Table, column: Column, damage: Damage) -> Rule:
    """The rule that this damage breaks, with its words."""
    message, expected, fix = _words(column, damage)
    kind = KINDS[damage]
    is_exact = damage is Damage.EXACT
    return Rule(
        id=f"{table.name}.{column.name}.{kind}",
        kind=kind,
        effect=Effect.WARN if is_exact else column.on_failure,
        hold_above=None if is_exact else column.hold_above,
        table=table.name,
        column=column.source,
        message=f"{column.label} : {message}.",
        expected=expected,
        fix=fix,
    )


def _words(column: Column, damage: Damage) -> tuple[str, str, str]:
    value = "la valeur « {value} »" if column.classification.may_be_shown else "la valeur reçue"
    match damage:
        case Damage.ZERO:
            return (
                f"{value} a perdu ses zéros de gauche, car la cellule est un nombre",
                "Une cellule de texte, avec tous ses chiffres.",
                "Mettez la colonne au format « Texte », puis ressaisissez la valeur avec ses zéros.",
            )
        case Damage.NUMBER:
            return (
                f"le tableur a fait de {value} un nombre, et des chiffres sont peut-être perdus",
                "Une cellule de texte, avec tous ses chiffres.",
                f"{_RETYPE} {column.help}".strip(),
            )
        case Damage.EXACT:
            return (
                "le numéro est saisi comme un nombre ; tous ses chiffres sont encore là, il est lu",
                "Une cellule de texte : un numéro plus long, ou copié ailleurs, perdrait des chiffres.",
                "Mettez la colonne au format « Texte » avant le prochain envoi.",
            )
        case Damage.DATE:
            return _date_words(column, value)
        case Damage.FORMULA:
            return "la formule de la cellule n'a pas de résultat enregistré", "Une valeur, pas une formule.", _SAVE
        case _:
            return "la cellule contient une erreur du tableur (#N/A, #REF!…)", "Une valeur, ou une cellule vide.", _SAVE


def _date_words(column: Column, value: str) -> tuple[str, str, str]:
    if column.type in _DATED:
        return (
            f"{value} est le numéro d'un jour dans le tableur, pas une date",
            "Une cellule au format « Date ».",
            "Mettez la colonne au format « Date », vérifiez les dates affichées, puis enregistrez.",
        )
    return "le tableur a fait de la valeur une date ou une heure", "La valeur telle qu'elle a été saisie.", _RETYPE
