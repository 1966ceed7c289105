"""A warehouse of the first release, with its data, brought to the newest schema: nothing of it is lost or told otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.identity import statement
from passerelle.ledger import deliveries
from passerelle.warehouse import migrate
from passerelle.warehouse.connect import open_engine
from passerelle.warehouse.schema import SCHEMAS, TABLES

_AT = "2026-11-20 08:00:00+00"
_FILLED = f"""
insert into ledger.delivery (feed, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime, received_at, published_at,
                             lines_received, lines_accepted, lines_set_aside, lines_ignored, people_known, people_new, people_review)
select 'france_travail/inscriptions', 'francetravail', 'f' || n, repeat(n::text, 64), 10, 'published',
       timestamptz '{_AT}' + n * interval '1 day', 'f', 0, '{_AT}', '{_AT}', 10, 8, 2, 0, 1, 1, 0
from generate_series(1, 2) n;
insert into ledger.delivery (feed, sender, file_name, sha256, bytes, state, stamp, remote_name, remote_mtime, received_at)
values ('unknown', 'francetravail', 'x', repeat('9', 64), 10, 'quarantined', '{_AT}', 'x', 0, '{_AT}');
insert into ledger.finding (delivery_id, ordinal, rule, kind, effect, table_name, column_name, line, record, message, expected, fix)
select d, n, 'inscription.code.code', 'code', case when n = 3 then 'warn' else 'set_aside' end, 'inscription', 'code', n + 2, n,
       'Le code « ' || case when n % 2 = 0 then 'X' else 'Y' end || ' » est inconnu.', 'Un code.', 'Corrigez.'
from generate_series(1, 2) d, generate_series(0, 4) n;
insert into ledger.finding (delivery_id, ordinal, rule, kind, effect, message, expected, fix)
values (1, 5, 'structure.unknown_column', 'unknown_column', 'warn', 'La colonne « z » n''est pas prévue.', '', '');
insert into ledger.set_aside values (1, 0), (1, 4), (2, 7);
insert into ledger.receipt (delivery_id, kind, number, made_at, body) values (1, 'AR', 'AR-1', '{_AT}', '{{}}');
insert into identity.person select md5(n::text)::uuid, '{_AT}', 1 from generate_series(1, 3) n;
insert into identity.record (record_id, source, sender, content_hash, nir_valid, surname_keys, given_name_key, other_given_names_key,
                             first_delivery, birth_name, given_name)
select md5(n::text)::uuid, 'ft', 'francetravail', n::text, false, '', '', '', 1, 'NOM' || n, 'P' from generate_series(1, 3) n;
insert into identity.link (record_id, person_id, rule, decided_by, delivery_id, decided_at)
select record_id, record_id, 'NEW', 'rule:NEW', 1, '{_AT}' from identity.record;
insert into identity.key values ('france_travail_number', 'ft|1253359X|', md5('1')::uuid),
                                ('dossier_number', 'caf_msa|117|DEM', md5('1')::uuid);
insert into identity.sighting
select d, 'inscription', n, md5(n::text)::uuid, 'known' from generate_series(1, 2) d, generate_series(1, 3) n where (d, n) <> (2, 3);
insert into warehouse.registration (record_id, feed, sender, delivery_id, line, row, fact_key, stamp, recorded_at,
                                    france_travail_number, category_code, registered_on)
select record_id, 'france_travail/inscriptions', 'francetravail', delivery_id, row, row, '', timestamptz '{_AT}', '{_AT}',
       'N' || row, 'C' || delivery_id, date '2026-01-01' from identity.sighting;
"""
_VIEWS = ("registration_current", "person_name", "person_change", "delivery_quality", "portfolio")


@pytest.fixture
def filled(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The address of a warehouse of the first release that was used."""
    url = postgres.create_database("first_release")
    migrate.upgrade(url, "0001")
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(_FILLED.replace(":", "\\:")))
    engine.dispose()
    yield url
    postgres.drop_database("first_release")


