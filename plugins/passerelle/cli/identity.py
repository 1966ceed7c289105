"""``passerelle identity``: who is who between two files, or within one; how right it is; and the weights that rank what is doubtful."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Annotated, Any

import pyarrow.parquet as pq
import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table as RichTable

from passerelle.cli import register
from passerelle.cli.edge import exit_status, out
from passerelle.cli.picture import Picture, as_json, check_name, write_picture
from passerelle.errors import ConfigurationError
from passerelle.identity.engine import Layers, Matched
from passerelle.identity.engine import match as match_files
from passerelle.identity.engine import train as train_on
from passerelle.identity.explain import explain as explain_pair
from passerelle.identity.measure import measure as measure_links
from passerelle.identity.settle import WORDS
from passerelle.identity.waterfall import VERDICTS, Waterfall
from passerelle.identity.waterfall import told as told_of

app = typer.Typer(
    help="Qui est qui : revue, décisions, retours en arrière, explications ; rapprocher deux fichiers.",
    no_args_is_help=True,
    add_completion=False,
)
app.registered_commands += register.app.registered_commands
app.registered_groups += register.app.registered_groups

_FIGURES = {
    "precision": "Précision",
    "false_links": "Faux rapprochements",
    "recall_automatic": "Rappel automatique",
    "recall_final": "Rappel après une relecture parfaite",
    "reviews_true": "Paires à relire qui sont vraies",
}
_PARQUET = ".parquet"


def _file(words: str) -> Any:
    return typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FICHIER", help=words)


@app.command(epilog="Exemple : passerelle identity match caf.parquet france_travail.csv --out liens.csv")
def match(
    left: Annotated[Path, _file("Le premier fichier (CSV ou Parquet) ; seul, il est dédoublonné.")],
    to: Annotated[Path, typer.Option("--out", metavar="LIENS", help="Où écrire les liens (.csv ou .parquet).")],
    right: Annotated[Path | None, _file("Le second fichier.")] = None,
    certain_only: Annotated[bool, typer.Option("--certain-only", help="Les règles certaines seulement.")] = False,
    model: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, metavar="MODÈLE", help="Les poids à prendre ; sans cela, appris sur les fichiers."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Un compte rendu JSON.")] = False,
) -> None:
    """Rapproche les personnes de deux fichiers, ou dédoublonne un seul, sans rien enregistrer ailleurs que dans LIENS.

    Pour deux fichiers : left_id, right_id, verdict (same, review), score, rule ; une paire absente est « différente ». Pour un seul :
    record_id, cluster_id, et à côté les paires à relire (LIENS-review).
    """
    with exit_status():
        found = match_files(left, right, Layers(is_certain_only=certain_only, model=model))
        written = _write(found, to)
        if as_json:
            typer.echo(json.dumps(found.report | {"written": [str(path) for path in written]}, ensure_ascii=False, indent=2))
        else:
            _print_report(found.report)
            for path in written:
                out.print(f"Écrit : {path}", markup=False)


@app.command(epilog="Exemple : passerelle identity explain caf.csv france_travail.csv --pair 1042 FT-77 --picture paire.svg")
def explain(
    left: Annotated[Path, _file("Le premier fichier (CSV ou Parquet) ; seul, la paire y est tout entière.")],
    pair: Annotated[tuple[str, str], typer.Option("--pair", metavar="A B", help="Le record_id de l'un et celui de l'autre.")],
    right: Annotated[Path | None, _file("Le second fichier : A est dans le premier, B dans le second.")] = None,
    certain_only: Annotated[bool, typer.Option("--certain-only", help="Les règles certaines seulement, comme pour « match ».")] = False,
    model: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, metavar="MODÈLE", help="Les poids à prendre, comme pour « match »."),
    ] = None,
    picture: Picture = None,
    json_wanted: Annotated[bool, typer.Option("--json", help="Une réponse JSON.")] = False,
) -> None:
    """Explique une paire de deux fichiers, ou d'un seul : ce que chaque champ ajoute ou retire, et ce qui a décidé. Sans aucune valeur."""
    with exit_status():
        check_name(picture)
        account = explain_pair((left, right), pair, Layers(is_certain_only=certain_only, model=model))
        if picture is not None:
            write_picture(account, picture, "Deux enregistrements")
        if json_wanted:
            typer.echo(json.dumps(as_json(account), ensure_ascii=False, indent=2))
        else:
            _print_account(account)
            if picture is not None:
                out.print(f"Écrit : {picture}", markup=False)


def _print_account(account: Waterfall) -> None:
    verdict = account.verdict
    out.print(f"Verdict : {VERDICTS[verdict.verdict]} ({verdict.rule}). {verdict.words}", markup=False)
    grid = RichTable(box=SIMPLE, pad_edge=False)
    for name in ("Champ", "Comparaison", "Bits"):
        grid.add_column(name, justify="right" if name == "Bits" else "left")
    for what, words, bits in told_of(account):
        grid.add_row(what, escape(words), bits)
    out.print(grid)
    out.print("Le score ne fait que classer les paires ; seule une règle, sans veto, dit que c'est la même personne.")


