"""The generated pages say what the program and the contracts say, always with the same bytes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from passerelle.cli import docs
from passerelle.cli.main import app
from passerelle.cli.reference import gather, tables
from passerelle.receipt.arrival import acknowledge
from passerelle.receipt.model import DeliveryFacts
from passerelle.settings import Settings

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs/reference"
CLI = Path("docs/reference/cli.md")


@pytest.fixture(scope="module")
def made() -> dict[Path, str]:
    return gather.pages(ROOT)


@pytest.fixture
def repository(tmp_path: Path, made: dict[Path, str]) -> Path:
    """A repository whose pages may be spoilt: everything but docs is the real one's."""
    for name in ("pyproject.toml", "contracts", "plugins"):
        (tmp_path / name).symlink_to(ROOT / name)
    for path, text in made.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def check(root: Path) -> tuple[int, str]:
    result = CliRunner().invoke(docs.app, ["--check", "--root", str(root)])
    return result.exit_code, result.output


def test_the_pages_of_the_repository_are_fresh() -> None:
    status, said = check(ROOT)
    assert status == 0, f"{said}Run `make docs`, read the pages again, and add them to the change."


def test_a_changed_page_a_missing_one_and_a_leftover_are_named_with_the_remedy(repository: Path) -> None:
    changed, missing, leftover = (repository / "docs/reference" / name for name in ("errors.md", "settings.md", "feeds/old__feed.md"))
    changed.write_text(changed.read_text(encoding="utf-8") + " ", encoding="utf-8")
    missing.unlink()
    leftover.write_text("# Gone", encoding="utf-8")

    status, said = check(repository)

    assert status == 1
    assert [line for line in said.splitlines() if line.startswith("périmée")] == [
        "périmée : docs/reference/errors.md",
        "périmée : docs/reference/feeds/old__feed.md",
        "périmée : docs/reference/settings.md",
    ]
    assert "make docs" in said


def test_docs_mends_every_stale_page_and_removes_leftovers(repository: Path) -> None:
    (repository / CLI).write_text("", encoding="utf-8")
    (repository / "docs/reference/feeds/old__feed.md").write_text("# Gone", encoding="utf-8")

    assert CliRunner().invoke(docs.app, ["--root", str(repository)]).exit_code == 0

    assert check(repository)[0] == 0
    assert not (repository / "docs/reference/feeds/old__feed.md").exists()


def test_check_writes_nothing(repository: Path) -> None:
    (repository / CLI).write_text("spoilt", encoding="utf-8")
    check(repository)
    assert (repository / CLI).read_text(encoding="utf-8") == "spoilt"


def test_a_folder_that_is_no_repository_is_wrong_usage(tmp_path: Path) -> None:
    status, said = check(tmp_path)
    assert status == 2
    assert "--root" in said


def test_another_terminal_another_locale_and_another_run_give_the_same_bytes(repository: Path) -> None:
    before = {path: path.read_bytes() for path in (repository / "docs").rglob("*") if path.is_file()}
    other = {"COLUMNS": "43", "TERMINAL_WIDTH": "43", "FORCE_COLOR": "1", "PYTHONHASHSEED": "7", "LANG": "fr_FR.UTF-8", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", "from passerelle.cli.main import main; main()", "docs", "--root", str(repository)]

    subprocess.run(command, env=os.environ | other, check=True, capture_output=True, timeout=120)

    assert {path: path.read_bytes() for path in (repository / "docs").rglob("*") if path.is_file()} == before


def test_every_command_of_the_help_is_in_the_page_of_commands() -> None:
    page = (ROOT / CLI).read_text(encoding="utf-8")
    said = CliRunner().invoke(app, ["--help"]).output
    named = re.findall(r"^│ (\w+)", said.split("Commands")[1], re.MULTILINE)
    assert len(named) >= 10
    assert [name for name in named if f"## passerelle {name}\n" not in page] == []
    assert "## passerelle deliveries undo\n" in page


def test_no_page_holds_an_escape_sequence_and_no_help_is_wider_than_a_hundred_columns() -> None:
    for path in REFERENCE.rglob("*.*"):
        assert "\x1b" not in path.read_text(encoding="utf-8"), path
    wide = [line for line in (ROOT / CLI).read_text(encoding="utf-8").split("```")[1::2] for line in line.splitlines() if len(line) > 100]
    assert wide == []


def test_every_key_of_the_settings_is_explained() -> None:
    rows = [
        line.split("|")[1:-1] for line in (REFERENCE / "settings.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    keys = {row[0].strip(" `") for row in rows}
    assert set(Settings.model_fields) <= keys
    assert [row[0] for row in rows if not row[-1].strip() and row[0].strip() != "`port`"] == []


def test_the_schema_of_the_settings_accepts_the_example_of_the_install_page_and_refuses_a_typo() -> None:
    schema = json.loads((REFERENCE / "settings.schema.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    example = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])
    jsonschema.validate(example, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(example | {"poll_second": 60}, schema)


def test_a_receipt_fits_its_published_schema_and_the_schema_is_closed() -> None:
    schema = json.loads((REFERENCE / "receipt.schema.json").read_text(encoding="utf-8"))
    at = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
    facts = DeliveryFacts(delivery_id=12, file_name="A.csv", sha256="0" * 64, bytes=10, received_at=at)
    receipt = json.loads(acknowledge(facts, at).to_json())
    jsonschema.validate(receipt, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(receipt | {"surprise": 1}, schema)
    assert schema["properties"]["next_steps"]["description"].startswith("What the partner does")


def test_the_columns_of_a_view_are_those_of_its_outer_select() -> None:
    assert tables.columns("select a.x, coalesce(b.y, (select 1 from c)) as z from a", {}) == ("x", "z")
    assert tables.columns("with t as (select q, r from s), u as (select 1 from v)\nselect distinct on (t.q) t.q, u.* as w from t", {}) == (
        "q",
        "w",
    )
    assert tables.columns(" select * from warehouse.portfolio_on(current_date)", {"warehouse.portfolio_on": ("person_id",)}) == (
        "person_id",
    )
