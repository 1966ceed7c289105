"""Brings a warehouse to the newest schema (Alembic); staging tables are not here, contracts make them."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Applies every migration not yet applied, up to the newest (or the given) one; does nothing when there is none. Safe to run twice."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["url"] = url
    command.upgrade(config, revision)
