"""What the demo shows at the end: every delivery and its figures, where the results are, how to look further."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from rich.box import HORIZONTALS
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from passerelle.demo.airflow import ADMIN
from passerelle.demo.board import Delivery
from passerelle.demo.exchange import Drop
from passerelle.demo.folder import DemoFolder
from passerelle.demo.postgres import ROLE
from passerelle.demo.stack import WAREHOUSE
from passerelle.receipt.model import OpenFindings

_WIDTH = 152
"""Where the output is not a terminal, so that a table keeps its lines."""
_STATES = {
    "published": "publié",
    "refused": "refusé",
    "held": "en attente",
    "duplicate": "doublon",
    "quarantined": "non reconnu",
}
_FIGURES = (
    ("lues", "lines_received"),
    ("chargées", "lines_accepted"),
    ("écartées", "lines_set_aside"),
    ("ignorées", "lines_ignored"),
    ("connues", "people_known"),
    ("nouvelles", "people_new"),
    ("à revoir", "people_review"),
)
_QUERIES = (
    ("la situation du jour de chaque personne suivie", "SELECT * FROM warehouse.portfolio LIMIT 20"),
    ("les livraisons", "SELECT delivery_id, sender, file_name, state, lines_received FROM ledger.delivery ORDER BY 1"),
)


class Access(BaseModel):
    """How to reach what is left running."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    airflow: str
    password: str
    psql: Path
    password_file: Path
    port: int
    sftp_port: int


class Result(BaseModel):
    """What one demo came to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deliveries: Mapping[Drop, Delivery | None]
    dropped: Mapping[Drop, datetime]
    names: Mapping[str, str]
    """Senders' names by id."""
    open: Mapping[Drop, OpenFindings]
    """What each CRI says of findings closed and still open."""
    portfolio_lines: int | None
    workbooks: tuple[Path, ...]
    failed_dags: tuple[str, ...]
    """DAGs of which a run failed."""
    seconds: float

    @property
    def surprises(self) -> tuple[Drop, ...]:
        """The files that did not end as they should."""
        return tuple(
            drop
            for drop, delivery in self.deliveries.items()
            if delivery is None or not delivery.is_finished or delivery.state not in drop.expected
        )


def print_summary(console: Console, result: Result, folder: DemoFolder, access: Access | None) -> int:
    """Print it; 0 when every file ended as it should, else 1."""
    if not console.is_terminal:
        console = Console(file=console.file, width=max(console.width, _WIDTH))
    console.print()
    console.print(_table(result))
    for drop in result.surprises:
        _line(console, f"[bold red]Inattendu[/] : {escape(drop.path.name)} devait finir {_words(drop)}.")
    for dag in result.failed_dags:
        _line(console, f"[bold red]À voir dans Airflow[/] : une exécution du DAG {escape(dag)} a échoué.")
    _results(console, result, folder)
    _reach(console, folder, access)
    outcome = "Chaque fichier a eu la suite attendue" if not result.surprises else "Tout ne s'est pas passé comme prévu"
    _line(console, f"\n[bold]{outcome} ; {len(result.deliveries)} fichiers, {result.seconds:.0f} s en tout.[/]")
    return 1 if result.surprises else 0


def _table(result: Result) -> Table:
    title = "Ce que les partenaires ont déposé, et ce qu'il en est advenu"
    table = Table(title=title, title_justify="left", box=HORIZONTALS, show_lines=True)
    table.add_column("partenaire et fichier", overflow="fold")
    table.add_column("état")
    for label, _ in _FIGURES:
        table.add_column(label, justify="right")
    table.add_column("dépôt → reçu", justify="right")
    for drop, delivery in result.deliveries.items():
        lines = [f"[bold]{escape(result.names[drop.sender])}[/]", escape(drop.path.name)]
        if drop.flaw:
            lines.append(f"[italic]{escape(drop.flaw)}[/]")
        if closed := _closed(result.open.get(drop)):
            lines.append(f"[bold green]{closed}[/]")
        table.add_row("\n".join(lines), *_outcome(delivery, result.dropped[drop]))
    return table


def _closed(found: OpenFindings | None) -> str:
    """What this file brought right; empty when nothing."""
    if found is None or not found.closed_now:
        return ""
    done = "1 anomalie close" if found.closed_now == 1 else f"{_number(found.closed_now)} anomalies closes"
    return f"{done}, il en reste {_number(found.still_open)}" if found.still_open else f"{done}, il n'en reste aucune"


def _outcome(delivery: Delivery | None, dropped_at: datetime) -> list[str]:
    if delivery is None:
        return ["[red]pas encore vu[/]"]
    figures = (getattr(delivery, field) for _, field in _FIGURES)
    waited = f"{(delivery.answered_at - dropped_at).total_seconds():.0f} s" if delivery.answered_at else ""
    return [_STATES.get(delivery.state, delivery.state), *("" if figure is None else _number(figure) for figure in figures), waited]


def _results(console: Console, result: Result, folder: DemoFolder) -> None:
    _line(console, f"\nReçus remis aux partenaires : {folder.receipts}")
    if result.portfolio_lines is not None:
        _line(console, f"Portefeuilles des binômes   : {folder.portfolio} ({_number(result.portfolio_lines)} lignes)")
    for workbook in result.workbooks:
        _line(console, f"Classeur FSE+               : {workbook}")


def _reach(console: Console, folder: DemoFolder, access: Access | None) -> None:
    if access is None:
        _line(console, "Tout est arrêté. Pour garder les serveurs et regarder dedans : make demo KEEP=1")
        return
    _line(console, f"\nAirflow : [bold]{access.airflow}[/]  utilisateur [bold]{ADMIN}[/]  mot de passe [bold]{escape(access.password)}[/]")
    _line(console, f"SFTP    : port {access.sftp_port}, clés dans {folder.keys}")
    _line(console, f"Réglages : export PASSERELLE_SETTINGS={folder.settings}")
    command = f"PGPASSFILE={access.password_file} {access.psql} -h 127.0.0.1 -p {access.port} -U {ROLE} {WAREHOUSE}"
    for what, query in _QUERIES:
        _line(console, f'\nPour voir {what} :\n  {command} -c "{query}"')
    _line(console, "\nPour tout arrêter : make demo-stop")


def _line(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def _words(drop: Drop) -> str:
    return " ou ".join(sorted(_STATES.get(state, state) for state in drop.expected))


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")
