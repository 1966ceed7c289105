"""A folder of contracts in which someone has added a feed by dropping one file."""

from __future__ import annotations

import shutil
from pathlib import Path

FEED = "mission_locale/suivi"
SENDER = "mission-locale"
_TESTS = Path(__file__).resolve().parent
CONTRACT = _TESTS / "cases" / "mission_locale_suivi.odcs.yaml"


def contracts_with_it(folder: Path) -> Path:
    """A copy of the product's contracts and the new file."""
    shutil.copytree(_TESTS.parent / "contracts", folder)
    target = folder / f"{FEED}.odcs.yaml"
    target.parent.mkdir()
    shutil.copyfile(CONTRACT, target)
    return folder
