"""A first pass over the raw bytes: hash, physical lines, and what no parser reports well.

NUL bytes pass every CSV reader and break PostgreSQL; a wrong encoding makes mojibake without an error; a 10 MB line eats the memory.
A line ends with LF, CR LF or CR, as the reader of delimited files counts them.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from passerelle.contract.model import Layout
from passerelle.errors import DeliveryError

_BLOCK = 1 << 20
_LINE_FEED = ord("\n")
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]{1,40})""")
_ENCODING_NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "windows-1252": "Windows-1252", "iso8859-15": "ISO-8859-15"}


@dataclass(frozen=True)
class Survey:
    """Facts about the bytes of one file."""

    sha256: str
    size: int
    lines: int
    """Physical lines, a last one without an end included."""
    has_bom: bool
    has_quotes: bool
    has_bare_returns: bool = False
    """Some line may end with CR alone."""
    ends_with_line_end: bool = True


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


class _Surveyor:
    """Looks at one block after another."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._encoding = layout.encoding
        self._hash = hashlib.sha256()
        self._decoder = None if layout.format == "xml" else codecs.getincrementaldecoder(layout.encoding)()
        self._as_utf8 = codecs.getincrementaldecoder("utf-8")()
        self._looks_utf8 = False
        self._non_ascii = False
        self._quote = layout.quote.encode()
        self._open_line = 0
        self._last = b"\n"
        self._lines = 0
        self._has_bom = False
        self._has_quotes = False
        self._has_bare_returns = False
        self.size = 0

    def take(self, block: bytes) -> None:
        """Looks at the next block."""
        self._hash.update(block)
        if self.size == 0:
            self._first(block)
        if b"\0" in block:
            raise DeliveryError(
                "file.nul",
                "Le fichier contient un caractère nul (octet 0), qu'aucun fichier texte ne doit contenir.",
                line=self._line_at(block, block.index(b"\0")),
                expected="Un fichier texte sans caractère nul.",
                fix="Exportez de nouveau le fichier depuis votre logiciel, sans le modifier ensuite, et redéposez-le.",
            )
        self._decode(block)
        if self._layout.format == "delimited":
            self._measure(block)
            self._has_quotes = self._has_quotes or self._quote in block
        if not self._has_bare_returns and b"\r" in block:
            self._has_bare_returns = block.count(b"\r") != block.count(b"\r\n")
        self._lines += self._ends(block)
        self._last = block[-1:]
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
        is_ended = self._last in (b"\n", b"\r")
        return Survey(
            sha256=self._hash.hexdigest(),
            size=self.size,
            lines=self._lines + (0 if is_ended else 1),
            has_bom=self._has_bom,
            has_quotes=self._has_quotes,
            has_bare_returns=self._has_bare_returns,
            ends_with_line_end=is_ended,
        )

    def _first(self, block: bytes) -> None:
        self._has_bom = block.startswith(codecs.BOM_UTF8)
        if self._layout.format == "xml":
            declared = _DECLARED.match(block)
            self._encoding = declared[1].decode("ascii", "replace") if declared else "utf-8"
        self._looks_utf8 = not self._encoding.lower().startswith("utf")
        for bom, name in _BOMS.items():
            if block.startswith(bom):
                raise self._wrong_encoding(name, 1)

    def _decode(self, block: bytes, *, final: bool = False) -> None:
        self._non_ascii = self._non_ascii or not block.isascii()
        if self._decoder is not None:
            try:
                self._decoder.decode(block, final)
            except UnicodeDecodeError as error:
                raise self._wrong_encoding(None, self._line_at(error.object, error.start)) from None
        if self._looks_utf8:
            try:
                self._as_utf8.decode(block, final)
            except UnicodeDecodeError:
                self._looks_utf8 = False

    def _ends(self, data: bytes) -> int:
        """Line ends in the data; a LF that completes the CR of the block before is none."""
        # Ten times as fast as bytes.count, which stops at every line end.
        ends = int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == _LINE_FEED))
        if b"\r" in data:
            ends += data.count(b"\r") - data.count(b"\r\n")
        return ends - (1 if self._last == b"\r" and data.startswith(b"\n") else 0)

    def _line_at(self, data: bytes, place: int) -> int:
        return self._lines + self._ends(data[:place]) + 1

    def _measure(self, block: bytes) -> None:
        """Every line has at most so many bytes: looks for a line end within reach of each line's start, in as few steps as can be."""
        limit = self._layout.max_line_bytes
        start = -self._open_line
        while start + limit < len(block):
            end = block.rfind(b"\n", max(start, 0), start + limit + 1)
            if end < 0:
                raise DeliveryError(
                    "file.line_length",
                    f"Une ligne dépasse {limit} octets.",
                    line=self._line_at(block, max(start, 0)),
                    expected="Des lignes de longueur ordinaire ; un guillemet non refermé peut en être la cause.",
                    fix="Cherchez un guillemet ouvert et jamais refermé sur cette ligne, corrigez-le, puis redéposez le fichier.",
                )
            start = end + 1
        last = block.rfind(b"\n")
        self._open_line = self._open_line + len(block) if last < 0 else len(block) - last - 1

    def _wrong_encoding(self, found: str | None, line: int | None) -> DeliveryError:
        wanted = _ENCODING_NAMES.get(self._encoding.lower(), self._encoding)
        seen = f"Il semble écrit en {found}." if found else "Au moins un caractère ne peut pas être lu."
        fix = f"Dans votre tableur : « Enregistrer sous », type CSV, jeu de caractères {wanted} ; puis redéposez le fichier."
        if self._layout.format == "xml":
            fix = "Demandez à votre éditeur de logiciel un export dont le contenu est bien écrit comme sa déclaration XML l'annonce."
        return DeliveryError(
            "file.encoding",
            f"Le fichier n'est pas écrit dans le jeu de caractères convenu ({wanted}). {seen}",
            line=line,
            expected=f"Un fichier en {wanted}.",
            fix=fix,
        )
