"""Mistakes in whole XML files."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from html import escape
from xml.etree import ElementTree

from passerelle.contract.model import Column, Contract
from passerelle.derive.synthetic.spoilable import UNKNOWN_NAME, UNKNOWN_VALUE, code_column, required_column
from passerelle.derive.synthetic.sums import Sums
from passerelle.derive.synthetic.tree import Node
from passerelle.errors import ConfigurationError

_TAG = re.compile(rb"<(?P<close>/?)(?P<name>\w[\w.-]*)[^<>]*?(?P<empty>/?)>")
_INCLUSION = "http://www.w3.org/2001/XInclude"
_DEPTH = 200_000


def with_value(contract: Contract, data: bytes, column: Column, value: str) -> bytes:
    """The value in place of the column's first one in the file."""
    start, end = place_of(contract, data, column)
    text = escape(value, quote=False).encode(contract.layout.encoding, "xmlcharrefreplace")
    return data[:start] + text + data[end:]


def holds(contract: Contract, data: bytes, column: Column) -> bool:
    """Whether the file has a value in this column."""
    return _found(contract, data, column) is not None


def place_of(contract: Contract, data: bytes, column: Column) -> tuple[int, int]:
    """Where the column's first value that is not empty begins and ends. Raises ConfigurationError when there is none."""
    found = _found(contract, data, column)
    if found is None:
        raise ConfigurationError(f"The file has no value in {column.source} to spoil.")
    return found


def _found(contract: Contract, data: bytes, column: Column) -> tuple[int, int] | None:
    table = next(table for table in contract.tables if column in table.columns)
    record = f"/{contract.layout.root}/{contract.layout.record}"
    base = record if table.path == "." else table.path if table.path.startswith("/") else f"{record}/{table.path}"
    wanted = f"{base}/{column.source}".encode()
    path = b""
    for tag in _TAG.finditer(data):
        if not tag["close"]:
            path += b"/" + tag["name"]
        if not tag["close"] and path == wanted:
            end = data.index(b"<", tag.end())
            if data[tag.end() : end].strip():
                return tag.end(), end
        if tag["close"] or tag["empty"]:
            path = path[: path.rindex(b"/")]
    return None


def wrong_encoding(contract: Contract, data: bytes) -> bytes:
    """The declaration says UTF-8, a name holds a letter in cp1252."""
    declared = re.sub(rb'encoding="[^"]*"', b'encoding="UTF-8"', data, count=1)
    return re.sub(rb"([A-Z])(</)", b"\\1\xc9\\2", declared, count=1)


def missing_column(contract: Contract, data: bytes) -> bytes:
    """The first required element, and nothing else, is gone."""
    start, end = place_of(contract, data, required_column(contract))
    before, after = data.rindex(b"<", 0, start), data.index(b">", end) + 1
    line_end = re.compile(rb"\r?\n?").match(data, after)
    before = len(data[:before].rstrip(b" \t"))
    return data[:before] + data[line_end.end() if line_end else after :]


def header_only(contract: Contract, data: bytes) -> bytes:
    """No dossier; the footer counts none, and adds none up."""
    record = contract.layout.record.encode()
    bare = re.sub(rb"(?s)[ \t]*<%b>.*</%b>\r?\n?" % (record, record), b"", data, count=1)
    for path in _announced(contract):
        before = b".*?".join(b"<%b>" % tag.encode() for tag in path)
        bare = re.sub(rb"(?s)(%b)[^<]*" % before, rb"\g<1>0", bare, count=1)
    return bare


def _announced(contract: Contract) -> list[list[str]]:
    """The tags, from a header or footer down, of each count or total that the file says it has."""
    count = contract.layout.count
    named = [f"{count.table}.{name}" for name in (count.column, count.minus or count.column)] if count is not None else []
    named += [rule.other[0] for table in contract.tables for rule in table.rules if rule.kind == "total"]
    pairs = [reference.split(".") for reference in dict.fromkeys(named)]
    return [
        [contract.table(holder).path.rsplit("/", 1)[-1], *contract.table(holder).column(name).source.split("/")] for holder, name in pairs
    ]


def missing_footer(contract: Contract, data: bytes) -> bytes:
    """The footer is gone."""
    tag = _footer_tag(contract).encode()
    return re.sub(rb"[ \t]*<%b>.*?</%b>\r?\n?" % (tag, tag), b"", data, count=1, flags=re.DOTALL)


