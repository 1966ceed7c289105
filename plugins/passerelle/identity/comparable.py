"""The comparable form of each record, as SQL: the table ``record`` made from ``raw``, one row each, with dense numbers.

Names follow the same rules as :mod:`passerelle.identity.normalise` (accented ones are folded by it, and only the plain rest by SQL).
Nothing here decides who is who; it only says what is comparable, what is doubtful (a NIR that contradicts the civil status, a birth date of
1 January) and what says nothing (zeros, one repeated digit, a phone number half the town shares).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import duckdb
import pyarrow as pa

from passerelle.identity.normalise import fold

NAMES: Final = ("birth_name", "usage_name", "given_names", "birth_place_name", "city", "address")
MAX_SHARED: Final = 12
"""A phone number, e-mail or NIR that so many people have (counted by given name and birth date) is an office's, or made up."""
RARE_FIRST: Final = 2e-5
"""A given name that fewer have (or no more than two) is taken for a misspelling when it is next to a usual one."""
_SOUNDS: Final = (
    ("SCH", "CH"), ("SH", "CH"), ("CH", "1"), ("PH", "F"), ("DJ", "J"), ("CK", "K"), ("QU", "K"), ("Q", "K"), ("X", "KS"), ("H", ""),
    ("Y", "I"), ("W", "V"), ("Z", "S"), ("CE", "SE"), ("CI", "SI"), ("C", "K"), ("GE", "JE"), ("GI", "JI"), ("OU", "U"), ("AI", "E"),
    ("EI", "E"), *((letter * 2, letter) for letter in "ABDEFGIJKLMNOPRSTUV"),
)  # fmt: skip
"""Spellings of one sound in given names, French and transcribed, in this order."""
_PLAIN = "upper(regexp_replace({0}, '[^A-Za-z|]+', ' ', 'g'))"
_KEY = "nullif(regexp_replace(upper({0}), '[^A-Z]', '', 'g'), '')"
_LETTERS_AND_DIGITS = (
    "nullif(if(regexp_matches({0}, '[^A-Za-z0-9 ]'), regexp_replace(upper({0}), '[^A-Z0-9]', '', 'g'), replace(upper({0}), ' ', '')), '')"
)


def _junk(text: str) -> str:
    """Condition: the identifier is empty, zeros, or one character six times or more."""
    return f"({text} IS NULL OR ltrim({text}, '0') = '' OR (length({text}) >= 6 AND replace({text}, {text}[1], '') = ''))"


def _identifier(column: str) -> str:
    text = f"regexp_replace(upper({column}), '\\s', '', 'g')"
    return f"CASE WHEN NOT {_junk(text)} THEN {text} END"


_BIRTH_DATE = """CASE
    WHEN regexp_full_match(birth_date, '\\d{4}-\\d{2}-\\d{2}.*') THEN left(birth_date, 4) || birth_date[6:7] || birth_date[9:10]
    WHEN regexp_full_match(birth_date, '\\d{2}/\\d{2}/\\d{4}') THEN birth_date[7:10] || birth_date[4:5] || birth_date[1:2]
    WHEN regexp_full_match(birth_date, '\\d{8}') THEN birth_date END"""
_SEX = "CASE WHEN upper(left(sex, 1)) IN ('M', 'H', '1') THEN 'M' WHEN upper(left(sex, 1)) IN ('F', '2') THEN 'F' END"
_NIR_TEXT = "regexp_replace(upper({0}), '[^0-9AB]', '', 'g')"
_NIR_NUMBER = "TRY_CAST(replace(replace(left({0}, 13), '2A', '19'), '2B', '18') AS BIGINT)"
_NUMBER = "right(regexp_replace({0}, '[^0-9]', '', 'g'), 9)"
_USABLE = "length({0}) = 9 AND replace({0}, {0}[1], '') <> ''"
_PHONES = f"""CASE WHEN contains(phone, '|')
    THEN list_distinct(list_filter(
        list_transform(string_split(phone, '|'), lambda x: {_NUMBER.format("x")}), lambda x: {_USABLE.format("x")}))
    WHEN {_USABLE.format(_NUMBER.format("phone"))} THEN [{_NUMBER.format("phone")}] END"""
_EMAILS = """CASE WHEN contains(email, '|')
    THEN list_distinct(list_filter(list_transform(string_split(lower(email), '|'), lambda x: trim(x)), lambda x: contains(x, '@')))
    WHEN contains(email, '@') THEN [lower(trim(email))] END"""

