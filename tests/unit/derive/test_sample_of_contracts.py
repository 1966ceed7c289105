"""Every contract of the repository: its synthetic file is named by its pattern and checks clean; with defects it does not."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, partial
from pathlib import Path

import pytest

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import inspect
from passerelle.contract.load import feed_ids, find
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.defects import DefectKind
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.findings import Verdict

ROOT = Path(__file__).parents[3] / "contracts"
AS_OF = date(2026, 3, 2)
FEEDS = feed_ids(ROOT)
_contract = cache(partial(find, ROOT))


def _inspected(feed: str, path: Path) -> Inspection:
    with path.open("rb") as file:
        return inspect(_contract(feed), file)


@pytest.mark.parametrize("feed", FEEDS)
def test_a_file_without_defects_checks_clean(feed: str, tmp_path: Path) -> None:
    contract = _contract(feed)
    made = write_sample(contract, tmp_path, request=SampleRequest(rows=150, seed=1, as_of=AS_OF))
    seen = _inspected(feed, made.path)
    assert re.fullmatch(contract.layout.name_pattern, made.path.name)
    assert set(seen.rules()) == set()
    assert (seen.verdict, seen.counts.accepted) == (Verdict.ACCEPTED, 150)


@pytest.mark.parametrize("feed", FEEDS)
def test_every_line_or_dossier_with_a_defect_is_found(feed: str, tmp_path: Path) -> None:
    made = write_sample(_contract(feed), tmp_path, request=SampleRequest(rows=300, seed=2, as_of=AS_OF, defects=0.2))
    found = {record for _, _, record in _inspected(feed, made.path).findings()}
    spoilt = {defect.record - 1 for defect in made.defects if defect.kind is not DefectKind.SPACES}
    assert len(spoilt) > 20
    assert spoilt <= found
