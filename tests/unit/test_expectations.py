"""The suites of ``expectations/``: each is of a feed there is, and looks at what is measured of that feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.contract.load import feed_ids, find
from passerelle.steps.expect import load_suite

ROOT = Path(__file__).parents[2]
SUITES = sorted(path.relative_to(ROOT / "expectations").with_suffix("").as_posix() for path in (ROOT / "expectations").glob("*/*.json"))
MEASURED = {"volume_ratio", "share_unknown_codes", "share_set_aside", "share_recognised"}
"""Columns of warehouse.delivery_quality."""


@pytest.mark.parametrize("feed", SUITES)
def test_a_suite_is_of_its_feed_and_says_in_french_what_to_look_at(feed: str) -> None:
    suite = load_suite(ROOT / "expectations", feed)
    assert suite is not None
    assert suite.feed == feed
    assert feed in feed_ids(ROOT / "contracts")
    contract = find(ROOT / "contracts", feed)
    measured = {
        name
        for name in MEASURED
        if (name != "share_recognised" or any(table.about_people for table in contract.tables))
        and (name != "share_unknown_codes" or any(column.codes for table in contract.tables for column in table.columns))
    }
    columns = [expectation.kwargs["column"] for expectation in suite.expectations]
    assert set(columns) <= measured
    assert len(columns) == len(set(columns))
    assert all(expectation.message.endswith(".") for expectation in suite.expectations)
