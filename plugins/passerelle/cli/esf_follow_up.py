"""``passerelle esf follow-up``: the sample of the survey six months after leaving; contact data in a file of their own."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from passerelle import gateway
from passerelle.cli.edge import exit_status, out
from passerelle.cli.login import login
from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.indicators.snapshot import canonical, store
from passerelle.indicators.survey import contacts as reach
from passerelle.indicators.survey import frame
from passerelle.indicators.survey.frame import Draw, Sample
from passerelle.warehouse.connect import transaction

app = typer.Typer(add_completion=False)
_DAY = ["%Y-%m-%d"]


@app.command("follow-up", epilog="Exemple : passerelle esf follow-up h --cut-off 2026-06-30 --size 100 --seed 7 --out enquete/")
def follow_up(
    objective: Annotated[str, typer.Argument(metavar="OBJECTIF", help="Objectif spécifique : une lettre de a à m.")],
    cut_off: Annotated[datetime, typer.Option("--cut-off", formats=_DAY, metavar="AAAA-MM-JJ", help="Date des arrêtés figés.")],
    size: Annotated[int, typer.Option(min=1, help="Nombre de personnes à tirer.")],
    seed: Annotated[int, typer.Option(help="Graine : la même donne le même tirage.")],
    folder: Annotated[Path, typer.Option("--out", file_okay=False, metavar="DOSSIER", help="Où écrire la base de sondage.")],
    since: Annotated[
        datetime | None, typer.Option(formats=_DAY, metavar="AAAA-MM-JJ", help="Six mois atteints à compter de ce jour.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, metavar="AAAA-MM-JJ", help="… et jusqu’à ce jour.")] = None,
    contacts: Annotated[
        Path | None,
        typer.Option(dir_okay=False, metavar="FICHIER", help="Coordonnées des personnes tirées, lisibles par vous seul ; noté au journal."),
    ] = None,
) -> None:
    """Tire l’échantillon de l’enquête à six mois d’un objectif spécifique, à partir des arrêtés figés ; la même graine le redonne."""
    with exit_status(), gateway.opened() as opened:
        wanted = Draw(size, seed, since.date() if since else date.min, until.date() if until else date.max)
        sample = _drawn(opened, (objective, cut_off.date()), wanted)
        path = folder / f"base_sondage_{objective}_{cut_off:%Y-%m-%d}_{seed}.csv"
        _write(path, canonical.write(frame.COLUMNS, sample.rows()))
        out.print(f"{path} : {len(sample.frame)} personnes sorties, {len(sample.drawn)} tirées.", markup=False)
        if contacts is not None:
            missing = _write_contacts(opened, sample, contacts)
            out.print(f"{contacts} : coordonnées de {len(sample.drawn) - missing} personnes, {missing} sans coordonnées.", markup=False)


def _drawn(opened: Gateway, about: tuple[str, date], wanted: Draw) -> Sample:
    objective, cut_off = about
    with transaction(opened.engine) as connection:
        frozen = [one for one in store.listed(connection) if one.is_frozen and one.cut_off == cut_off]
        if not frozen:
            raise ConfigurationError(f"Aucun arrêté figé au {cut_off:%d/%m/%Y} : l’échantillon se tire d’arrêtés figés.")
        return frame.draw(objective, [store.files(connection, one.snapshot_id) for one in frozen], wanted)


def _write_contacts(opened: Gateway, sample: Sample, path: Path) -> int:
    """How many of the drawn have neither phone nor e-mail."""
    drawn = [one for one in sample.frame if one.participation_id in sample.drawn]
    with transaction(opened.engine) as connection:
        asking = reach.Asking(login(), opened.now())
        found = reach.contacts_of(opened, connection, [UUID(one.participant_id) for one in drawn], asking)
    rows = [
        {"operation_id": one.operation_id, "participation_id": one.participation_id, **found.get(UUID(one.participant_id), {})}
        for one in drawn
    ]
    reach.write_protected(path, rows)
    return sum(1 for row in rows if "phone" not in row and "email" not in row)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{path} ne peut pas être écrit ({type(error).__name__}).") from error
