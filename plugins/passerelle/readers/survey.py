"""A first pass over the raw bytes: hash, physical lines, and what no parser reports well.

NUL bytes pass every CSV reader and break PostgreSQL; a wrong encoding makes mojibake without an error; a 10 MB line eats the memory.
"""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from passerelle.contract.model import Layout
from passerelle.errors import DeliveryError

_BLOCK = 1 << 20
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


@dataclass(frozen=True)
class Survey:
    """Facts about the bytes of one file."""

    sha256: str
    size: int
    lines: int
    """Physical lines, a last one without an end included."""
    has_bom: bool
    has_quotes: bool


class _Surveyor:
    """Looks at one block after another."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._hash = hashlib.sha256()
        self._decoder = None if layout.format == "xml" else codecs.getincrementaldecoder(layout.encoding)()
        self._as_utf8 = codecs.getincrementaldecoder("utf-8")()
        self._looks_utf8 = layout.format == "delimited" and not layout.encoding.lower().startswith("utf")
        self._non_ascii = False
        self._quote = layout.quote.encode()
        self._open_line = 0
        self.size = 0
        self.lines = 0
        self.has_bom = False
        self.has_quotes = False
        self._last = b"\n"

    def take(self, block: bytes) -> None:
        """Looks at the next block."""
        self._hash.update(block)
        if self.size == 0:
            self._first(block)
        if b"\0" in block:
            line = self.lines + block.count(b"\n", 0, block.index(b"\0")) + 1
            raise DeliveryError(
                "file.nul",
                "Le fichier contient un caractère nul (octet 0), qu'aucun fichier texte ne doit contenir.",
                line=line,
                expected="Un fichier texte sans caractère nul.",
                fix="Exportez de nouveau le fichier depuis votre logiciel, sans le modifier ensuite, et redéposez-le.",
            )
        self._decode(block)
        self._measure(block)
        self.has_quotes = self.has_quotes or self._quote in block
        self.size += len(block)

    def survey(self) -> Survey:
        """The facts, once every block was looked at."""
        if self.size == 0:
            raise DeliveryError(
                "file.empty",
                "Le fichier est vide (0 octet).",
                expected="Un fichier complet, avec au moins son en-tête.",
                fix="Vérifiez l'export dans votre logiciel, puis redéposez le fichier.",
            )
        self._decode(b"", final=True)
        if self._looks_utf8 and self._non_ascii:
            raise self._wrong_encoding("UTF-8", None)
        lines = self.lines + (0 if self._last == b"\n" else 1)
        return Survey(self._hash.hexdigest(), self.size, lines, self.has_bom, self.has_quotes)

    def _first(self, block: bytes) -> None:
        self.has_bom = block.startswith(codecs.BOM_UTF8)
        for bom, name in _BOMS.items():
            if block.startswith(bom):
                raise self._wrong_encoding(name, 1)
        if self._layout.format == "xml" and b"<!DOCTYPE" in block[:65536]:
            raise DeliveryError(
                "file.doctype",
                "Le fichier XML contient une déclaration DOCTYPE, refusée par sécurité.",
                line=1,
                expected="Un fichier XML sans DOCTYPE ni entité.",
                fix="Demandez à votre éditeur un export sans DOCTYPE.",
            )

    def _decode(self, block: bytes, *, final: bool = False) -> None:
        self._non_ascii = self._non_ascii or not block.isascii()
        if self._decoder is not None:
            try:
                self._decoder.decode(block, final)
            except UnicodeDecodeError as error:
                raise self._wrong_encoding(None, self.lines + block.count(b"\n", 0, error.start) + 1) from None
        if self._looks_utf8:
            try:
                self._as_utf8.decode(block, final)
            except UnicodeDecodeError:
                self._looks_utf8 = False

    def _measure(self, block: bytes) -> None:
        ends = block.count(b"\n")
        if b"\r" in block:
            ends += block.count(b"\r") - block.count(b"\r\n")
        if self._last == b"\r" and block.startswith(b"\n"):
            ends -= 1
        first = block.find(b"\n")
        longest = self._open_line + (len(block) if first < 0 else first)
        if self._layout.format == "delimited" and longest > self._layout.max_line_bytes:
            raise DeliveryError(
                "file.line_length",
                f"Une ligne dépasse {self._layout.max_line_bytes} octets.",
                line=self.lines + 1,
                expected="Des lignes de longueur ordinaire ; un guillemet non refermé peut en être la cause.",
                fix="Cherchez un guillemet ouvert et jamais refermé sur cette ligne, corrigez-le, puis redéposez le fichier.",
            )
        self._open_line = longest if first < 0 else len(block) - block.rfind(b"\n") - 1
        self.lines += ends
        if block:
            self._last = b"\n" if block[-1:] in (b"\n", b"\r") and not block.endswith(b"\r") else block[-1:]
            if block.endswith(b"\r"):
                self._last = b"\r"

    def _wrong_encoding(self, found: str | None, line: int | None) -> DeliveryError:
        wanted = _ENCODING_NAMES.get(self._layout.encoding.lower(), self._layout.encoding)
        seen = f"Il semble écrit en {found}." if found else "Au moins un caractère ne peut pas être lu."
        return DeliveryError(
            "file.encoding",
            f"Le fichier n'est pas écrit dans le jeu de caractères convenu ({wanted}). {seen}",
            line=line,
            expected=f"Un fichier en {wanted}.",
            fix=f"Dans votre tableur : « Enregistrer sous », type CSV, jeu de caractères {wanted} ; puis redéposez le fichier.",
        )


_ENCODING_NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "windows-1252": "Windows-1252", "iso8859-15": "ISO-8859-15"}


def survey(layout: Layout, file: BinaryIO) -> Survey:
    """The facts about the file, read from its beginning to its end.

    Raises DeliveryError, for the partner, when the bytes cannot be what the contract says.
    """
    surveyor = _Surveyor(layout)
    while block := file.read(_BLOCK):
        if surveyor.size + len(block) > layout.max_bytes:
            raise DeliveryError(
                "file.size",
                f"Le fichier dépasse la taille convenue ({layout.max_bytes} octets).",
                expected="Un fichier de taille ordinaire.",
                fix="Contactez le Département avant de redéposer un fichier aussi grand.",
            )
        surveyor.take(block)
    return surveyor.survey()
