"""How a file of the feed is written, in French, for the page a partner reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from passerelle.contract.model import Contract, Format, Layout, Wrapping

_ENCODINGS = {"utf-8": "UTF-8", "cp1252": "Windows-1252 (« ANSI »)", "iso8859-15": "ISO-8859-15", "iso-8859-15": "ISO-8859-15"}
_WRAPPINGS: dict[Wrapping, str] = {
    "gzip": "comprimé avec gzip",
    "zip": "seul dans une archive zip, sans mot de passe",
    "openpgp": "chiffré avec OpenPGP pour la clé du Département",
}
_DELIMITERS = {"\t": "tabulation"}


def layout_lines(contract: Contract) -> Iterator[str]:
    """The points of the list « Le fichier »."""
    layout = contract.layout
    yield f"- **Nom** : `{layout.name_template}`{_name_parts(layout)}. Forme exacte : `{layout.name_pattern}`."
    if layout.format != "xlsx":
        yield f"- **Caractères** : {_ENCODINGS.get(layout.encoding.lower(), layout.encoding)}."
    yield f"- **Taille** : {size(layout.max_bytes)} au plus."
    yield from _FORMATS[layout.format](contract)
    yield from _envelope(layout)
    if contract.direction == "inbound":
        yield f"- **Dépôt** : sous un nom provisoire (`.part`), renommé une fois complet ; {_settling(layout)}."


def size(octets: int) -> str:
    """A limit, in the unit it is round in."""
    for unit, name in ((1_000_000_000, "Go"), (1_000_000, "Mo"), (1_000, "ko")):
        if octets >= unit:
            return f"{octets / unit:g} {name}".replace(".", ",")
    return f"{octets} octets"


def _name_parts(layout: Layout) -> str:
    words = {"{date}": "`{date}` est la date AAAAMMJJ", "{sequence}": "`{sequence}` est un numéro de 7 chiffres"}
    said = [meaning for word, meaning in words.items() if word in layout.name_template]
    return f", où {' et '.join(said)}" if said else ""


def _settling(layout: Layout) -> str:
    if not layout.settle_seconds:
        return "un fichier qui porte son nom définitif est pris aussitôt"
    return f"sinon la passerelle attend que le fichier ne change plus pendant {layout.settle_seconds} secondes"


def _envelope(layout: Layout) -> Iterator[str]:
    if layout.envelope:
        steps = ", puis ".join(_WRAPPINGS[wrapping] for wrapping in reversed(layout.envelope))
        yield f"- **Enveloppe** : le fichier est {steps}. Une fois ouvert, il fait {size(layout.max_inflated_bytes)} au plus."


def _delimited(contract: Contract) -> Iterator[str]:
    layout = contract.layout
    separator = _DELIMITERS.get(layout.delimiter, f"`{layout.delimiter}`")
    yield (
        f"- **Format** : CSV, séparateur {separator}, guillemet `{layout.quote}`, décimales après `{layout.decimal}`. " + _columns(contract)
    )
    if layout.trailer is not None:
        count = f" ; sa valeur n° {layout.trailer.count} est le nombre de lignes" if layout.trailer.count else ""
        yield f"- **Dernière ligne** : elle commence par `{layout.trailer.marker}`{count}. Sans elle, le fichier est refusé."
    yield from _dossier(contract)


def _columns(contract: Contract) -> str:
    if contract.layout.header:
        return "La première ligne porte les noms de colonnes ci-dessous, tous, dans n'importe quel ordre."
    return "Aucune ligne d'en-tête : les colonnes viennent toutes, dans l'ordre ci-dessous."


def _xlsx(contract: Contract) -> Iterator[str]:
    sheet = f"la feuille « {contract.layout.sheet} »" if contract.layout.sheet else "la première feuille"
    yield f"- **Format** : classeur Excel (.xlsx), {sheet} ; les autres feuilles ne sont pas lues. {_columns(contract)}"
    yield (
        "- **Cellules** : mettez en « Texte » les colonnes de numéros et de codes avant d'y saisir : sinon Excel supprime les zéros de "
        "tête et abîme les numéros longs. Aucune formule, aucune cellule fusionnée."
    )
    yield from _dossier(contract)


def _json_lines(contract: Contract) -> Iterator[str]:
    yield (
        "- **Format** : un objet JSON par ligne. Un nom comme `structure/libelle` désigne la clé `libelle` de l'objet `structure` ; "
        "une clé absente ou `null` n'a pas de valeur."
    )
    yield from _dossier(contract)


def _fixed(contract: Contract) -> Iterator[str]:
    layout = contract.layout
    last = max(((column.start or 1) + (column.width or 0) - 1 for column in contract.record_table.columns), default=0)
    yield f"- **Format** : largeur fixe, une ligne de {last} caractères par enregistrement, complétée par des blancs à droite."
    if any(column.type == "number" for column in contract.record_table.columns):
        yield f"- **Nombres** : décimales après `{layout.decimal}`."
    if layout.trailer is not None:
        place = f"à partir du caractère {layout.trailer.count}, sur {layout.trailer.width}"
        count = f" ; le nombre de lignes y figure {place}" if layout.trailer.count else ""
        yield f"- **Dernière ligne** : elle commence par `{layout.trailer.marker}`{count}. Sans elle, le fichier est refusé."
    yield from _dossier(contract)


def _dossier(contract: Contract) -> Iterator[str]:
    if contract.layout.dossier is not None:
        source = contract.record_table.column(contract.layout.dossier).source
        yield f"- **Dossiers** : les lignes de même `{source}` vont ensemble ; une ligne mise à part y met les autres."


def _xml(contract: Contract) -> Iterator[str]:
    layout = contract.layout
    yield f"- **Format** : XML, racine `{layout.root}`, un élément `{layout.record}` par dossier, décimales après `{layout.decimal}`."
    if layout.count:
        table = contract.table(layout.count.table)
        count = f"`{table.column(layout.count.column).source}`"
        if layout.count.minus:
            count += f" moins `{table.column(layout.count.minus).source}`"
        yield f"- **Nombre annoncé** : {count} est le nombre de dossiers du fichier ; sinon le fichier est refusé."
    if layout.trim_right:
        yield "- **Codes** : des blancs à droite sont admis."


_FORMATS: dict[Format, Callable[[Contract], Iterator[str]]] = {
    "delimited": _delimited,
    "xml": _xml,
    "jsonlines": _json_lines,
    "xlsx": _xlsx,
    "fixed": _fixed,
}
