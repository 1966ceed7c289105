"""How much two records agree, field by field: one level each, as SQL, with the French words by which a reader is told of it.

The table ``compared`` holds a small number per pair and field: 0 when one side says nothing, else the place of the first level that
holds, from equal to different. Weights, rules and vetoes all speak of these levels, so whatever is decided can be told field by field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from passerelle.identity.plans import Executes

MISSING: Final = "missing"
MISSING_WORDS: Final = "absent d'un côté au moins"


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement; ``condition`` is SQL over the records ``l`` and ``r``."""

    name: str
    condition: str
    words: str


@dataclass(frozen=True, slots=True)
class Field:
    """What is compared: its name, what must be there on both sides, and its levels; the last one is "different"."""

    name: str
    words: str
    present: str
    levels: tuple[Level, ...]


def _near(left: str, right: str) -> str:
    """Condition: one slip apart in names long enough for a slip not to make another name."""
    # Lengths, then Levenshtein: it counts two for exchanged letters, and takes a fifth of the time of Damerau-Levenshtein.
    one = f"(levenshtein({left}, {right}) <= 2 AND damerau_levenshtein({left}, {right}) <= 1)"
    slip = f"({_as_long(left, right, 1)} AND least(length({left}), length({right})) > 4 AND {one})"
    return f"({slip} OR jaro_winkler_similarity({left}, {right}, 0.93) >= 0.93)"


def _as_long(left: str, right: str, slips: int) -> str:
    """Condition that costs nothing: no more letters between the lengths than there may be slips."""
    return f"abs(strlen({left}) - strlen({right})) <= {slips}"


def _different(words: str = "différent") -> Level:
    return Level("different", "TRUE", words)


def _alike(left: str, right: str) -> str:
    """Condition: at most two slips apart; the ends are looked at first, as nearly all pairs fail there and cost nothing more."""
    ends = f"(left({left}, 2) = left({right}, 2) OR right({left}, 2) = right({right}, 2))"
    return f"({ends} AND least(length({left}), length({right})) > 3 AND {_as_long(left, right, 2)} AND levenshtein({left}, {right}) <= 2)"


_SWAPPED = Level(
    "swapped",
    "(l.surname = r.first_name AND l.first_name = r.surname) "
    f"OR ({_alike('l.surname', 'r.first_name')} AND {_alike('l.first_name', 'r.surname')})",
    "nom et prénom intervertis",
)
_SHORT = "least(length(l.first_name), length(r.first_name))"
_CUT_SHORT = "{0}.is_rare_first AND NOT {1}.is_rare_first AND starts_with({1}.first_name, {0}.first_name)"
_UNUSUAL = "(l.is_rare_first <> r.is_rare_first OR least(l.often, r.often) <= 2 AND greatest(l.often, r.often) >= 5)"
_SLIP = (
    f"{_SHORT} > 2 AND ("
    f"{_UNUSUAL} AND {_as_long('l.first_name', 'r.first_name', 2)} AND levenshtein(l.first_name, r.first_name) <= 2 "
    f"AND ({_SHORT} > 5 OR damerau_levenshtein(l.first_name, r.first_name) <= 1) "
    "OR l.first_sound = r.first_sound AND greatest(l.often, r.often) >= 8 * least(l.often, r.often) "
    f"OR {_CUT_SHORT.format('l', 'r')} OR {_CUT_SHORT.format('r', 'l')})"
)
"""One of the two is hardly anybody's name, a usual name in an unusual spelling, or cut short: a slip. LEA and LENA are both names, and may
be sisters; no twin of RANIA is called RANYA."""
_OF_ONE = "l.role = r.role AND l.role IN ('DEM', 'CJT')"
"""The same role, and one that a dossier gives to one person only: its children all have theirs."""

