"""The synthetic programme of :mod:`esf_jobs` in a warehouse, as partners' deliveries would have left it, and what it takes to compute it.

Two full files of entries (each holds every participation, as the contract asks; the second the corrections), one of exits, one of events.
Drafts and withdrawn records are never published; situations six months after have no feed. Whatever is not recognised as a row here would
make the measure wrong in silence, so the counted people are compared with those of the files.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from esf_jobs import CUTOFF

from passerelle.errors import InvariantError
from passerelle.indicators.document_text import document_text
from passerelle.indicators.snapshot import known, store
from passerelle.indicators.snapshot.engine import report
from passerelle.indicators.snapshot.received import intake_of
from passerelle.warehouse.connect import open_engine, transaction

_AT = datetime(2026, 1, 2, tzinfo=UTC)
_FEEDS = ("fse/participants_entrees", "fse/participants_entrees", "fse/participants_sorties", "fse/participants_evenements")
_LOADED = {"p": "participations", "e": "events", "o": "operations"}
_RECORD = "md5('record ' || k)::uuid"
_PERSON = "md5('person ' || k)::uuid"
_OF_FACT = "record_id, feed, sender, delivery_id, line, row, fact_key, stamp, recorded_at"
_FILL = (
    # The last version of each participation, and the one before it where there are two.
    """create temporary table now as select distinct on (participation_id) * from participations
       order by participation_id, recorded_on desc""",
    "create temporary table before as select distinct on (participation_id) * from participations order by participation_id, recorded_on",
    "create temporary table people as select distinct participant_id as k from participations",
    f"insert into identity.person (person_id, minted_at, minted_by) select {_PERSON}, timestamptz '2025-11-01', 1 from people",
    f"""insert into identity.record (record_id, source, sender, content_hash, nir_valid, surname_keys, given_name_key,
                                     other_given_names_key, first_delivery)
        select {_RECORD}, 'fse/participants_entrees', 'fse', k, false, '', '', '', 1 from people""",
    f"""insert into identity.link (record_id, person_id, rule, decided_by, delivery_id, decided_at)
        select {_RECORD}, {_PERSON}, 'NEW', 'rule:NEW', 1, timestamptz '2025-11-01' from people""",
    *(
        f"""insert into identity.sighting (delivery_id, table_name, "row", record_id, outcome)
            select {delivery}, 'entree', row_number() over () + 1, {_RECORD}, 'known' from people"""
        for delivery in (1, 2)
    ),
    *(
        f"""insert into identity.sighting (delivery_id, table_name, "row", record_id, outcome)
            select {delivery}, '{table}', row_number() over () + 1, {_RECORD}, 'known'
            from (select distinct participant_id as k from {rows}) told"""
        for delivery, table, rows in ((3, "sortie", "now where exit_date <> ''"), (4, "evenement", "events"))
    ),
    *(
        f"""insert into esf.participation ({_OF_FACT}, participation_number, operation_id, entry_date, sex, birth_date, labour_at_entry,
                unemployment_months, in_education_at_entry, isced_level, disability, nationality_group, foreign_background, minority,
                housing_exclusion, direct_support_days, attempt_on)
            select md5('record ' || participant_id)::uuid, 'fse/participants_entrees', 'fse', {delivery}, n + 1, n,
                   operation_id || '|' || entry_date, timestamptz '2025-11-01', timestamptz '2025-11-01', participation_id, operation_id,
                   nullif(entry_date, '')::date, sex, nullif(birth_date, '')::date, nullif(labour_at_entry, ''),
                   nullif(unemployment_months, '')::integer,
                   case in_education_at_entry when 'yes' then true when 'no' then false end, nullif(isced_level, '')::integer,
                   disability, nationality_group, foreign_background, minority, housing_exclusion,
                   nullif(direct_support_days, '')::integer, nullif(attempt_on, '')::date
            from (select *, row_number() over () as n from {rows} where status in ('submitted', 'corrected') and sex <> 'X') told"""
        for delivery, rows in ((1, "before"), (2, "now"))
    ),
    f"""insert into esf.participation_exit ({_OF_FACT}, participation_number, operation_id, exit_date)
        select md5('record ' || participant_id)::uuid, 'fse/participants_sorties', 'fse', 3, n + 1, n, participation_id,
               timestamptz '2025-12-01', timestamptz '2025-12-01', participation_id, operation_id, exit_date::date
        from (select *, row_number() over () as n from now
              where exit_date <> '' and status in ('submitted', 'corrected') and sex <> 'X') told""",
    f"""insert into esf.participation_event ({_OF_FACT}, operation_id, event_date, event, withdrawn)
        select md5('record ' || participant_id)::uuid, 'fse/participants_evenements', 'fse', 4, n + 1, n, event_id,
               timestamptz '2025-12-01', timestamptz '2025-12-01', operation_id, event_date::date, event, false
        from (select *, row_number() over () as n from events) told""",
    """insert into esf.operation (operation_id, specific_objective, priority, region_category, start_on, end_on, annex, recorded_at,
                                  recorded_by)
       select operation_id, specific_objective, priority, region_category, start::date, "end"::date, annex, timestamptz '2025-01-01', 'banc'
       from operations""",
)  # fmt: skip


def fill_warehouse(folder: Path, url: str) -> None:
    """Loads the files of the folder into a migrated, empty warehouse."""
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection, connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off; set work_mem = '256MB'")
        for number, feed in enumerate(_FEEDS, start=1):
            _deliver(cursor, number, feed)
        for name, table in _LOADED.items():
            _load(cursor, folder / f"{name}.csv", table)
        for query in _FILL:
            cursor.execute(query)  # type: ignore[arg-type]
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
        connection.execute("analyze")


def from_warehouse(folder: Path, url: str) -> None:
    """What was known of every operation at the cut-off, computed: the same document as from the files."""
    engine = open_engine(url)
    with transaction(engine) as connection, known.read(connection, None, _AT, known.Rurality(), traced=False) as found:
        tables = found.tables()
    engine.dispose()
    with (folder / "document-warehouse.json").open("w", encoding="utf-8") as stream:
        stream.writelines(document_text(report({}, CUTOFF, intake_of(tables)).document()))


def keep_snapshot(url: str) -> None:
    """Keeps what was known as the files of one snapshot, as a proposal does."""
    engine = open_engine(url)
    with transaction(engine) as connection:
        with known.read(connection, None, _AT, known.Rurality()) as found:
            files = found.tables().files()
        values = {"operation_id": "all", "cut_off": CUTOFF, "known_at": _AT, "rules_version": "-", "engine_version": "-", "manifest": "{}"}
        store.add(connection, values | {"sha256": store.digest(b"{}"), "proposed_by": "banc", "proposed_at": _AT}, files)
    engine.dispose()


def from_snapshot(folder: Path, url: str) -> None:
    """The same computed again from the files kept in the warehouse."""
    engine = open_engine(url)
    with transaction(engine) as connection:
        files = store.files(connection, 1)
    engine.dispose()
    with (folder / "document-snapshot.json").open("w", encoding="utf-8") as stream:
        stream.writelines(document_text(report(files, CUTOFF).document()))


def bare_copy(_: Path, url: str) -> None:
    """What the same rows take to leave the warehouse as they are, nothing looked at."""
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection, connection.cursor() as cursor:
        for table in ("participation", "participation_exit", "participation_event"):
            with cursor.copy(f"copy (select * from esf.{table}) to stdout with (format csv)") as copy:  # type: ignore[arg-type]
                b"".join(bytes(block) for block in copy)


def compare_counts(folder: Path) -> int:
    """The people counted from the files. Raises InvariantError when the warehouse gives other figures of what both know."""
    files, warehouse = (json.loads((folder / name).read_text(encoding="utf-8")) for name in ("document.json", "document-warehouse.json"))
    for operation, cells in files["operations"].items():
        for code in ("EECO01", "EECO03", "EECO08", "EECO13"):
            if cells[code] != warehouse["operations"][operation][code]:
                raise InvariantError(f"{operation} {code}: {cells[code]} from files, {warehouse['operations'][operation][code]} from rows.")
    return int(files["received"]["counted"])


def _deliver(cursor: psycopg.Cursor, number: int, feed: str) -> None:
    cursor.execute(
        """insert into ledger.delivery (feed, series, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime,
                                        received_at, published_at)
           values (%(feed)s, %(feed)s, 'fse', %(number)s::text, %(number)s::text, 1, 'published',
                   timestamptz '2025-11-01' + %(number)s * interval '7 days', 'f', 0, timestamptz '2025-12-30', timestamptz '2025-12-30')
           returning delivery_id""",
        {"feed": feed, "number": number},
    )
    cursor.execute(
        """insert into ledger.transition (delivery_id, state, at, actor) values (%(number)s, 'published', timestamptz '2025-12-30', 'banc');
        """,
        {"number": number},
    )
    cursor.execute(
        """insert into ledger.receipt (delivery_id, kind, number, made_at, body)
           values (%(number)s, 'CRI', 'CRI-' || %(number)s, timestamptz '2025-12-30', '{}')""",
        {"number": number},
    )


def _load(cursor: psycopg.Cursor, path: Path, table: str) -> None:
    with path.open("rb") as stream:
        names = stream.readline().decode().strip().split(";")
        columns = ", ".join(f'"{name}" text' for name in names)
        cursor.execute(f"create temporary table {table} ({columns})")  # type: ignore[arg-type]
        with cursor.copy(f"copy {table} from stdin with (format csv, delimiter ';', null '\x01')") as copy:  # type: ignore[arg-type]
            while block := stream.read(1 << 20):
                copy.write(block)
