"""XML of several tables → rows of text, dossier by dossier, in bounded memory (lxml iterparse).

External entities, DTDs and the network are off; a file with a DOCTYPE is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from passerelle.contract.model import Contract
from passerelle.errors import DeliveryError
from passerelle.readers.dossier import Plan, Walker, line_of
from passerelle.readers.rows import Chunk

_DOSSIERS_PER_CHUNK = 2_000
_SAFE: dict[str, Any] = {
    "remove_comments": True,
    "remove_pis": True,
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}
_ENCODING_ERRORS = {
    etree.ErrorTypes.ERR_INVALID_ENCODING,
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
}


def read(contract: Contract, file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of the file; header and footer rows are in the chunks in which they end.

    Raises DeliveryError when the XML is broken or cut off, or when header or footer are missing, repeated or out of place.
    """
    layout = contract.layout
    plan = Plan(contract)
    walker = Walker(plan)
    order = _Order(contract)
    pending = 0
    try:
        _check_root(file, layout.root)
        file.seek(0)
        parser = etree.iterparse(file, events=("end",), tag=(layout.record, *plan.outer), **_SAFE)
        for _, element in parser:
            if element.getparent() is None or element.getparent().getparent() is not None:
                continue
            _strangers(walker, element, order.known)
            if element.tag == layout.record:
                order.dossier(element)
                walker.dossier(element)
                pending += 1
            else:
                order.outer(element)
                walker.outer(element)
            _forget(element)
            if pending >= _DOSSIERS_PER_CHUNK:
                yield walker.chunk(pending)
                pending = 0
        _end(parser.root, walker, order)
    except etree.XMLSyntaxError as error:
        raise _broken(error) from None
    yield walker.chunk(pending)


def _check_root(file: BinaryIO, root: str) -> None:
    """Looks at the root before the file is read: nothing of another flow is kept in memory."""
    file.seek(0)
    for _, element in etree.iterparse(file, events=("start",), **_SAFE):
        if element.getroottree().docinfo.doctype:
            raise DeliveryError(
                "file.doctype",
                "Le fichier XML contient une déclaration DOCTYPE, refusée par sécurité.",
                expected="Un fichier XML sans DOCTYPE ni entité.",
                fix="Demandez à votre éditeur un export sans DOCTYPE.",
            )
        if str(element.tag) != root:
            raise DeliveryError(
                "file.root",
                f"Le fichier XML ne commence pas par la balise <{root}>.",
                line=line_of(element),
                expected=f"Une balise racine <{root}>.",
                fix="Vérifiez que vous déposez le bon flux dans ce dossier.",
            )
        return


def _forget(element: etree._Element) -> None:
    """Frees the element's content and everything before it, so that memory stays bounded."""
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


class _Order:
    """Header exactly once and first, footer exactly once and last."""

    def __init__(self, contract: Contract) -> None:
        roles = {table.path.rsplit("/", 1)[-1]: table.role for table in contract.tables if table.role in ("header", "footer")}
        self.roles = roles
        self.known = {*roles, contract.layout.record}
        self.seen: list[str] = []

    def dossier(self, element: etree._Element) -> None:
        headers = {tag for tag, role in self.roles.items() if role == "header"}
        if headers - set(self.seen):
            raise self._misplaced(sorted(headers - set(self.seen))[0], "doit venir avant le premier dossier", element)
        if any(self.roles[tag] == "footer" for tag in self.seen):
            raise self._misplaced(self.seen[-1], "doit venir après le dernier dossier", element)

    def outer(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in self.seen:
            raise self._misplaced(tag, "figure plus d'une fois", element)
        self.seen.append(tag)

    def end(self) -> None:
        """Every header and footer must have come."""
        for tag, role in self.roles.items():
            if tag not in self.seen:
                name = "header" if role == "header" else "footer"
                raise DeliveryError(
                    f"file.{name}",
                    f"La balise <{tag}> est absente : le fichier est incomplet.",
                    expected=f"La balise <{tag}> exactement une fois.",
                    fix="Le fichier a sans doute été coupé pendant sa production ou son envoi : produisez-le et déposez-le de nouveau.",
                )

    def _misplaced(self, tag: str, what: str, element: etree._Element) -> DeliveryError:
        return DeliveryError(
            f"file.{self.roles[tag]}",
            f"La balise <{tag}> {what}.",
            line=line_of(element),
            expected=f"La balise <{tag}> exactement une fois, à sa place.",
            fix="Produisez de nouveau le fichier et redéposez-le.",
        )


def _strangers(walker: Walker, element: etree._Element, known: set[str]) -> None:
    """Elements beside the dossiers that no table provides for."""
    for sibling in list(element.itersiblings(preceding=True)):
        if str(sibling.tag) not in known:
            walker.odd("unknown_element", sibling)
            sibling.getparent().remove(sibling)


def _end(root: etree._Element | None, walker: Walker, order: _Order) -> None:
    if root is not None:
        for child in root:
            if str(child.tag) not in order.known:
                walker.odd("unknown_element", child)
    order.end()


def _broken(error: etree.XMLSyntaxError) -> DeliveryError:
    if error.code in _ENCODING_ERRORS:
        return DeliveryError(
            "file.encoding",
            "Le fichier XML n'est pas écrit dans le jeu de caractères qu'il annonce : au moins un caractère ne peut pas être lu.",
            line=error.lineno,
            expected="Un fichier dont le contenu est écrit comme sa déclaration XML l'annonce.",
            fix="Demandez à votre éditeur de logiciel de corriger l'export, puis redéposez le fichier.",
        )
    return DeliveryError(
        "file.xml",
        "Le fichier XML est coupé ou mal formé à cet endroit : la suite ne peut pas être lue.",
        line=error.lineno,
        expected="Un fichier XML complet et bien formé.",
        fix="Le fichier a sans doute été coupé pendant sa production ou son envoi : produisez-le et déposez-le de nouveau.",
    )
