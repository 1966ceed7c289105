"""The reviewers' page names commands, options and columns that exist."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command
from typer.testing import CliRunner

from passerelle.cli import register_told
from passerelle.cli.identity import app

PAGE = (Path(__file__).parents[3] / "docs/revue-identite.md").read_text(encoding="utf-8")


def named() -> set[tuple[str, ...]]:
    """The commands of the page; of a group, with its second word."""
    found = set()
    for first, second in re.findall(r"identity (\w+)(?: (\w+))?", PAGE):
        found.add(("audit", second) if first == "audit" and second else (first,))
    return found


def test_every_command_of_the_page_exists() -> None:
    assert {("review",), ("decide",), ("confirm",), ("undo",), ("audit", "report")} <= named()
    for words in named():
        result = CliRunner().invoke(app, [*words, "--help"])
        assert result.exit_code == 0, words


def test_every_option_of_the_page_exists() -> None:
    group = get_command(app)
    options = {option for command in group.commands.values() for one in command.params for option in one.opts}  # type: ignore[attr-defined]
    assert set(re.findall(r"--[a-z]+", PAGE)) <= options


def test_the_columns_of_the_weekly_figure_are_those_of_the_program() -> None:
    with register_told.out.capture() as captured:
        register_told.show_weeks([])
    shown = captured.get().partition("──")[0].split()
    on_page = PAGE.partition("           Arri-")[2].partition("──")[0].split()
    assert sorted(shown) == sorted(["Arri-", *on_page])
