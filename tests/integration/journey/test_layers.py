"""The switch between certain rules and ranked candidates, on a whole installation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

import oracle
from installation import Installation
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.identity.register import audit
from passerelle.ledger import deliveries
from passerelle.ledger.states import State
from passerelle.steps import reconcile
from passerelle.warehouse.connect import transaction


def test_ranked_candidates_make_links_only_once_an_audit_of_every_stratum_was_judged(place: Installation, opened: Gateway) -> None:
    place.drop("caf", place.sample("caf", 6).path)
    place.drop("francetravail", place.sample("francetravail", 6).path)
    [first, second] = (delivery.delivery_id for delivery in oracle.run(opened))
    with transaction(opened.engine) as connection:
        connection.execute(text("UPDATE ledger.delivery SET state = 'staged' WHERE delivery_id = :id"), {"id": second})
    asked = replace(opened, settings=opened.settings.model_copy(update={"identity_layer": "ranked"}))

    with pytest.raises(ConfigurationError, match="identity audit draw"):
        reconcile.run(asked, second)
    with transaction(opened.engine) as connection:
        assert deliveries.get(connection, second).state is State.STAGED
        by = ("agent-1", opened.now())
        assert sum(audit.draw(connection, 100, 1, by).values()) > 0
        pairs = audit.unjudged(connection, 1_000)
        for number, _, _ in pairs[1:]:
            audit.judge(connection, number, "same", by)
    with pytest.raises(ConfigurationError, match=r"attendent un verdict : 1 \(.+identity audit next"):
        reconcile.run(asked, second)
    with transaction(opened.engine) as connection:
        audit.judge(connection, pairs[0][0], "same", by)
    assert reconcile.run(asked, second) is State.RECONCILED
    assert first != second


def test_what_a_contract_says_of_a_person_is_compared(place: Installation, opened: Gateway) -> None:
    for sender in ("caf", "ccas-valcombe"):
        place.drop(sender, place.sample(sender, 12).path)
    oracle.run(opened)
    records = oracle.dump(opened)["identity.record"]
    said = {
        source: {name for row in records if row["source"] == source for name, value in row.items() if value}
        for source in {row["source"] for row in records}
    }
    assert {"birth_place_name", "commune_code", "other_given_names"} <= said["caf_msa"]
    assert {"phone", "phone_key", "email", "email_key", "commune_code"} <= said["ccas"]
    several = [row["other_given_names"] for row in records if "|" in (row["other_given_names"] or "")]
    assert several, "the CAF writes other given names in two columns"