def read(url: str, query: str) -> list[dict[str, Any]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(sa.text(query)).mappings()]
    engine.dispose()
    return found


def test_what_readers_saw_in_the_first_release_they_see_after_the_upgrade(filled: str) -> None:
    before = {name: read(filled, f"select * from warehouse.{name}") for name in _VIEWS}
    findings = read(filled, "select * from ledger.finding order by delivery_id, ordinal")
    assert all(before.values())
    assert len(findings) == 11

    migrate.upgrade(filled)

    for name, rows in before.items():
        columns = ", ".join(rows[0])
        after = read(filled, f"select {columns} from warehouse.{name}")
        assert sorted(after, key=repr) == sorted(rows, key=repr), name
    columns = ", ".join(findings[0])
    assert read(filled, f"select {columns} from ledger.finding_told order by delivery_id, ordinal") == findings


def test_the_words_of_a_rule_are_kept_once_and_earlier_deliveries_are_series_of_their_own(filled: str) -> None:
    migrate.upgrade(filled)

    assert read(filled, "select count(*) from ledger.broken_rule") == [{"count": 2 * 3 + 1}]
    assert read(filled, "select distinct feed, series from ledger.delivery order by 1") == [
        {"feed": "france_travail/inscriptions", "series": "france_travail/inscriptions"},
        {"feed": "unknown", "series": "unknown"},
    ]
    assert read(filled, "select count(*) from ledger.set_aside where closed_at is null and key_hash is null") == [{"count": 3}]
    engine = open_engine(filled)
    with engine.begin() as connection:
        deliveries.join_series(connection, "france_travail/inscriptions", "france_travail/tout")
        assert {delivery.series for delivery in deliveries.listed(connection)} == {"france_travail/tout", "unknown"}
    engine.dispose()


def test_a_number_of_france_travail_is_the_key_that_it_is_for_whoever_tells_it_now(filled: str) -> None:
    said = [statement.Statement("inscription", 0, role="DEM", identifiers=(kind,)) for kind in
            (("dossier_number", "117"), ("france_travail_number", "1253359x"))]  # fmt: skip
    context = statement.Recognition(1, "caf_msa", "caf", datetime(2026, 11, 20, tzinfo=UTC), b"key")
    migrate.upgrade(filled)
    keys = [key for one in said for key in statement.keys_of(one, context)]
    assert [(row["kind"], row["value"]) for row in read(filled, "select kind, value from identity.key order by kind")] == keys


def test_an_upgraded_warehouse_has_the_columns_of_a_new_one(filled: str, warehouse_url: str) -> None:
    query = """select table_schema, table_name, column_name, data_type, is_nullable from information_schema.columns
               where table_schema = any(array['{}']) and table_name <> 'schema_version' order by 1, 2, 3"""
    migrate.upgrade(filled)
    wanted = query.format("','".join(SCHEMAS))
    assert read(filled, wanted) == read(warehouse_url, wanted)
    nullable = {
        (f"{row['table_schema']}.{row['table_name']}", row["column_name"]): row["is_nullable"] == "YES" for row in read(filled, wanted)
    }
    for table in TABLES:
        for column in table.columns:
            assert nullable[(table.fullname, column.name)] == column.nullable, f"{table.fullname}.{column.name}"


def test_the_catalogue_has_the_indexes_and_foreign_keys_of_the_database(filled: str) -> None:
    migrate.upgrade(filled)
    engine = open_engine(filled)
    inspector = sa.inspect(engine)
    for table in TABLES:
        names = {
            index["name"] for index in inspector.get_indexes(table.name, schema=table.schema) if not index.get("duplicates_constraint")
        }
        assert names == {index.name for index in table.indexes}, table.fullname
        keys = {tuple(key["constrained_columns"]) for key in inspector.get_foreign_keys(table.name, schema=table.schema)}
        assert keys == {tuple(key.column_keys) for key in table.foreign_key_constraints}, table.fullname
    engine.dispose()