@app.command(epilog="Exemple : passerelle identity train caf.parquet france_travail.parquet --out poids.json")
def train(
    left: Annotated[Path, _file("Le premier fichier (CSV ou Parquet).")],
    to: Annotated[Path, typer.Option("--out", metavar="MODÈLE", help="Où écrire les poids (JSON).")],
    right: Annotated[Path | None, _file("Le second fichier.")] = None,
) -> None:
    """Apprend les poids sur ces fichiers, sans qu'on dise qui est qui (une à deux minutes). À faire une fois, pas chaque jour."""
    with exit_status():
        model = train_on(left, right)
        _make_room(to)
        to.write_text(model.model_dump_json(indent=1) + "\n", encoding="utf-8")
        out.print(f"Appris sur {model.trained.records} enregistrements, par blocs : {', '.join(model.trained.sessions)}.", markup=False)
        out.print(f"Écrit : {to}", markup=False)


@app.command(epilog="Exemple : passerelle identity measure liens.csv verite.csv")
def measure(
    links: Annotated[Path, _file("Les liens qu'a écrits « identity match ».")],
    truth: Annotated[Path, _file("La vérité : record_id, truth_id (et source, si les deux fichiers ont des sources différentes).")],
    reviews: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, metavar="PAIRES", help="Pour un seul fichier : ses paires à relire.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Les chiffres en JSON.")] = False,
) -> None:
    """Mesure des liens contre la vérité, avec les bornes exactes à 95 % (Clopper-Pearson). Statut 1 s'il y a un faux rapprochement."""
    with exit_status():
        figures = measure_links(links, truth, reviews)
        if as_json:
            typer.echo(json.dumps(figures, ensure_ascii=False, indent=2))
        else:
            _print_figures(figures)
        raise typer.Exit(1 if figures["false_links"]["count"] else 0)


def _write(found: Matched, to: Path) -> tuple[Path, ...]:
    _make_room(to)
    if found.clusters is None:
        _write_table(found.links, to)
        return (to,)
    beside = to.with_name(f"{to.stem}-review{to.suffix}")
    _write_table(found.clusters, to)
    _write_table(found.links, beside)
    return to, beside


def _write_table(table: Any, to: Path) -> None:
    if to.suffix == _PARQUET:
        pq.write_table(table, to)
    else:
        with to.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(table.column_names)
            for batch in table.to_batches(max_chunksize=50_000):
                writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _make_room(to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise ConfigurationError(f"{to.parent} : impossible d'y écrire.") from None


def _print_report(report: dict[str, Any]) -> None:
    records = " et ".join(str(count) for count in report["records"].values())
    out.print(f"{records} enregistrements, {report['pairs_compared']} paires comparées.")
    for word, columns in report["unknown_columns"].items():
        if columns:
            out.print(f"{word} : colonnes inconnues, laissées de côté : {', '.join(columns)}", markup=False, style="yellow")
    for kind, count in report["crowded_keys"].items():
        out.print(f"{count} clé(s) que trop d'enregistrements partagent, laissée(s) de côté : {kind}", markup=False, style="yellow")
    if report["values_of_too_many"]:
        out.print(
            f"{report['values_of_too_many']} téléphone(s), e-mail(s) ou NIR de trop de personnes, qui ne prouvent rien.", style="yellow"
        )
    for verdict, title in (("same", "La même personne"), ("review", "À relire")):
        grid = RichTable(title=f"{title} : {sum(report['links'][verdict].values())}", title_justify="left")
        grid.add_column("Règle" if verdict == "same" else "Motif", no_wrap=True)
        grid.add_column("Paires", justify="right")
        grid.add_column("Ce qu'elle dit")
        for rule, count in report["links"][verdict].items():
            grid.add_row(rule, str(count), escape(WORDS[rule]))
        if report["links"][verdict]:
            out.print(grid)


def _print_figures(figures: dict[str, Any]) -> None:
    grid = RichTable(title="Mesure, avec les bornes à 95 %", title_justify="left")
    for name in ("Chiffre", "Part", "Bornes", "Nombre"):
        grid.add_column(name, justify="left" if name == "Chiffre" else "right")
    for key, words in _FIGURES.items():
        value = figures[key]
        grid.add_row(words, f"{value['share']:.6f}", f"{value['low']:.7f} – {value['high']:.7f}", f"{value['count']} / {value['of']}")
    out.print(grid)
    out.print(f"Paires à relire : {figures['reviews']}, soit {figures['reviews_per_1000']:g} pour 1 000 enregistrements reçus.")
