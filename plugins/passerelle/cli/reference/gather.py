"""All generated pages of a repository, and which of those on disk are not what they should be."""

from __future__ import annotations

from pathlib import Path

from passerelle.cli.reference import commands, contract_profile, models, program, tables
from passerelle.contract.load import load_all
from passerelle.derive.page import page as contract_page
from passerelle.errors import ConfigurationError

FOLDER = Path("docs/reference")
"""Everything below it is generated: a file that no page has is a leftover."""


def pages(root: Path) -> dict[Path, str]:
    """The text of every page by its path in the repository at ``root``.

    Raises ConfigurationError when ``root`` is no repository of the program, ContractError when a contract cannot be loaded.
    """
    if not (root / "pyproject.toml").is_file() or not (root / "contracts").is_dir():
        raise ConfigurationError(f"{root} n'est pas le dépôt de la passerelle : indiquez-le avec --root.")
    contracts, broken = load_all(root / "contracts")
    for error in broken:
        raise error
    made = {
        "cli.md": commands.page(),
        "settings.md": models.settings_page(),
        "settings.schema.json": models.settings_schema(),
        "receipt.schema.json": models.receipt_schema(),
        "errors.md": program.errors_page(),
        "layers.md": program.layers_page(root),
        "warehouse.md": tables.page(),
        "contract-profile.md": contract_profile.page(),
    }
    made |= {f"feeds/{contract.slug}.md": contract_page(contract) for contract in contracts}
    return {FOLDER / name: text for name, text in made.items()}


def stale(root: Path, made: dict[Path, str]) -> tuple[Path, ...]:
    """The pages on disk that are missing, differ, or are no longer made, sorted."""
    wrong = {path for path, text in made.items() if _content(root / path) != text.encode()}
    return tuple(sorted(wrong | set(leftovers(root, made))))


def leftovers(root: Path, made: dict[Path, str]) -> tuple[Path, ...]:
    """The files below the folder that are no page, sorted."""
    found = (path.relative_to(root) for path in (root / FOLDER).rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if path not in made))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
