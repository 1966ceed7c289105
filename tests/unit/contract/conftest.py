"""A copy of the product's contracts that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parents[3] / "contracts"


@pytest.fixture
def contracts() -> Path:
    return CONTRACTS


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = tmp_path / "contracts"
    shutil.copytree(CONTRACTS, copy)
    return copy
