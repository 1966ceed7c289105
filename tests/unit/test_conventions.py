"""House rules no linter knows. Each message says what to do."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "plugins/passerelle"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)

LONGEST_MODULE, LONGEST_FUNCTION, MOST_PARAMETERS = 250, 40, 5
LONG_MODULES = {
    "contract/model.py": "the whole vocabulary of contracts on one page: data and docstrings, no logic",
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base"}
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("crates", "io"),
        ("anaconda", "org"),
        ("proxy", "golang", "org"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("docker", "io"),
        ("hub", "docker", "com"),
    )
]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def where(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def agree(wrong: Iterable[str]) -> None:
    """No offence, or all of them in full."""
    told = "\n".join(sorted(set(wrong)))
    assert not told, f"\n{told}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Typer makes an option of every parameter of these."""
    return any(isinstance(item, ast.Call) and ast.unparse(item.func) in ("app.command", "app.callback") for item in function.decorator_list)


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, the docstring left out."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    skipped = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - skipped


def kept_files() -> Iterator[Path]:
    """The files of the repository: what .gitignore names at the top, and caches anywhere, left out."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    left_out = {line.strip("/") for line in lines} | {".git"}
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in left_out and not name.endswith(("_cache", ".egg-info"))]
        yield from (Path(folder) / name for name in names if not name.endswith(".pyc"))


def test_no_module_shadows_the_standard_library() -> None:
    wrong = [
        f"{where(path)}: rename it, `{part}` is a module of the standard library"
        for path in MODULES
        for part in (path.stem, *path.relative_to(PACKAGE).parts[:-1])
        if part in sys.stdlib_module_names
    ]
    agree(wrong)


def test_no_module_has_a_name_that_says_nothing() -> None:
    wrong = [f"{where(path)}: name it after what it holds" for path in MODULES if FORBIDDEN_NAMES & {path.stem, path.parent.name}]
    agree(wrong)


def test_modules_stay_short() -> None:
    lines = {path.relative_to(PACKAGE).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    wrong = [
        f"{name}: {count} lines, split it by subject"
        for name, count in lines.items()
        if count > LONGEST_MODULE and name not in LONG_MODULES
    ]
    agree(wrong)
    stale = [f"{name}: short enough now, take it off LONG_MODULES" for name in LONG_MODULES if lines.get(name, 0) <= LONGEST_MODULE]
    agree(stale)


def test_functions_stay_short() -> None:
    wrong = [
        f"{where(path, function)}: {function.name} has {length(function)} lines, give its parts names of their own"
        for path in MODULES
        for function in functions(path)
        if length(function) > LONGEST_FUNCTION
    ]
    agree(wrong)


def test_functions_take_few_parameters() -> None:
    wrong = []
    for path in MODULES:
        for function in functions(path):
            given = function.args
            names = [item.arg for item in (*given.posonlyargs, *given.args, *given.kwonlyargs) if item.arg not in ("self", "cls")]
            if len(names) > MOST_PARAMETERS and not is_command(function):
                wrong.append(f"{where(path, function)}: {function.name} takes {len(names)} parameters, gather some in a frozen model")
    agree(wrong)


def test_first_party_imports_stand_at_the_top_except_in_the_bodies_of_tasks() -> None:
    wrong = []
    for path in MODULES:
        if path.is_relative_to(PACKAGE / "orchestration"):
            continue
        for function in functions(path):
            for node in ast.walk(function):
                names = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [n.name for n in node.names]
                    if isinstance(node, ast.Import)
                    else []
                )
                wrong += [f"{where(path, node)}: import {name} at the top" for name in names if name.split(".")[0] == "passerelle"]
    agree(wrong)


def test_nothing_prints_and_nothing_asserts() -> None:
    wrong = []
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                wrong.append(f"{where(path, node)}: log it, or show it with typer in cli")
            if isinstance(node, ast.Assert):
                wrong.append(f"{where(path, node)}: raise InvariantError; `python -O` removes assertions")
    agree(wrong)


def test_dags_are_wiring_only() -> None:
    allowed = ("airflow", "passerelle.orchestration", "passerelle.contract")
    wrong = []
    for path in sorted((ROOT / "dags").rglob("*.py")):
        for node in ast.walk(tree(path)):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [n.name for n in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            wrong += [
                f"{where(path, node)}: move what needs {name} into passerelle.orchestration"
                for name in names
                if not any(name == door or name.startswith(f"{door}.") for door in allowed) and name != "__future__"
            ]
    agree(wrong)


def test_no_file_names_a_package_registry() -> None:
    wrong = []
    for path in kept_files():
        content = path.read_bytes().lower()
        wrong += [
            f"{path.relative_to(ROOT)}: leave {host} out, every installation has its own mirror"
            for host in REGISTRIES
            if host.encode() in content
        ]
    agree(wrong)


_LOAD_PLUGINS = """
import sys, types
from pathlib import Path
from airflow import plugins_manager
plugins_manager.ensure_plugins_loaded()
print("ERRORS", plugins_manager.get_import_errors())
package = Path(sys.argv[1])
for name, module in sorted(sys.modules.items()):
    file = getattr(module, "__file__", None)
    if file and Path(file).is_relative_to(package) and name.split(".")[0] != "passerelle":
        print("BARE", name)
print("TYPES", types.__file__)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What Airflow's own loader made of the plugins folder, in a process of its own."""
    home = tmp_path_factory.mktemp("airflow")
    env = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
    }
    command = [sys.executable, "-c", _LOAD_PLUGINS, str(PACKAGE)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.splitlines()


def test_airflow_loads_no_module_of_the_package_under_its_bare_name(loaded: list[str]) -> None:
    bare = [line for line in loaded if line.startswith("BARE")]
    assert bare == [], "plugins/.airflowignore must name the folder passerelle/"


def test_airflow_loads_the_plugins_without_an_error_and_keeps_the_standard_library(loaded: list[str]) -> None:
    assert "ERRORS {}" in loaded
    standard = [line for line in loaded if line.startswith("TYPES")]
    assert len(standard) == 1
    assert "passerelle" not in standard[0].removeprefix(f"TYPES {ROOT}")
