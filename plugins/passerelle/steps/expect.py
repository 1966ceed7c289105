"""expect: look at what was published with Great Expectations; a broken expectation raises an alert and never loses data.

Contracts judge lines; expectations judge plausibility: volume against the last delivery, share of unknown codes, share of people
recognised. Only whether each expectation held is kept: no observed value.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.ledger import deliveries, documents
from passerelle.ledger.deliveries import Delivery
from passerelle.ledger.states import State
from passerelle.warehouse.connect import transaction

_log = logging.getLogger(__name__)


class Expectation(BaseModel):
    """One expectation of a feed, as its file in ``expectations/`` says it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    """Name of a Great Expectations expectation."""
    kwargs: dict[str, Any]
    severity: Literal["info", "warning", "critical"] = "warning"
    message: str
    """What the alert says, in French."""


class Suite(BaseModel):
    """The expectations of one feed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    expectations: tuple[Expectation, ...] = Field(min_length=1)


def load_suite(folder: Path, feed: str) -> Suite | None:
    """The feed's suite, or None when it has none; ConfigurationError when its file is not valid."""
    path = folder / f"{feed}.json"
    if not path.exists():
        return None
    try:
        return Suite.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, ValidationError) as error:
        raise ConfigurationError(f"{path} is no valid suite: {error}") from None


def run(gateway: Gateway, delivery_ids: list[int]) -> list[str]:
    """The messages of the expectations that do not hold for these deliveries; those not published are passed over.

    So are corrections: of a handful of lines no share says anything.
    """
    with transaction(gateway.engine) as connection:
        found = [deliveries.get(connection, delivery_id) for delivery_id in delivery_ids]
    published = [delivery for delivery in found if delivery.state is State.PUBLISHED and delivery.corrects is None]
    suites = {feed: load_suite(gateway.settings.expectations, feed) for feed in sorted({d.feed for d in published})}
    judged = [(delivery, suite) for delivery in published if (suite := suites[delivery.feed]) is not None]
    if not judged:
        return []
    with closing(_Checker(gateway.settings.warehouse_url())) as checker:
        return [message for delivery, suite in judged for message in _judge(gateway, delivery, suite, checker)]


def _judge(gateway: Gateway, delivery: Delivery, suite: Suite, checker: _Checker) -> list[str]:
    held = checker.results(delivery.delivery_id, suite)
    at = gateway.now()
    with transaction(gateway.engine) as connection:
        rows = [_row(expectation, success, at) for expectation, success in zip(suite.expectations, held, strict=True)]
        documents.replace_expectations(connection, delivery.delivery_id, rows)
        broken = [expectation for expectation, success in zip(suite.expectations, held, strict=True) if not success]
        for expectation in broken:
            documents.raise_alert(connection, _alert(delivery, expectation, at))
    for expectation in broken:
        _log.warning("expectation not met delivery_id=%d type=%s", delivery.delivery_id, expectation.type)
    return [f"Livraison n° {delivery.delivery_id} : {expectation.message}" for expectation in broken]


def _row(expectation: Expectation, success: bool, at: datetime) -> dict[str, Any]:
    return {
        "type": expectation.type,
        "column_name": expectation.kwargs.get("column"),
        "severity": expectation.severity,
        "success": int(success),
        "message": expectation.message,
        "run_at": at,
    }


def _alert(delivery: Delivery, expectation: Expectation, at: datetime) -> dict[str, Any]:
    return {
        "made_at": at,
        "kind": "expectation",
        "feed": delivery.feed,
        "sender": delivery.sender,
        "delivery_id": delivery.delivery_id,
        "message": expectation.message,
    }


class _Checker:
    """Great Expectations on the warehouse, in memory: no project folder, no telemetry, no progress bar."""

    def __init__(self, url: str) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        # Its import costs seconds, so only the task that needs it pays.
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self._gx = gx
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._source = self._context.data_sources.add_postgres(name="warehouse", connection_string=url)

    def close(self) -> None:
        """Closes its connections: Great Expectations leaves them to the garbage collector."""
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()

    def results(self, delivery_id: int, suite: Suite) -> list[bool]:
        """Whether each expectation of the suite holds for the delivery."""
        gx = self._gx
        query = f"select * from warehouse.delivery_quality where delivery_id = {int(delivery_id)}"
        asset = self._source.add_query_asset(name=f"delivery_{delivery_id}", query=query)
        batch = asset.add_batch_definition_whole_table("whole").get_batch()
        expectations = gx.ExpectationSuite(
            name=f"{suite.feed}_{delivery_id}",
            expectations=[{"type": item.type, "kwargs": item.kwargs} for item in suite.expectations],
        )
        outcome = batch.validate(expectations, result_format="BOOLEAN_ONLY")
        return [bool(result.success) for result in outcome.results]
