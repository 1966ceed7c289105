"""Why two records of the files to match are, or are not, one person: every layer runs as for ``match``, then the one pair is told.

The whole files are read, for what decides about a pair depends on the others: how rare a name is, who else could be meant, whom each of
the two is already linked with.
"""

from __future__ import annotations

from typing import Any, Final

import duckdb

from passerelle.errors import ConfigurationError
from passerelle.identity.accept import ALL_VETOES
from passerelle.identity.accept import RULES as ACCEPTING
from passerelle.identity.certain import RULES as CERTAIN
from passerelle.identity.certain import Rule
from passerelle.identity.compare import FIELDS, MISSING, compare_pairs
from passerelle.identity.engine import Layers, model_for, opened, run
from passerelle.identity.intake import Source
from passerelle.identity.model import PACKAGED, RARE, Model, read_model, score_pairs
from passerelle.identity.settle import NOBODY, REVIEW_BOTH_LINKED, REVIEW_FROM, REVIEW_LINKED, SOMEBODY_ELSE, VIA, WORDS
from passerelle.identity.waterfall import DIFFERENT, REVIEW, SAME, Compared, Verdict, Waterfall, bits_told, start_of, waterfall

NEVER_MET: Final = "Rien en commun par quoi les trouver (numéro, contact, nom et date…) : la paire n'est même pas comparée."
_KIN: Final = "Autre prénom et autre date de naissance : un proche peut-être, quelqu'un d'autre sûrement."
_NOBODY: Final = "Il n'y a pas d'état civil à comparer."
_NO_RULE: Final = "Aucune règle certaine, et rien d'assez proche pour être relu."
_THRESHOLDS: Final = (
    (REVIEW_FROM, "aucun des deux n'est reconnu ailleurs"),
    (REVIEW_LINKED, "l'un des deux est déjà reconnu ailleurs"),
    (REVIEW_BOTH_LINKED, "chacun des deux est déjà reconnu ailleurs"),
)
_Pair = tuple[int, int]


def explain(sources: tuple[Source, Source | None], pair: tuple[str, str], layers: Layers | None = None) -> Waterfall:
    """The account of the pair (``record_id`` in the first file, and in the second or, for a single file, in the same).

    Raises ConfigurationError when a file cannot be read, the model is not one, or a record is not there.
    """
    chosen = layers or Layers()
    left, right = sources
    with opened(left, right) as (connection, report):
        numbers = _numbers(connection, pair, 0 if right is None else 1)
        model = model_for(connection, chosen)
        run(connection, model)
        verdict = _decided(connection, numbers, is_ranked=model is not None)
        weights = model or read_model(chosen.model or PACKAGED)
        compared = _compare_alone(connection, numbers, weights)
        start = start_of(weights, sum(report["records"].values()))
        return waterfall(weights, start, compared, verdict or _undecided(connection, numbers, is_ranked=model is not None))


def _numbers(connection: duckdb.DuckDBPyConnection, pair: tuple[str, str], side: int) -> _Pair:
    found = []
    for place, (name, where) in enumerate(zip(pair, (0, side), strict=True)):
        row = connection.execute("SELECT rid FROM record WHERE side = ? AND record_id = ?", [where, name]).fetchone()
        if row is None:  # what was typed is not quoted: it may be a NIR
            which = ("Le premier", "Le second")[place]
            raise ConfigurationError(f"{which} identifiant n'est le record_id d'aucune ligne du {('premier', 'second')[where]} fichier.")
        found.append(row[0])
    if found[0] == found[1]:
        raise ConfigurationError("C'est deux fois le même enregistrement : nommez-en deux.")
    return min(found), max(found)


def _one(connection: duckdb.DuckDBPyConnection, query: str, numbers: _Pair) -> Any:
    row = connection.execute(query, list(numbers)).fetchone()
    return row[0] if row else None


def _decided(connection: duckdb.DuckDBPyConnection, numbers: _Pair, *, is_ranked: bool) -> Verdict | None:
    """What the layers made of the pair; None when they left it."""
    certain = _rule(connection, "certain", numbers)
    judged = _rule(connection, "judged", numbers) if is_ranked else None
    veto = _one(connection, "SELECT veto FROM judged WHERE a = ? AND b = ?", numbers) if is_ranked else None
    if _one(connection, "SELECT count(DISTINCT cluster) = 1 FROM cluster WHERE rid IN (?, ?)", numbers):
        rule = certain or (judged if veto is None else None)
        return Verdict(SAME, rule.id if rule else VIA, WORDS[rule.id if rule else VIA])
    reason = _one(connection, "SELECT reason FROM review WHERE a = ? AND b = ?", numbers)
    if reason is None:
        return None
    held = ""
    if judged is not None and veto is not None and ALL_VETOES[veto].id == reason:
        held = f" Sans cela, la règle {judged.id} aurait suffi : {judged.words[0].lower()}{judged.words[1:]}"
    return Verdict(REVIEW, reason, WORDS[reason] + held)


def _rule(connection: duckdb.DuckDBPyConnection, table: str, numbers: _Pair) -> Rule | None:
    place = _one(connection, f"SELECT rule FROM {table} WHERE a = ? AND b = ?", numbers)
    return None if place is None else (CERTAIN if table == "certain" else ACCEPTING)[place]


def _compare_alone(connection: duckdb.DuckDBPyConnection, numbers: _Pair, model: Model) -> Compared:
    """The pair's levels and the shares of its values; the tables ``compared`` and ``scored`` are about nothing else from now on."""
    connection.execute("CREATE OR REPLACE TABLE met AS SELECT a, b FROM compared WHERE a = ? AND b = ?", list(numbers))
    connection.execute("CREATE OR REPLACE TABLE pair AS SELECT ?::UINTEGER AS a, ?::UINTEGER AS b", list(numbers))
    compare_pairs(connection)
    score_pairs(connection, model)
    places = connection.execute(f"SELECT {', '.join(field.name for field in FIELDS)} FROM compared").fetchall()[0]
    names = {field.name: field.levels[place - 1].name if place else MISSING for field, place in zip(FIELDS, places, strict=True)}
    shares = ", ".join(f"max({field}_bits)" for field in RARE)
    bits = connection.execute(f"SELECT {shares} FROM rarity WHERE rid IN (?, ?)", list(numbers)).fetchall()[0]
    return Compared(names, dict(zip(RARE, bits, strict=True)))


def _undecided(connection: duckdb.DuckDBPyConnection, numbers: _Pair, *, is_ranked: bool) -> Verdict:
    """Why nobody need look at the pair."""
    if not connection.execute("SELECT count(*) FROM met").fetchall()[0][0]:
        return Verdict(DIFFERENT, "never_met", NEVER_MET)
    for rule, condition, words in (("somebody_else", SOMEBODY_ELSE, _KIN), ("nobody", NOBODY, _NOBODY)):
        if is_ranked and connection.execute(f"SELECT {condition} FROM compared").fetchall()[0][0]:
            return Verdict(DIFFERENT, rule, words)
    if not is_ranked:
        return Verdict(DIFFERENT, "no_rule", _NO_RULE)
    linked = connection.execute("SELECT count(*) FROM linked WHERE rid IN (?, ?)", list(numbers)).fetchall()[0][0]
    threshold, when = _THRESHOLDS[linked]
    return Verdict(DIFFERENT, "score", f"Le score n'atteint pas {bits_told(threshold)} bits, à partir desquels on relit quand {when}.")
