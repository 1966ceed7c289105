"""The README's own commands print what the README shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _shown() -> list[tuple[str, str]]:
    """The commands of the README's blocks, each with the output shown below it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = []
    for block in re.findall(r"```\n(\$ .*?)```", text, flags=re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def test_every_command_shown_prints_what_is_shown(tmp_path: Path) -> None:
    commands = _shown()
    assert commands
    for command, output in commands:
        name, *arguments = shlex.split(command)
        done = subprocess.run(
            [str(Path(sys.executable).with_name(name)), *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.stdout == output, command


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "docs", "clean", "demo-stop"])
def test_every_make_target_the_readme_names_exists(target: str) -> None:
    assert f"make {target}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