_FIRST = f"""
SELECT rid, side, record_id,
    hash(coalesce(source, ''), coalesce(organisation, '')) AS scope,
    {_KEY.format("birth_name")} AS birth_key, {_KEY.format("usage_name")} AS usage_key,
    trim({_PLAIN.format("birth_name")}) AS birth_plain, string_split({_PLAIN.format("given_names")}, '|') AS given_plain,
    {_SEX} AS sex, {_BIRTH_DATE} AS dob, coalesce(birth_date_precision, '') IN ('', 'N', 'day') AS is_precise,
    {_NIR_TEXT.format("nir")} AS nir_text, {_NIR_TEXT.format("caf_number")} AS matricule,
    lower(coalesce(nir_certified, '')) IN ('true', '1', 'oui', 'o', 't') AS is_certified,
    {_LETTERS_AND_DIGITS.format("birth_place_code")} AS place, {_KEY.format("birth_place_name")} AS place_name,
    {_identifier("caf_number")} AS caf, {_identifier("dossier_number")} AS dossier,
    {_identifier("previous_dossier_number")} AS former_dossier,
    upper(trim(role)) AS role, {_identifier("france_travail_number")} AS ft, {_identifier("other_id")} AS other,
    {_LETTERS_AND_DIGITS.format("address")} AS address, {_LETTERS_AND_DIGITS.format("postcode")} AS postcode,
    {_KEY.format("city")} AS city, {_LETTERS_AND_DIGITS.format("commune_code")} AS commune,
    {_PHONES} AS all_phones, {_EMAILS} AS all_emails
FROM"""


def _sound(nir: str) -> str:
    """The 13 characters of a NIR whose form is right, and its key if it has one; else NULL. 2 % of 13 random digits pass: never alone."""
    form = f"regexp_full_match({nir}, '[123478]\\d\\d(0[1-9]|1[0-2]|[2-3]\\d|4[0-2]|[5-9]\\d)(\\d\\d|2A|2B)\\d{{6}}(\\d\\d)?')"
    key = f"(length({nir}) = 13 OR 97 - {_NIR_NUMBER.format(nir)} % 97 = TRY_CAST({nir}[14:15] AS INTEGER))"
    return f"CASE WHEN {form} AND NOT {_junk(nir)} AND {nir}[6:13] <> '00000000' THEN CASE WHEN {key} THEN left({nir}, 13) END END"


_SECOND = f"""
SELECT * EXCLUDE (birth_key, usage_key, birth_plain, given_plain, nir_text, matricule, is_precise),
    coalesce(birth_key, usage_key) AS surname, nullif(usage_key, coalesce(birth_key, usage_key)) AS usage,
    list_filter(string_split(birth_plain, ' '), lambda x: length(x) > 3) AS surname_parts,
    list_filter(list_transform(given_plain, lambda x: replace(x, ' ', '')), lambda x: x <> '') AS given,
    is_precise AND right(dob, 4) <> '0101' AND try_strptime(dob, '%Y%m%d') IS NOT NULL AS is_exact,
    {_sound("nir_text")} AS own_nir, CASE WHEN coalesce(role, 'DEM') = 'DEM' THEN {_sound("matricule")} END AS matricule_nir
FROM first_form
"""


def _agrees(nir: str) -> str:
    """Condition: the NIR says the sex, year and (where both know it) month of birth that the record says."""
    sex = f"coalesce(({nir}[1] IN ('1', '3', '7')) = (sex = 'M'), true)"
    year = f"coalesce({nir}[2:3] = dob[3:4], true)"
    month = f"coalesce(NOT is_exact OR {nir}[4:5] > '12' OR {nir}[4:5] = dob[5:6], true)"
    return f"({sex} AND {year} AND {month} AND (sex IS NOT NULL OR dob IS NOT NULL))"


_THIRD = f"""
SELECT * EXCLUDE (given, own_nir, matricule_nir), coalesce(is_exact, false) AS is_exact_date,
    given[1] AS first_name, CASE WHEN len(given) > 1 THEN list_sort(list_distinct(given)) ELSE given END AS given_names,
    array_to_string(given, '') AS given_run, len(given) AS given_count,
    coalesce(own_nir, CASE WHEN {_agrees("matricule_nir")} THEN matricule_nir END) AS nir,
    CASE WHEN own_nir IS NOT NULL THEN {_agrees("own_nir")} ELSE {_agrees("matricule_nir")} END AS is_coherent
FROM second_form
"""


