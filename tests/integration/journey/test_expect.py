"""Great Expectations on what was published: a broken expectation raises an alert and loses nothing."""

from __future__ import annotations

from datetime import timedelta

from installation import AS_OF, Installation, product_contract, rows
from passerelle import journey
from passerelle.derive.mutate import Mutation, mutate
from passerelle.gateway import Gateway

FEED = "ccas/accompagnement"


def test_a_volume_ten_times_smaller_raises_an_alert_and_the_data_stays(place: Installation, opened: Gateway) -> None:
    place.drop("ccas-valcombe", place.sample("ccas-valcombe", 100).path)
    first = journey.run(opened, [FEED])
    assert rows(opened, "select count(*) from ledger.expectation where success = 0")[0][0] == 0

    place.drop("ccas-valcombe", place.sample("ccas-valcombe", 10, day=AS_OF + timedelta(days=7)).path)
    second = journey.run(opened, [FEED])

    assert [delivery.state for delivery in (*first, *second)] == ["published", "published"]
    held = rows(opened, "select column_name, success from ledger.expectation where delivery_id = 2 order by ordinal")
    assert ("volume_ratio", 0) in held
    alerts = rows(opened, "select kind, delivery_id, sender from ledger.alert")
    assert ("expectation", 2, "ccas-valcombe") in alerts
    assert rows(opened, "select count(*) from warehouse.brake where delivery_id = 2")[0][0] == 10


def test_a_correction_that_is_still_wrong_raises_no_alert_about_shares(place: Installation, opened: Gateway) -> None:
    good = place.sample("ccas-valcombe", 30).path
    place.drop("ccas-valcombe", mutate(product_contract(FEED), good, Mutation.IMPOSSIBLE_DATE, place.folder / "broken"))
    journey.run(opened, [FEED])
    (correction,) = (place.sftp.root("ccas-valcombe") / "retours").glob("CORRECTION_*")
    still_wrong = place.folder / correction.name
    still_wrong.write_bytes(correction.read_bytes().replace(b"31/02/1980", b"30/02/1980"))
    place.drop("ccas-valcombe", still_wrong)
    journey.run(opened, [FEED])

    assert rows(opened, "select lines_received, lines_set_aside from ledger.delivery where corrects = 1") == [(1, 1)]
    assert rows(opened, "select message from ledger.alert where kind = 'expectation'") == []


def test_results_hold_no_observed_value(place: Installation, opened: Gateway) -> None:
    place.drop("ccas-valcombe", place.sample("ccas-valcombe", 30).path)
    journey.run(opened, [FEED])

    columns = {row[0] for row in rows(opened, "select column_name from information_schema.columns where table_name = 'expectation'")}
    assert columns == {"delivery_id", "ordinal", "type", "column_name", "severity", "success", "message", "run_at"}
    assert rows(opened, "select count(*) from ledger.expectation")[0][0] > 0
