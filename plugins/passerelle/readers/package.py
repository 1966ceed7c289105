"""The zip package of a workbook: what it must not be, and its XML parts streamed one element at a time, within bounds.

No spreadsheet library stands between. Going through 100,000 rows of 20 columns took openpyxl 20.6 s of CPU, lxml 4.9 s, python-calamine
2.3 s; but that tells neither errors from empty cells, nor formulas without a result, nor a number from how it was written, and a workbook
of 5 KB with one value far away made it take 12 GB.
"""

from __future__ import annotations

import errno
import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO

from lxml import etree

from passerelle.readers import workbook_words as words

_MOST_INFLATED = 2_000_000_000
"""Bytes of all parts read: a sheet of a million rows and 20 columns has half of that."""
_LONGEST_SPAN = 32_000_000
"""Bytes between the ends of two elements that are read: a row of 16,384 cells has fewer."""
_LARGEST_DIRECTORY = 1_000_000
"""Bytes of the list of parts; zipfile reads it whole."""
_BLOCK = 1 << 16
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_END = b"PK\x05\x06"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ACTIVE = ("vbaproject.bin", "/macrosheets/", "/activex/")
_LINKED = ("/externallinks/", "/connections.xml", "/querytables/")
_SAFE: dict[str, Any] = {
    "remove_comments": True,
    "remove_pis": True,
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, ValueError, etree.XMLSyntaxError)
"""What zipfile and lxml raise at a package that is cut, damaged, encrypted or compressed in some other way."""


class Package:
    """The parts of a workbook, by name. Raises DeliveryError when the file is no workbook that may be read."""

    def __init__(self, file: BinaryIO, most_inflated: int) -> None:
        _refuse_other_files(file)
        file.seek(0)
        with _damage_told():
            self._zip = zipfile.ZipFile(file)
        self._parts = {info.filename.lower(): info for info in self._zip.infolist()}
        self._left = min(most_inflated, _MOST_INFLATED)
        self._refuse_strange_parts()

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def elements(self, name: str, *tags: str) -> Iterator[etree._Element]:
        """Each element of these names at its end, in the order of the part; forgotten when the next one is asked for.

        Raises DeliveryError when the part is missing, damaged, larger than it may be, or has a DOCTYPE.
        """
        with _damage_told():
            self._refuse_doctype(name)
            with self._open(name) as part:
                for _, element in etree.iterparse(part, events=("end",), tag=[f"{{*}}{tag}" for tag in tags], **_SAFE):
                    yield element
                    part.mark()
                    _forget(element)

    def _open(self, name: str) -> _Part:
        info = self._parts.get(name.lower())
        if info is None:
            raise words.damaged()
        return _Part(self, self._zip.open(info))

    def spend(self, size: int) -> None:
        """Counts bytes that were inflated."""
        self._left -= size
        if self._left < 0:
            raise words.too_large()

    def _refuse_doctype(self, name: str) -> None:
        with self._open(name) as part:
            for _, element in etree.iterparse(part, events=("start",), **_SAFE):
                if element.getroottree().docinfo.doctype:
                    raise words.with_doctype()
                return

    def _refuse_strange_parts(self) -> None:
        names = [f"/{name}" for name in self._parts]
        if len(self._parts) != len(self._zip.infolist()):
            raise words.damaged()
        if any(info.flag_bits & 1 or info.compress_type not in _METHODS for info in self._parts.values()):
            raise words.damaged()
        if "/mimetype" in names and "/content.xml" in names:
            raise words.open_document()
        if "/xl/workbook.bin" in names:
            raise words.binary()
        if "/[content_types].xml" not in names or "/_rels/.rels" not in names:
            raise words.no_workbook()
        if any(part in name for name in names for part in _ACTIVE) or self._has_macro_type():
            raise words.with_macros()
        if any(part in name for name in names for part in _LINKED):
            raise words.with_links()

    def _has_macro_type(self) -> bool:
        types = self.elements("[Content_Types].xml", "Override", "Default")
        return any("macroenabled" in (element.get("ContentType") or "").lower() for element in types)

    def related(self, name: str) -> Iterator[tuple[str, str, str]]:
        """What a part (``""``: the package) refers to: id, last word of the type, name of the part."""
        folder, own = posixpath.split(name)
        relations = posixpath.join(folder, "_rels", f"{own}.rels")
        if relations not in self:
            return
        for element in self.elements(relations, "Relationship"):
            target = posixpath.normpath(posixpath.join("/", folder, element.get("Target") or ""))
            yield element.get("Id") or "", posixpath.basename(element.get("Type") or ""), target.lstrip("/")


class _Part(io.RawIOBase):
    """A part as it is inflated: counted, and bounded between two marks."""

    def __init__(self, package: Package, stream: IO[bytes]) -> None:
        super().__init__()
        self._package = package
        self._stream = stream
        self._since = 0

    def read(self, size: int = _BLOCK) -> bytes:
        """The next bytes."""
        data = self._stream.read(_BLOCK if size < 0 else size)
        self._package.spend(len(data))
        self._since += len(data)
        if self._since > _LONGEST_SPAN:
            raise words.too_large()
        return data

    def mark(self) -> None:
        """An element that is read has ended."""
        self._since = 0


@contextmanager
def _damage_told() -> Iterator[None]:
    """Turns what a damaged package makes of zipfile and lxml into words for the partner."""
    try:
        yield
    except _BROKEN:
        raise words.damaged() from None
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the beginning of the file
            raise
        raise words.damaged() from None


def _forget(element: etree._Element) -> None:
    """Frees everything before the element, so that memory stays bounded."""
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _refuse_other_files(file: BinaryIO) -> None:
    file.seek(0)
    start = file.read(len(_OLE))
    if start == _OLE:
        raise words.encrypted() if _holds(file, _ENCRYPTED) else words.old_format()
    if not start.startswith(_ZIP):
        raise words.no_workbook()
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < 22:
        raise words.cut_off()
    if struct.unpack_from("<I", tail, end + 12)[0] > _LARGEST_DIRECTORY:
        raise words.too_large()


def _holds(file: BinaryIO, wanted: bytes) -> bool:
    rest = b""
    while block := file.read(1 << 20):
        if wanted in rest + block:
            return True
        rest = block[-len(wanted) :]
    return False
