"""``errors.md`` and ``layers.md``: how the program is cut, and how it fails."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from passerelle import errors
from passerelle.cli.edge import STATUS
from passerelle.cli.reference.source import module_docstring, plain, summary
from passerelle.derive.markdown import grid
from passerelle.errors import PasserelleError

_PACKAGE = Path("plugins/passerelle")


def errors_page() -> str:
    """The tree of errors: who acts, and the exit status."""
    tree = (errors.__doc__ or "").split("::", 1)[1].split("A bad *row*", 1)[0]
    drawn = "\n".join(line.removeprefix("    ") for line in tree.strip("\n").splitlines())
    lines = ["# Errors", "", "Grouped by who must act.", "", "```", drawn.rstrip(), "```", ""]
    lines += ["A bad row is no error but a finding: it goes into the receipt. No message ever holds a personal value.", ""]
    lines += [*grid(("Error", "Exit status", "Meaning"), _error_rows(PasserelleError)), ""]
    lines += ["In Airflow a `TransientError` is retried; every other one fails the task at once.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _error_rows(kind: type[PasserelleError]) -> Iterator[tuple[str, ...]]:
    status = next((str(status) for parent, status in STATUS if issubclass(kind, parent)), "")
    if kind is not PasserelleError:
        yield f"`{kind.__name__}`", status, plain(kind.__doc__ or "")
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from _error_rows(below)


def layers_page(root: Path) -> str:
    """The layers of the package, its doors to other systems, and every module in one line."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = [layer.split(" | ") for contract in contracts if contract["type"] == "layers" for layer in contract["layers"]]
    lines = ["# Layers", "", "An import only goes down; modules on one line do not import each other. `make check` proves it.", "", "```"]
    lines += [" | ".join(layer) for layer in layers]
    lines += ["```", "", "## Doors", "", "Each outside system has one door: only the module named here may import it.", ""]
    lines += [*grid(("System", "Door"), _doors(contracts)), "", "## Modules", ""]
    for layer in layers:
        for name in layer:
            lines += _modules(root / _PACKAGE, name.strip("()"))
    return "\n".join(lines).rstrip() + "\n"


def _doors(contracts: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for contract in contracts:
        if contract["type"] == "forbidden":
            doors = sorted({entry.split(" -> ")[0].removesuffix(".**") for entry in contract.get("ignore_imports", ())})
            yield ", ".join(f"`{name}`" for name in contract["forbidden_modules"]), ", ".join(f"`{door}`" for door in doors)


def _modules(package: Path, name: str) -> list[str]:
    alone = package / f"{name}.py"
    if alone.is_file():
        return [f"### {name}", "", _said(alone), ""]
    if not (package / name / "__init__.py").is_file():
        return []
    lines = [f"### {name}", "", _said(package / name / "__init__.py"), ""]
    inside = sorted(path for path in (package / name).rglob("*.py") if "migrations" not in path.parts)
    for path in inside:
        if path.name != "__init__.py":
            dotted = ".".join(path.relative_to(package).with_suffix("").parts)
            lines.append(f"- `{dotted}`: {_said(path)}")
    return [*lines, ""] if lines[-1] else lines


def _said(path: Path) -> str:
    return plain(summary(module_docstring(path)))
