"""Where everything of one demo lies: one output folder, made anew each time and recognised by its register."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import passerelle
from passerelle.demo.processes import Register
from passerelle.errors import ConfigurationError


@dataclass(frozen=True)
class DemoFolder:
    """The output folder of a demo, and the names of what is in it."""

    path: Path

    @property
    def register(self) -> Path:
        """What runs, and what must go away with it."""
        return self.path / "processes.json"

    @property
    def settings(self) -> Path:
        """The gateway's settings."""
        return self.path / "settings.yaml"

    @property
    def run(self) -> Path:
        """The servers' own files and logs."""
        return self.path / "run"

    @property
    def keys(self) -> Path:
        """The gateway's secret keys, the partners' SSH keys, the passwords."""
        return self.path / "keys"

    @property
    def work(self) -> Path:
        """What the gateway produces."""
        return self.path / "work"

    @property
    def drops(self) -> Path:
        """The files of the partners, before they send them."""
        return self.path / "depots"

    @property
    def receipts(self) -> Path:
        """The receipts, as each partner fetched them."""
        return self.path / "recus"

    @property
    def portfolio(self) -> Path:
        """The portfolios of all binômes."""
        return self.path / "portefeuilles.csv"

    def stop_leftovers(self) -> int:
        """End what an earlier demo left running; how many processes that was."""
        stopped = Register.read(self.register).stop()
        if self.register.exists():
            Register().write(self.register)
        return stopped

    def renew(self) -> None:
        """Start from an empty folder. ConfigurationError when it holds something that is no demo's."""
        if self.path.exists() and any(self.path.iterdir()):
            if not self.register.exists():
                raise ConfigurationError(f"{self.path} is not empty and no demo made it: choose another folder, or remove it yourself.")
            self.stop_leftovers()
            shutil.rmtree(self.path)
        for folder in (self.path, self.run, self.keys, self.work, self.drops, self.receipts):
            folder.mkdir(parents=True, exist_ok=True)
        self.keys.chmod(0o700)
        Register().write(self.register)


def project() -> Path:
    """The clone that holds contracts and DAGs; ConfigurationError when the package is installed without them."""
    root = Path(passerelle.__file__).resolve().parents[2]
    missing = [name for name in ("contracts", "dags", "plugins") if not (root / name).is_dir()]
    if missing:
        raise ConfigurationError(f"The demo needs the project's folders {', '.join(missing)}, not found in {root}: run it from a clone.")
    return root
