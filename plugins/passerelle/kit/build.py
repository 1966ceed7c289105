"""The kit of one feed as a folder: a page to read, an example file, an empty one, and the list of rules with their codes."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from passerelle.contract.model import Contract
from passerelle.derive.page import page
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.findings import Effect, Rule
from passerelle.kit.blank import blank
from passerelle.kit.rules import rules_of

EFFECTS = {
    Effect.REFUSE: "fichier refusé",
    Effect.SET_ASIDE: "mis à part",
    Effect.SET_ASIDE_LINE: "ligne mise à part",
    Effect.WARN: "signalé, chargé",
}
_EXAMPLE_ROWS = 5
_PAGE, _RULES, _EXAMPLE, _BLANK = "lisez-moi.html", "regles.csv", "exemple", "modele"


def write_kit(contract: Contract, folder: Path, as_of: date) -> tuple[Path, ...]:
    """Writes the kit into the folder (made if need be), the page first; the same contract and day give the same kit.

    ``as_of``: the date of the example file. People in it are invented.
    """
    example, empty = folder / _EXAMPLE, folder / _BLANK
    example.mkdir(parents=True, exist_ok=True)
    empty.mkdir(exist_ok=True)
    bare = contract.model_copy(update={"layout": contract.layout.model_copy(update={"envelope": ()})})
    made = write_sample(bare, example, request=SampleRequest(rows=_EXAMPLE_ROWS, seed=1, as_of=as_of)).path
    template: Path | None = empty / made.name
    if not blank(contract, empty / made.name, as_of):
        template = None
        empty.rmdir()
    rules = rules_of(contract)
    _write_rules(rules, folder / _RULES)
    files = (made, template, folder / _RULES)
    text = render(contract, rules, {path.relative_to(folder).as_posix(): _words(path) for path in files if path})
    (folder / _PAGE).write_text(text, encoding="utf-8")
    return (folder / _PAGE, *(path for path in files if path))


def _words(path: Path) -> str:
    words = {_EXAMPLE: "un fichier d'exemple ; les personnes y sont inventées", _BLANK: "un fichier vide, à remplir"}
    return words.get(path.parent.name, "la liste des règles, avec leurs codes")


def render(contract: Contract, rules: tuple[Rule, ...], files: dict[str, str]) -> str:
    """The page, complete and without any outside asset; ``files``: what lies beside it, by its place."""
    title, _, text = page(contract).partition("\n")
    body, headings = _as_html(text)
    words = title.removeprefix("# ")
    return _template().render(contract=contract, title=words, body=body, headings=headings, rules=rules, effects=EFFECTS, files=files)


def _write_rules(rules: tuple[Rule, ...], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Règle", "Effet", "Donnée", "Ce qui ne va pas", "Ce qui est attendu", "Quoi faire"])
        for rule in rules:
            # The braces stand for the value that was received.
            message = rule.message.replace("« {value} »", "reçue").replace("{value}", "…")
            writer.writerow([rule.id, EFFECTS[rule.effect], rule.column or "", message, rule.expected, rule.fix])


def _as_html(text: str) -> tuple[Markup, list[tuple[str, str]]]:
    """The Markdown page as HTML, and its headings of the second level with their anchors."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    headings = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[place + 1].content
            anchor = "".join(letter if letter.isalnum() or letter == "_" else "-" for letter in words.lower())
            token.attrSet("id", anchor)
            if token.tag == "h2":
                headings.append((anchor, words))
    _say_what_they_head(tokens)
    return Markup(reader.renderer.render(tokens, reader.options, {})), headings  # noqa: S704 -- made from escaped Markdown


def _say_what_they_head(tokens: list[Token]) -> None:
    """Header cells say what they head."""
    for token in tokens:
        if token.type == "th_open":
            token.attrSet("scope", "col")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("passerelle.kit"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("kit.html.j2")
