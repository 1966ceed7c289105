"""Mistakes in the bytes of any text file, whatever it says: how it was cut, encoded and divided into lines."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from itertools import cycle

from passerelle.contract.model import Contract

_ENDS = {"xml": ("\r\n", "\n")}
"""Line ends that XML parsers do not count are left out."""


def is_wide(contract: Contract) -> bool:
    """Whether the contract's characters take two bytes or more."""
    return contract.layout.encoding.lower().startswith(("utf-16", "utf-32"))


def truncated(contract: Contract, data: bytes) -> bytes:
    """Cut at two thirds, inside a line; a delimited one is cut after its first value, so that it lacks columns."""
    cut = len(data) * 2 // 3
    layout = contract.layout
    if layout.format in ("delimited", "fixed"):
        text = data.decode(layout.encoding)
        start = text.rfind("\n", 0, len(text) * 2 // 3) + 1
        stop = text.find(layout.delimiter, start) if layout.format == "delimited" else start + 1
        return text[: max(stop, start + 1)].encode(layout.encoding)
    if layout.format == "jsonlines":
        return data[: data.index(b":", data.rfind(b"\n", 0, cut) + 1) + 1]
    while cut > 1 and data[cut - 1 : cut] in (b"\n", b"\r", b">"):
        cut -= 1
    return data[:cut]


def nul_byte(contract: Contract, data: bytes) -> bytes:
    """A NUL in the middle."""
    if is_wide(contract):
        text = data.decode(contract.layout.encoding)
        return (text[: len(text) // 2] + "\0" + text[len(text) // 2 :]).encode(contract.layout.encoding)
    middle = len(data) // 2
    return data[:middle] + b"\0" + data[middle:]


def utf_16(contract: Contract, data: bytes) -> bytes:
    """The whole file in UTF-16, as a spreadsheet saves « Texte Unicode »."""
    return data.decode(contract.layout.encoding).encode("utf-16")


def byte_order_mark(contract: Contract, data: bytes) -> bytes:
    """The three bytes with which Windows programs begin a file in UTF-8; an XML file becomes one."""
    if contract.layout.format == "xml":
        text = re.sub('encoding="[^"]*"', 'encoding="UTF-8"', data.decode(contract.layout.encoding), count=1)
        return text.encode("utf-8-sig")
    return codecs.BOM_UTF8 + data


def mixed_line_ends(contract: Contract, data: bytes) -> bytes:
    """Each line ends otherwise than the one before."""
    lines = re.split("\r\n|\n", data.decode(contract.layout.encoding))
    ends = cycle(_ENDS.get(contract.layout.format, ("\r\n", "\n", "\r")))
    return "".join(line + end for line, end in zip(lines[:-1], ends, strict=False)).encode(contract.layout.encoding)


def no_last_line_end(contract: Contract, data: bytes) -> bytes:
    """The last line is whole, and does not end."""
    return data.decode(contract.layout.encoding).rstrip("\r\n").encode(contract.layout.encoding)


def end_marker(contract: Contract, data: bytes) -> bytes:
    r"""A line ``\.`` in the middle: the end of the data, to a database that loads text."""
    lines = re.split("(?<=\n)", data.decode(contract.layout.encoding))
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    lines.insert(len(lines) // 2, rf"\.{end}")
    return "".join(lines).encode(contract.layout.encoding)


def breaks_of(contract: Contract) -> dict[str, Callable[[Contract, bytes], bytes]]:
    """Each mistake that a file of the contract can have by its name (see passerelle.derive.mutate)."""
    layout = contract.layout
    found: dict[str, Callable[[Contract, bytes], bytes]] = {"empty": lambda contract, data: b"", "truncated": truncated}
    if layout.format == "xlsx":
        return found
    found |= {"nul_byte": nul_byte, "mixed_line_ends": mixed_line_ends, "no_last_line_end": no_last_line_end}
    if not is_wide(contract):
        found["utf_16"] = utf_16
    if layout.format == "xml" or codecs.lookup(layout.encoding).name == "utf-8":
        found["byte_order_mark"] = byte_order_mark
    return found if layout.format == "xml" else found | {"end_marker": end_marker}