def unknown_element(contract: Contract, data: bytes) -> bytes:
    """An element nobody knows, at the beginning of the first dossier."""
    return _in_first_dossier(contract, data, f"<{UNKNOWN_NAME}>{UNKNOWN_VALUE}</{UNKNOWN_NAME}>")


def _in_first_dossier(contract: Contract, data: bytes, text: str) -> bytes:
    start = f"<{contract.layout.record}>".encode()
    return data.replace(start, start + text.encode(contract.layout.encoding), 1)


def inclusion(contract: Contract, data: bytes) -> bytes:
    """An element that asks for another file to be put in its place, at the beginning of the first dossier."""
    more = f'<xi:include xmlns:xi="{_INCLUSION}" parse="text" href="file:///etc/passwd"/>'
    return _in_first_dossier(contract, data, more)


def deep_nesting(contract: Contract, data: bytes) -> bytes:
    """Elements inside one another without end, at the beginning of the first dossier."""
    return _in_first_dossier(contract, data, f"<{UNKNOWN_NAME}>" * _DEPTH + f"</{UNKNOWN_NAME}>" * _DEPTH)


def entity_bomb(contract: Contract, data: bytes) -> bytes:
    """A name that stands for a billion laughs."""
    steps = "".join(f'<!ENTITY e{step} "{f"&e{step - 1};" * 10}">' for step in range(1, 10))
    return _with_entities(contract, data, f'<!ENTITY e0 "ha">{steps}', "&e9;")


def external_entity(contract: Contract, data: bytes) -> bytes:
    """A name that stands for a file of ours."""
    return _with_entities(contract, data, '<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;")


def _with_entities(contract: Contract, data: bytes, declared: str, used: str) -> bytes:
    root = f"<{contract.layout.root}>".encode()
    doctype = f"<!DOCTYPE {contract.layout.root} [{declared}]>\n".encode()
    _, end = place_of(contract, data, code_column(contract))
    return data[:end].replace(root, doctype + root, 1) + used.encode() + data[end:]


def duplicate_key(contract: Contract, data: bytes) -> bytes:
    """The first dossier again, after the last; the count and the totals in the footer take it in."""
    start, end = f"<{contract.layout.record}>".encode(), f"</{contract.layout.record}>".encode()
    first, last = data.index(start), data.index(end) + len(end)
    at = data.rindex(end) + len(end)
    longer = _with_totals_of(contract, data[first:last], data[:at] + b"\n" + data[first:last] + data[at:])
    count = contract.layout.count
    if count is None:
        return longer
    column = contract.table(count.table).column(count.column)
    tag = column.source.encode()
    return re.sub(rb"(?<=<%b>)(\d+)(?=</%b>)" % (tag, tag), lambda found: b"%d" % (int(found[1]) + 1), longer, count=1)


def _with_totals_of(contract: Contract, dossier: bytes, data: bytes) -> bytes:
    """The file whose totals take in this dossier once more."""
    sums = Sums(contract)
    record = ElementTree.fromstring(dossier.decode(contract.layout.encoding))  # noqa: S314 -- we wrote this file
    for table in contract.tables:
        if any(rule.kind == "total" for rule in table.rules):
            for element in [record] if table.path == "." else record.findall(table.path):
                values = {column.name: (element.findtext(column.source) or "").strip() for column in table.columns}
                sums.take(Node(table, values))
    for table in contract.tables:
        for name, more in sums.row_of(table.name).items():
            path = [table.path.rsplit("/", 1)[-1], *table.column(name).source.split("/")]
            before = b".*?".join(b"<%b>" % tag.encode() for tag in path)
            data = re.sub(rb"(?s)(%b)([^<]+)" % before, partial(_added, contract.layout.decimal, more), data, count=1)
    return data


def _added(decimal: str, more: str, found: re.Match[bytes]) -> bytes:
    one, other = (Decimal(text.replace(decimal, ".")) for text in (found[2].decode(), more))
    return found[1] + str(one + other).replace(".", decimal).encode()


def _footer_tag(contract: Contract) -> str:
    for table in contract.tables:
        if table.role == "footer":
            return table.path.rsplit("/", 1)[-1]
    raise ConfigurationError(f"Files of {contract.id} have no footer.")


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {
    "wrong_encoding": wrong_encoding,
    "header_only": header_only,
    "missing_column": missing_column,
    "duplicate_key": duplicate_key,
    "missing_footer": missing_footer,
    "unknown_element": unknown_element,
    "inclusion": inclusion,
    "deep_nesting": deep_nesting,
    "entity_bomb": entity_bomb,
    "external_entity": external_entity,
}
"""Each mistake by its name (see passerelle.derive.mutate)."""
