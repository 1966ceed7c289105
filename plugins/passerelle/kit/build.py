"""The kit of one feed as a folder: a page to read, an example file, an empty one, and the list of rules with their codes."""

from __future__ import annotations

import csv
import shutil
import textwrap
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
from passerelle.derive.synthetic import wrapping
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.findings import Effect, Rule
from passerelle.kit.blank import blank, has_blank
from passerelle.kit.rules import rules_of

EFFECTS = {
    Effect.REFUSE: "fichier refusé",
    Effect.SET_ASIDE: "mis à part",
    Effect.SET_ASIDE_LINE: "ligne mise à part",
    Effect.WARN: "signalé, chargé",
}
_EXAMPLE_ROWS = 5
_PAGE, _RULES, _EXAMPLE, _BLANK, _KEY = "lisez-moi.html", "regles.csv", "exemple", "modele", "cle-publique.asc"


def write_kit(contract: Contract, folder: Path, as_of: date, certificate: bytes | None = None) -> tuple[Path, ...]:
    """Writes the kit into the folder (made if need be), the page first; the same contract and day give the same kit.

    ``as_of``: the date of the example file. People in it are invented. ``certificate``: the public OpenPGP key to which the example of
    an encrypted feed is encrypted; it is added to the kit. Without it the example is there in clear only. Raises ConfigurationError when
    it cannot be used.
    """
    files = _example(contract, folder / _EXAMPLE, as_of, certificate)
    name = next(iter(files)).name
    if has_blank(contract):
        (folder / _BLANK).mkdir(exist_ok=True)
        (folder / _BLANK / name).write_bytes(blank(contract, as_of))
        files[folder / _BLANK / name] = "un fichier vide, à remplir" + (
            ", puis à mettre dans son enveloppe" if contract.layout.envelope else ""
        )
    rules = rules_of(contract)
    _write_rules(rules, folder / _RULES)
    files[folder / _RULES] = "la liste des règles, avec leurs codes"
    text = render(contract, rules, {path.relative_to(folder).as_posix(): words for path, words in files.items()})
    (folder / _PAGE).write_text(text, encoding="utf-8")
    return (folder / _PAGE, *files)


def _example(contract: Contract, folder: Path, as_of: date, certificate: bytes | None) -> dict[Path, str]:
    """Writes the example as it is inside its envelope, and, where there is one and it can be made, in it; each file with its words."""
    envelope = contract.layout.envelope
    made = write_sample(wrapping.without_envelope(contract), folder, request=SampleRequest(rows=_EXAMPLE_ROWS, seed=1, as_of=as_of)).path
    if not envelope:
        return {made: "un fichier d'exemple ; les personnes y sont inventées"}
    name = wrapping.inner_name(contract, made.name)
    inside = made.replace(folder / (name if name != made.name else f"{name}.clair"))
    files = {inside: "un fichier d'exemple, hors de son enveloppe ; les personnes y sont inventées"}
    is_encrypted = "openpgp" in envelope
    if is_encrypted and certificate is None:
        return files
    shutil.copyfile(inside, made)
    wrapping.wrap(contract, made, made.name, certificate)
    files[made] = "le même dans son enveloppe, tel qu'il est transmis" + (" ; seul son destinataire peut l'ouvrir" if is_encrypted else "")
    if is_encrypted and certificate is not None:
        files[folder.parent / _KEY] = _public_key(certificate, folder.parent / _KEY)
    return files


def _public_key(certificate: bytes, path: Path) -> str:
    """Writes the key, and says which it is."""
    key = wrapping.public_key(certificate)
    path.write_bytes(key.armoured)
    words = " ".join(textwrap.wrap(key.fingerprint, 4))
    return f"la clé publique à laquelle chiffrer ; faites-vous confirmer son empreinte par téléphone : {words}"


def render(contract: Contract, rules: tuple[Rule, ...], files: dict[str, str]) -> str:
    """The page, complete and without any outside asset; ``files``: what lies beside it, by its place."""
    title, _, text = page(contract).partition("\n")
    body, headings = _as_html(text)
    words = title.removeprefix("# ")
    told = {"contract": contract, "title": words, "has_blank": has_blank(contract), "files": files}
    return _template().render(body=body, headings=headings, rules=rules, effects=EFFECTS, **told)


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
