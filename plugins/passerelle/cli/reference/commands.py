"""``cli.md``: every command with its help, as plain text of a fixed width."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from passerelle.cli.main import app

_WIDTH = 100


def page() -> str:
    """The page."""
    lines = [
        "# Commands",
        "",
        "Exit status: 0 done and clean; 1 done with findings, or refused; 2 wrong usage or configuration; 3 could not finish, try again;",
        "4 a bug of ours. `--debug` before the command keeps the trace of an error.",
        "",
    ]
    for name, help_text in _helps(get_command(app), "passerelle", None):
        lines += [f"## {name}", "", "```", help_text, "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _helps(command: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    """The command and those below it, each with its help."""
    context = command.make_context(
        name.rsplit(" ", 1)[-1], [], parent=parent, resilient_parsing=True, terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    # Without a markup mode the help is plain text: no boxes, no colours, and no width taken from the terminal.
    command.rich_markup_mode, kept = None, command.rich_markup_mode
    try:
        text = command.get_help(context)
    finally:
        command.rich_markup_mode = kept
    yield name, "\n".join(line.rstrip() for line in text.strip().splitlines())
    if hasattr(command, "list_commands"):
        for below in command.list_commands(context):
            yield from _helps(command.get_command(context, below), f"{name} {below}", context)