FIELDS: Final = (
    Field("surname", "nom", "l.surname IS NOT NULL AND r.surname IS NOT NULL", (
        Level("birth", "l.surname = r.surname", "identique"),
        Level("cross", "l.surname = r.usage OR l.usage = r.surname OR l.usage = r.usage", "le nom d'usage de l'un est un nom de l'autre"),
        _SWAPPED,
        Level("near", f"{_near('l.surname', 'r.surname')} OR {_near('l.surname', 'r.usage')} OR {_near('l.usage', 'r.surname')}",
              "à une faute de frappe près"),
        Level("part", "list_has_any(l.surname_parts, r.surname_parts)", "une partie d'un nom composé est commune"),
        Level("as_given", "l.surname = r.first_name OR l.first_name = r.surname", "le nom de l'un est le prénom de l'autre"),
        _different(),
    )),
    Field("given", "prénoms", "l.first_name IS NOT NULL AND r.first_name IS NOT NULL", (
        Level("same_list", "l.given_count > 1 AND l.given_names = r.given_names", "tous identiques"),
        Level("same_first", "l.first_name = r.first_name AND (list_has_all(l.given_names, r.given_names) "
              "OR list_has_all(r.given_names, l.given_names))", "premier prénom identique, aucun ne contredit"),
        Level("split", "l.given_run = r.given_run", "prénom composé écrit autrement"),
        Level("first_only", "l.first_name = r.first_name", "premier prénom identique, les autres diffèrent"),
        _SWAPPED,
        Level("among", "(list_contains(l.given_names, r.first_name) OR list_contains(r.given_names, l.first_name)) "
              "AND (list_has_all(l.given_names, r.given_names) OR list_has_all(r.given_names, l.given_names))",
              "le premier prénom de l'un est un autre prénom de l'autre, aucun ne contredit"),
        Level("slip", _SLIP, "à une faute près, l'une des deux formes n'étant guère le prénom de personne"),
        Level("stem", "starts_with(l.first_name, r.first_name) OR starts_with(r.first_name, l.first_name)",
              "l'un est le début de l'autre"),
        Level("near", _near("l.first_name", "r.first_name"), "à une faute de frappe près"),
        _different(),
    )),
    Field("dob", "date de naissance", "l.dob IS NOT NULL AND r.dob IS NOT NULL", (
        Level("exact", "l.dob = r.dob AND l.is_exact AND r.is_exact", "identique"),
        Level("vague", "l.dob = r.dob", "identique, mais jour de naissance incertain"),
        Level("swapped", "l.dob[1:4] = r.dob[1:4] AND l.dob[5:6] = r.dob[7:8] AND l.dob[7:8] = r.dob[5:6]", "jour et mois intervertis"),
        Level("digit", "hamming(l.dob, r.dob) = 1", "à un chiffre près"),
        Level("year", "(NOT l.is_exact OR NOT r.is_exact) AND l.dob[1:4] = r.dob[1:4]", "même année, jour incertain"),
        Level("close", "hamming(l.dob, r.dob) = 2", "à deux chiffres près"),
        _different(),
    )),
    Field("sex", "sexe", "l.sex IS NOT NULL AND r.sex IS NOT NULL", (
        Level("same", "l.sex = r.sex", "identique"),
        _different(),
    )),
    Field("nir", "NIR", "l.nir IS NOT NULL AND r.nir IS NOT NULL", (
        Level("same", "l.nir = r.nir AND l.is_coherent AND r.is_coherent", "identique"),
        Level("same_doubtful", "l.nir = r.nir", "identique, mais contredit l'état civil d'un côté"),
        Level("near", "hamming(l.nir, r.nir) <= 2", "à un ou deux chiffres près"),
        Level("different_doubtful", "NOT (l.is_coherent AND r.is_coherent)", "différent, dont un contredit l'état civil"),
        _different(),
    )),
    Field("place", "lieu de naissance", "coalesce(l.place, l.place_name) IS NOT NULL AND coalesce(r.place, r.place_name) IS NOT NULL", (
        Level("same", "l.place = r.place OR l.place_name = r.place_name", "identique"),
        Level("departement", "l.place[1:2] = r.place[1:2] AND l.place[1:2] <> '99'", "même département"),
        Level("unknown", "l.place IS NULL OR r.place IS NULL", "nom et code ne se comparent pas"),
        _different(),
    )),
    Field("phone", "téléphone", "l.phones IS NOT NULL AND r.phones IS NOT NULL", (
        Level("same", "list_has_any(l.phones, r.phones)", "en commun"),
        _different(),
    )),
    Field("email", "e-mail", "l.emails IS NOT NULL AND r.emails IS NOT NULL", (
        Level("same", "list_has_any(l.emails, r.emails)", "en commun"),
        _different(),
    )),
    Field("address", "adresse", "coalesce(l.postcode, l.city) IS NOT NULL AND coalesce(r.postcode, r.city) IS NOT NULL", (
        Level("same", "l.address = r.address AND (l.postcode = r.postcode OR l.city = r.city)", "identique"),
        Level("near", "l.postcode = r.postcode AND jaro_winkler_similarity(l.address, r.address) > 0.92", "presque identique"),
        Level("commune", "l.postcode = r.postcode OR l.commune = r.commune OR l.city = r.city", "même commune"),
        Level("departement", "l.postcode[1:2] = r.postcode[1:2]", "même département"),
        _different(),
    )),
    Field("dossier", "numéros de dossier",
          "coalesce(l.caf, l.dossier) IS NOT NULL AND coalesce(r.caf, r.dossier) IS NOT NULL", (
        Level("own", f"(l.caf = r.caf OR l.dossier = r.dossier) AND l.scope = r.scope AND {_OF_ONE}",
              "même numéro et même rôle, chez le même partenaire"),
        Level("told", f"(l.caf = r.caf OR l.dossier = r.dossier) AND {_OF_ONE}", "même numéro et même rôle, dit par un autre"),
        Level("member", "(l.caf = r.caf OR l.dossier = r.dossier) AND l.role = r.role", "même dossier, tous deux enfants du foyer"),
        Level("former", "(l.former_dossier = r.dossier OR l.dossier = r.former_dossier) AND l.role = r.role", "l'ancien dossier de l'un"),
        Level("household", "l.caf = r.caf OR l.dossier = r.dossier OR l.former_dossier = r.dossier OR l.dossier = r.former_dossier",
              "même dossier, autre rôle"),
        _different(),
    )),
    Field("ft", "numéro France Travail", "l.ft IS NOT NULL AND r.ft IS NOT NULL", (
        Level("same", "l.ft = r.ft", "identique"),
        _different(),
    )),
    Field("other", "identifiant interne", "l.other IS NOT NULL AND r.other IS NOT NULL", (
        Level("own", "l.other = r.other AND l.scope = r.scope", "identique, chez le même"),
        Level("told", "l.other = r.other", "identique, ailleurs"),
        Level("near", "l.scope = r.scope AND length(l.other) > 5 AND damerau_levenshtein(l.other, r.other) = 1", "à un caractère près"),
        Level("elsewhere", "l.scope <> r.scope", "chacun le sien"),
        _different(),
    )),
)  # fmt: skip
"""All fields, in the order in which they are told."""

