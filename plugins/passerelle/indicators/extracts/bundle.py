"""The files of an extract, by name, and how they reach the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine, text

from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.indicators.extracts.content import Extract
from passerelle.indicators.extracts.ma_demarche import Made
from passerelle.indicators.extracts.profiles import Profile
from passerelle.indicators.extracts.subject import Circle, Subject
from passerelle.indicators.extracts.subjects import provisional
from passerelle.indicators.extracts.summary_pdf import summary_pdf
from passerelle.indicators.extracts.table_csv import table_csv
from passerelle.indicators.extracts.targets import Targets, read_targets
from passerelle.indicators.extracts.workbook import Say, in_silence, workbook
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import rural
from passerelle.indicators.snapshot.propose import Request
from passerelle.indicators.snapshot.store import digest
from passerelle.warehouse.connect import transaction

WORKBOOK, TABLE, SUMMARY = ".xlsx", "_indicateurs.csv", "_bilan.pdf"
_NOTE = text("insert into identity.access (at, login, command, subject) values (:at, :login, :command, :subject)")
_COMMAND = "esf extract"
_NAME = 60
"""Characters of an operation in a file name."""


def stem_of(subject: Subject, circle: Circle = Circle.OFFICERS) -> str:
    """How the files of an extract begin: what is provisional, or of another circle than the officers', says so in its name."""
    operation = _as_name(subject.operation_id)
    state = f"arrete_{subject.snapshot.snapshot_id:05}" if subject.snapshot is not None else "calcul"
    draft = "" if subject.is_frozen else "_PROVISOIRE"
    suffix = "" if circle is Circle.OFFICERS else f"_{circle}"
    return f"fse_{state}{draft}_{operation}_{subject.cut_off:%Y-%m-%d}{suffix}"


def _as_name(operation_id: str) -> str:
    """The operation as part of a file name; one that had to be changed gets a mark of its own, so that no two operations share a file."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", operation_id)[:_NAME].strip("_")
    return plain if plain == operation_id else f"{plain}_{digest(operation_id.encode('utf-8'))[:6]}"


def files_of(extract: Extract, say: Say = in_silence) -> dict[str, bytes]:
    """Workbook, indicator table and summary."""
    stem = stem_of(extract.subject, extract.circle)
    return {f"{stem}{WORKBOOK}": workbook(extract, say), f"{stem}{TABLE}": table_csv(extract), f"{stem}{SUMMARY}": summary_pdf(extract)}


def participants_files(extract: Extract, profile: Profile, made: Made) -> dict[str, bytes]:
    """The files for Ma Démarche FSE+; a hypothesis says so in its name."""
    stem = f"{stem_of(extract.subject, extract.circle)}_ma_demarche_{re.sub(r'[^A-Za-z0-9_.-]+', '_', profile.label)}"
    several = len(made.files) > 1
    return {f"{stem}{f'_{number}' if several else ''}.csv": content for number, content in enumerate(made.files, start=1)}


def note(warehouse: Engine, request: Request, subjects: tuple[Subject, ...]) -> None:
    """Notes in the register of accesses who takes microdata away, before any is written."""
    told = " ".join(f"{one.operation_id} {one.cut_off}{f' n° {one.snapshot.snapshot_id}' if one.snapshot else ''}" for one in subjects)
    with transaction(warehouse) as connection:
        connection.execute(_NOTE, {"at": request.at, "login": request.login, "command": _COMMAND, "subject": told})


def write(folder: Path, files: Mapping[str, bytes], *, private: bool = False) -> list[Path]:
    """Writes the files: all of them beside first, then each in one move, so that no name ever holds half of an extract.

    Private ones are for their owner only. Raises ConfigurationError when it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parts = {name: _beside(folder / f"{name}.part", content, private=private) for name, content in files.items()}
        return [part.replace(folder / name) for name, part in parts.items()]
    except OSError as error:
        raise ConfigurationError(f"Les extraits ne peuvent pas être écrits dans {folder} ({type(error).__name__}).") from error


def _beside(part: Path, content: bytes, *, private: bool) -> Path:
    part.unlink(missing_ok=True)
    part.touch(mode=0o600 if private else 0o666)
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return part


def targets_of(gateway: Gateway, path: Path | None = None) -> Targets:
    """The targets of a file, else of the one the settings name, else none."""
    return read_targets(path or gateway.settings.esf_targets)


def extract_everything(gateway: Gateway, login: str) -> list[Path]:
    """Writes the provisional extracts of today, of every operation, under the work folder; the paths of the workbooks."""
    at = gateway.now()
    request = Request("", at.date(), login, at, load_rules(None), rural.contract_of(gateway))
    targets, folder = targets_of(gateway), gateway.settings.work / "esf"
    written = [path for one in provisional(gateway.engine, request) for path in write(folder, files_of(Extract(one, targets=targets)))]
    return [path for path in written if path.suffix == WORKBOOK]
