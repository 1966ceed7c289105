"""Who acts is whom the operating system says, whatever the environment says."""

from __future__ import annotations

import ast
import os
import pwd
from pathlib import Path

import pytest

import passerelle
from passerelle.cli.login import login


@pytest.mark.parametrize("variable", ["LOGNAME", "USER", "LNAME", "USERNAME"])
def test_the_environment_makes_nobody_someone_else(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "agent-2")
    assert login() == pwd.getpwuid(os.getuid()).pw_name != "agent-2"


def test_an_account_without_a_name_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_294_000_000)
    assert login() == "uid:4294000000"


def test_no_command_asks_elsewhere_who_acts() -> None:
    sources = Path(passerelle.__file__).parent.rglob("*.py")
    imported = {
        (path.name, name)
        for path in sources
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert "getpass" not in {name for _, name in imported}
    assert {path for path, name in imported if name == "pwd"} == {"login.py", "postgres.py"}
