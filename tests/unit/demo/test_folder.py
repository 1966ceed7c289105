"""The demo makes its folder anew, and never touches one that is not its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerelle.demo.folder import DemoFolder, project
from passerelle.errors import ConfigurationError


def test_a_folder_with_other_things_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="not empty and no demo made it"):
        DemoFolder(tmp_path).renew()
    assert (tmp_path / "thesis.txt").exists()


def test_the_folder_of_an_earlier_demo_is_emptied(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo-output")
    folder.renew()
    (folder.receipts / "old.html").write_text("old", encoding="utf-8")
    folder.renew()
    assert list(folder.receipts.iterdir()) == []
    assert folder.register.exists()


def test_only_its_owner_reads_the_keys(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo-output")
    folder.renew()
    assert folder.keys.stat().st_mode & 0o077 == 0


def test_the_project_is_found_from_the_package() -> None:
    assert (project() / "contracts").is_dir()
