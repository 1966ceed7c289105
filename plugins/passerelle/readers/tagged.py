"""XML of several tables → rows of text, dossier by dossier, in bounded memory.

Two ways lead to the same rows. Dossiers in plain markup are read many at once (:mod:`passerelle.readers.bulk`), one piece of the file
after another, the next piece while the one before is being checked. Header and footer, and everything from the first piece on that holds
more than plain markup, are read by lxml element by element. External entities, DTDs and the network are off; a file with a DOCTYPE is
refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from lxml import etree

from passerelle.contract.model import Contract
from passerelle.errors import DeliveryError
from passerelle.readers.bulk import BulkReader
from passerelle.readers.dossier import Plan, Walker, line_of
from passerelle.readers.order import Order
from passerelle.readers.pieces import Piece, Pieces
from passerelle.readers.rows import Chunk

_DOSSIERS_PER_CHUNK = 2_000
_BEGINNING = 1 << 12
"""Bytes in which the root is looked for."""
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
    reading = _Reading(contract)
    _check_root(file, contract.layout.root)
    file.seek(0)
    pieces = Pieces(file, contract.layout.root, contract.layout.record)
    if pieces.is_plain:
        yield from reading.elements(pieces.before(), 0)
        yield from reading.dossiers(pieces)
    else:
        file.seek(0)
        yield from reading.elements(file, 0)
    reading.order.end()


_Item = tuple[Piece, Chunk | None]


class _Reading:
    """What goes on from one part of a file to the next."""

    def __init__(self, contract: Contract) -> None:
        self._record = contract.layout.record
        self._plan = Plan(contract)
        self._walker = Walker(self._plan)
        self._bulk = BulkReader(self._walker, self._record)
        self.order = Order(contract, self._walker)

    def dossiers(self, pieces: Pieces) -> Iterator[Chunk]:
        """The dossiers, piece by piece, and what comes after them."""
        line = pieces.first_line
        self.order.dossier(line)
        for piece, chunk in _ahead(self._read(pieces)):
            if chunk is None:
                yield from self.elements(pieces.rest(piece), line - 1)
                return
            yield chunk
            line += piece.line_ends
        yield from self.elements(pieces.after(), line - 1)

    def _read(self, pieces: Pieces) -> Iterator[_Item]:
        """Each piece with its rows; the last one has none when a parser must read it."""
        line = pieces.first_line
        for piece in pieces.dossiers():
            if piece.foreign is not None:
                raise _wrong_encoding(line + piece.foreign)
            chunk = self._bulk.chunk(piece.buffer, piece.size, line)
            yield piece, chunk
            if chunk is None:
                return
            line += piece.line_ends

    def elements(self, file: BinaryIO, lines_before: int) -> Iterator[Chunk]:
        """Everything in an XML document that holds a part of the file, of which so many lines came before."""
        walker, order, pending = self._walker, self.order, 0
        walker.lines_before = lines_before
        parser = etree.iterparse(file, events=("end",), tag=(self._record, *self._plan.outer), **_SAFE)
        try:
            for _, element in parser:
                if element.getparent() is None or element.getparent().getparent() is not None:
                    continue
                _check_doctype(element)
                _strangers(walker, element, order.known)
                if element.tag == self._record:
                    order.dossier(walker.line_of(element))
                    walker.dossier(element)
                    pending += 1
                else:
                    order.outer(element)
                    walker.outer(element)
                _forget(element)
                if pending >= _DOSSIERS_PER_CHUNK:
                    yield walker.chunk(pending)
                    pending = 0
            _strangers_left(walker, parser.root, order.known)
        except etree.XMLSyntaxError as error:
            raise _broken(error, lines_before, parser.error_log) from None
        yield walker.chunk(pending)


def _ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The items, each made in another thread while the one before is in use."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item


def _check_root(file: BinaryIO, root: str) -> None:
    """Looks at the root before the file is read: nothing of another flow is kept in memory.

    What is wrong beyond the root is left to the reading, which knows the line.
    """
    file.seek(0)
    beginning = io.BytesIO(file.read(_BEGINNING))
    try:
        for _, element in etree.iterparse(beginning, events=("start",), **_SAFE):
            _check_doctype(element)
            if str(element.tag) != root:
                raise DeliveryError(
                    "file.root",
                    f"Le fichier XML ne commence pas par la balise <{root}>.",
                    line=line_of(element),
                    expected=f"Une balise racine <{root}>.",
                    fix="Vérifiez que vous déposez le bon flux dans ce dossier.",
                )
            return
    except etree.XMLSyntaxError:
        return


def _check_doctype(element: etree._Element) -> None:
    if element.getroottree().docinfo.doctype:
        raise DeliveryError(
            "file.doctype",
            "Le fichier XML contient une déclaration DOCTYPE, refusée par sécurité.",
            expected="Un fichier XML sans DOCTYPE ni entité.",
            fix="Demandez à votre éditeur un export sans DOCTYPE.",
        )


def _forget(element: etree._Element) -> None:
    """Frees the element's content and everything before it, so that memory stays bounded."""
    element.clear()
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


def _strangers(walker: Walker, element: etree._Element, known: set[str]) -> None:
    """Elements beside the dossiers that no table provides for."""
    for sibling in list(element.itersiblings(preceding=True)):
        if str(sibling.tag) not in known:
            walker.odd("unknown_element", sibling)
            sibling.getparent().remove(sibling)


def _strangers_left(walker: Walker, root: etree._Element | None, known: set[str]) -> None:
    """Elements after the last one that was taken."""
    for child in root if root is not None else ():
        if str(child.tag) not in known:
            walker.odd("unknown_element", child)


def _broken(error: etree.XMLSyntaxError, lines_before: int, log: etree._ListErrorLog | None = None) -> DeliveryError:
    line = lines_before + int(error.lineno or 0)
    if not error.lineno and log:
        line += max(int(entry.line) for entry in log)  # an unknown entity has its line only in the parser's own log
    if error.code in _ENCODING_ERRORS:
        return _wrong_encoding(line)
    return DeliveryError(
        "file.xml",
        "Le fichier XML est coupé ou mal formé à cet endroit : la suite ne peut pas être lue.",
        line=line,
        expected="Un fichier XML complet et bien formé.",
        fix="Le fichier a sans doute été coupé pendant sa production ou son envoi : produisez-le et déposez-le de nouveau.",
    )


def _wrong_encoding(line: int) -> DeliveryError:
    return DeliveryError(
        "file.encoding",
        "Le fichier XML n'est pas écrit dans le jeu de caractères qu'il annonce : au moins un caractère ne peut pas être lu.",
        line=line,
        expected="Un fichier dont le contenu est écrit comme sa déclaration XML l'annonce.",
        fix="Demandez à votre éditeur de logiciel de corriger l'export, puis redéposez le fichier.",
    )