_BY_NAME: Final = {field.name: field for field in FIELDS}


def is_any(field: str, *levels: str) -> str:
    """SQL condition on ``compared``: the field is at one of these levels (``missing`` among them).

    >>> is_any("sex", "same", "missing")
    '(sex IN (1, 0))'
    """
    numbers = {MISSING: 0} | {level.name: place for place, level in enumerate(_BY_NAME[field].levels, 1)}
    return f"({field} IN ({', '.join(str(numbers[level]) for level in levels)}))"


def level_case(field: Field, left: str = "l.", right: str = "r.") -> str:
    """The SQL that gives the place of a field's level."""
    whens = " ".join(f"WHEN {level.condition} THEN {place}" for place, level in enumerate(field.levels, 1))
    return f"(CASE WHEN NOT ({field.present}) THEN 0 {whens} END)::UTINYINT"


def compare_pairs(connection: Executes) -> None:
    """Makes the table ``compared`` from ``pair`` and ``record``: ``a``, ``b``, and one level per field."""
    levels = ", ".join(f"{level_case(field)} AS {field.name}" for field in FIELDS)
    connection.execute(f"""
        CREATE OR REPLACE TABLE compared AS
        SELECT a, b, l.side <> r.side AS is_across, {levels}
        FROM pair JOIN record AS l ON l.rid = a JOIN record AS r ON r.rid = b""")


def words_of(field: str, place: int) -> str:
    """How a reader is told of a level, by its place."""
    return _BY_NAME[field].levels[place - 1].words if place else MISSING_WORDS
