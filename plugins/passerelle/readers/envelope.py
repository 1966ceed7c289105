"""What a file is wrapped in (gzip, zip, OpenPGP), opened from the outside to the inside before anything of it is read.

The inside is kept as :class:`passerelle.readers.spool.Spool` does: never clear on disk. It is counted while it comes out: what a file
says of its own size is not believed, and one that becomes larger than agreed, or far larger than it was, is refused at that moment.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from passerelle.contract.model import Contract, Layout, Wrapping
from passerelle.errors import ConfigurationError, DeliveryError
from passerelle.readers import refusals
from passerelle.readers.openpgp import Unlock, decrypted, is_encrypted
from passerelle.readers.spool import Spool

_BLOCK = 1 << 20
_HEAD = 4096
_MOST_RATIO = 200
"""Times its own size a file may become; text becomes 5 to 50 times as large, a bomb a thousand times."""
_RATIO_FROM = 16 << 20
"""Bytes from which the ratio counts: small files may hold little else than blanks."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What the standard library raises on archives that are damaged or made to be."""


@contextmanager
def opened(contract: Contract, file: BinaryIO, unlock: Unlock | None = None) -> Iterator[BinaryIO]:
    """The file's inside, seekable, and the file itself where the contract provides for no envelope.

    Raises DeliveryError, for the partner, when the file is not wrapped as agreed or cannot be opened, and ConfigurationError when it
    is encrypted and no key was given.
    """
    layout = contract.layout
    with ExitStack() as stack:
        inside = file
        for depth, wrapping in enumerate(layout.envelope):
            spool = stack.enter_context(Spool())
            _Opening(layout, wrapping, layout.envelope[:depth]).unwrap(inside, spool, unlock)
            spool.seek(0)
            inside = stack.enter_context(io.BufferedReader(spool, _BLOCK))
        yield inside


class _Opening:
    """One layer of the envelope."""

    def __init__(self, layout: Layout, wrapping: Wrapping, outside: tuple[Wrapping, ...]) -> None:
        self._layout = layout
        self._wrapping = wrapping
        self._words = _WORDS[wrapping]
        self._subject = _INSIDE[outside[-1]] if outside else "Le fichier"

    def unwrap(self, file: BinaryIO, spool: Spool, unlock: Unlock | None) -> None:
        """Puts what is inside the file into the spool."""
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        head = file.read(_HEAD)
        file.seek(0)
        if not head:
            raise refusals.empty()
        if not _LOOKS[self._wrapping](head):
            raise self._refusal(self._words["not"], self._words["wrap"])
        for part in self._parts(file, unlock):
            spool.append(part)
            if spool.size > self._layout.max_inflated_bytes:
                raise self._too_large(f"dépasse la taille convenue ({self._layout.max_inflated_bytes} octets)")
            if spool.size > max(_RATIO_FROM, size * _MOST_RATIO):
                raise self._too_large(f"est plus de {_MOST_RATIO} fois plus grand qu'avant")

    def _parts(self, file: BinaryIO, unlock: Unlock | None) -> Iterator[bytes]:
        match self._wrapping:
            case "gzip":
                return self._gzip(file)
            case "zip":
                return self._zip(file)
            case "openpgp":
                if unlock is None:
                    raise ConfigurationError("The file is encrypted: opening it needs our OpenPGP key (settings: openpgp_key_file).")
                return decrypted(file, unlock)

    def _gzip(self, file: BinaryIO) -> Iterator[bytes]:
        inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            while not inflater.eof:
                data = inflater.unconsumed_tail or file.read(_BLOCK)
                if not data:
                    raise self._refusal("est coupé : sa fin manque", _AGAIN)
                yield inflater.decompress(data, _BLOCK)
        except zlib.error:
            raise self._refusal("est abîmé : son contenu ne correspond plus à sa somme de contrôle", _AGAIN) from None
        if inflater.unused_data or file.read(1):
            raise self._refusal("contient autre chose après la fin des données compressées", "Compressez un seul fichier, et redéposez-le.")

    def _zip(self, file: BinaryIO) -> Iterator[bytes]:
        try:
            with zipfile.ZipFile(file) as archive:
                member = self._only_member(archive)
                left = member.file_size
                with archive.open(member) as content:
                    while part := content.read(_BLOCK):
                        left -= len(part)
                        yield part
                if left:
                    raise zipfile.BadZipFile
        except _BROKEN_ZIP:
            raise self._refusal("est coupé ou abîmé : l'archive ne peut pas être ouverte", _AGAIN) from None

    def _only_member(self, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1:
            what = f"est une archive qui contient {len(members)} fichiers au lieu d'un seul" if members else "est une archive vide"
            raise self._refusal(what, "Placez le seul fichier du flux dans l'archive, et redéposez-la.")
        if members[0].flag_bits & 0x1:
            raise self._refusal("est une archive protégée par un mot de passe", "Refaites l'archive sans mot de passe, et redéposez-la.")
        if members[0].compress_type not in _METHODS:
            raise self._refusal(
                "est une archive d'une compression inhabituelle", "Refaites l'archive avec la compression ordinaire (« deflate »)."
            )
        return members[0]

    def _refusal(self, what: str, fix: str) -> DeliveryError:
        return DeliveryError("file.envelope", f"{self._subject} {what}.", expected=self._words["expected"], fix=fix)

    def _too_large(self, what: str) -> DeliveryError:
        return DeliveryError(
            "file.inflated",
            f"{_INSIDE[self._wrapping]} {what} : il n'est pas lu, par sécurité.",
            expected="Un fichier de taille ordinaire.",
            fix="Vérifiez ce que vous avez déposé ; contactez le Département avant de redéposer un fichier aussi grand.",
        )


_AGAIN = "L'envoi a sans doute été interrompu : refaites le fichier et redéposez-le."
_LOOKS: dict[Wrapping, Callable[[bytes], bool]] = {
    "gzip": lambda head: head.startswith(b"\x1f\x8b"),
    "zip": lambda head: head.startswith((b"PK\x03\x04", b"PK\x05\x06")),
    "openpgp": is_encrypted,
}
_INSIDE: dict[Wrapping, str] = {
    "gzip": "Le contenu du fichier, une fois décompressé,",
    "zip": "Le contenu de l'archive, une fois décompressé,",
    "openpgp": "Le contenu du fichier, une fois déchiffré,",
}
_WORDS: dict[Wrapping, dict[str, str]] = {
    "gzip": {
        "not": "n'est pas compressé au format gzip",
        "expected": "Un fichier compressé au format gzip (.gz), entier.",
        "wrap": "Compressez le fichier au format gzip, puis redéposez-le.",
    },
    "zip": {
        "not": "n'est pas une archive zip",
        "expected": "Une archive zip qui contient un seul fichier, sans mot de passe.",
        "wrap": "Placez le fichier, seul, dans une archive zip, puis redéposez-la.",
    },
    "openpgp": {
        "not": "n'est pas chiffré avec OpenPGP",
        "expected": "Un fichier chiffré avec la clé publique OpenPGP du Département.",
        "wrap": "Chiffrez le fichier avec la clé publique du Département avant de le déposer : il ne doit jamais circuler en clair.",
    },
}