def spoken(name: str) -> str:
    """SQL: how a given name sounds, so that RANIA and RANYA are one."""
    for written, sound in _SOUNDS:
        name = f"replace({name}, '{written}', '{sound}')"
    return name


@lru_cache(maxsize=50_000)
def sound(name: str) -> str:
    """What :func:`spoken` gives.

    >>> sound("RANYA") == sound("RANIA"), sound("SCHAIMA"), sound("AHMED")
    (True, '1EMA', 'AMED')
    """
    for written, heard in _SOUNDS:
        name = name.replace(written, heard)
    return name


def make_records(connection: duckdb.DuckDBPyConnection) -> int:
    """Makes the table ``record`` from ``raw``, and returns how many phone numbers, e-mails and NIRs were left out as everybody's."""
    _fold_accents(connection)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW first_form AS {_FIRST} plain")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW second_form AS {_SECOND}")
    connection.execute(f"CREATE OR REPLACE TABLE shaped AS {_THIRD}")
    connection.execute("DROP TABLE raw CASCADE")
    connection.execute("""
        CREATE OR REPLACE TEMP VIEW value_of AS
        SELECT unnest(list_concat(coalesce(all_phones, []), coalesce(all_emails, []), [nir])) AS value, first_name, dob FROM shaped""")
    connection.execute(f"""
        CREATE OR REPLACE TABLE crowd AS SELECT value FROM value_of
        WHERE hash(value) IN (SELECT hash(value) FROM value_of WHERE value IS NOT NULL GROUP BY hash(value) HAVING count(*) > {MAX_SHARED})
        GROUP BY value HAVING count(DISTINCT hash(first_name, dob)) > {MAX_SHARED}""")
    crowded = [row[0] for row in connection.execute("SELECT value FROM crowd ORDER BY value").fetchall()]
    connection.execute("SET VARIABLE crowd = ?", [crowded])
    kept = "nullif(list_filter({0}, lambda x: NOT list_contains(getvariable('crowd'), x)), [])" if crowded else "nullif({0}, [])"
    nir = "if(list_contains(getvariable('crowd'), nir), NULL, nir)" if crowded else "nir"
    connection.execute(f"""
        CREATE OR REPLACE TABLE record AS
            SELECT * EXCLUDE (all_phones, all_emails, is_exact, nir) RENAME (is_exact_date AS is_exact),
            {nir} AS nir, {kept.format("all_phones")} AS phones, {kept.format("all_emails")} AS emails,
            coalesce(often <= greatest(2, {RARE_FIRST} * (SELECT count(*) FROM shaped)), true) AS is_rare_first
        FROM shaped LEFT JOIN (
            SELECT first_name, count(*) AS often, {spoken("first_name")} AS first_sound FROM shaped GROUP BY first_name
        ) USING (first_name)""")
    connection.execute("DROP TABLE shaped; DROP TABLE crowd")
    return len(crowded)


def _fold_accents(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the view ``plain``, in which every name is ASCII; each different accented text is folded once, by the one rule."""
    distinct = " UNION ".join(f"SELECT {name} AS text FROM raw WHERE length({name}) < strlen({name})" for name in NAMES)
    texts = [row[0] for row in connection.execute(distinct).fetchall()]
    if not texts:
        connection.execute("CREATE OR REPLACE TEMP VIEW plain AS SELECT rowid AS rid, * FROM raw")
        return
    plain = ["|".join(_fold_keeping_digits(part) for part in text.split("|")) for text in texts]
    connection.register("folded_given", pa.table({"text": texts, "plain": plain}))
    connection.execute("CREATE OR REPLACE TABLE folded AS SELECT * FROM folded_given")
    joins = " ".join(f"LEFT JOIN folded AS {name}_f ON {name}_f.text = raw.{name}" for name in NAMES)
    replaced = ", ".join(f"coalesce({name}_f.plain, raw.{name}) AS {name}" for name in NAMES)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW plain AS SELECT raw.rowid AS rid, raw.* REPLACE ({replaced}) FROM raw {joins}")


def _fold_keeping_digits(text: str) -> str:
    """The folded text; where it is an address, its figures stay."""
    if not any(letter.isdigit() for letter in text):
        return fold(text)
    return " ".join(word if word.isascii() else fold(word) for word in text.split())
