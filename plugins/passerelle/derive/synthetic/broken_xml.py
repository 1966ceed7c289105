"""Mistakes in whole XML files."""

from __future__ import annotations

import re
from collections.abc import Callable

from passerelle.contract.model import Column, Contract
from passerelle.derive.synthetic.scene import DateText
from passerelle.derive.synthetic.spoilable import UNKNOWN_NAME, code_column, date_column, unknown_code
from passerelle.errors import ConfigurationError


def _xml_replace(contract: Contract, data: bytes, column: Column, value: str) -> bytes:
    """Replaces the column's first value in the file."""
    tag = column.source.rsplit("/", 1)[-1].encode()
    spoilt, count = re.subn(rb"(<%b>)[^<]+(</%b>)" % (tag, tag), rb"\g<1>%b\g<2>" % value.encode(), data, count=1)
    if not count:
        raise ConfigurationError(f"The file has no value in {column.source} to spoil.")
    return spoilt


def impossible_date(contract: Contract, data: bytes) -> bytes:
    """31 February 1980 in the first birth date."""
    column = date_column(contract)
    return _xml_replace(contract, data, column, DateText(column.format).impossible())


def unknown_code_in(contract: Contract, data: bytes) -> bytes:
    """A code that is not in the list."""
    column = code_column(contract)
    return _xml_replace(contract, data, column, unknown_code(column))


def wrong_encoding(contract: Contract, data: bytes) -> bytes:
    """The declaration says UTF-8, a name holds a letter in cp1252."""
    declared = re.sub(rb'encoding="[^"]*"', b'encoding="UTF-8"', data, count=1)
    return re.sub(rb"([A-Z])(</)", b"\\1\xc9\\2", declared, count=1)


def missing_footer(contract: Contract, data: bytes) -> bytes:
    """The footer is gone."""
    tag = _footer_tag(contract).encode()
    return re.sub(rb"[ \t]*<%b>.*?</%b>\r?\n?" % (tag, tag), b"", data, count=1, flags=re.DOTALL)


def unknown_element(contract: Contract, data: bytes) -> bytes:
    """An element nobody knows, at the beginning of the first dossier."""
    start = f"<{contract.layout.record}>".encode()
    return data.replace(start, start + f"<{UNKNOWN_NAME}>1</{UNKNOWN_NAME}>".encode(), 1)


def duplicate_key(contract: Contract, data: bytes) -> bytes:
    """The first dossier again, after the last; the count in the footer takes it in."""
    start, end = f"<{contract.layout.record}>".encode(), f"</{contract.layout.record}>".encode()
    first, last = data.index(start), data.index(end) + len(end)
    at = data.rindex(end) + len(end)
    longer = data[:at] + b"\n" + data[first:last] + data[at:]
    count = contract.layout.count
    if count is None:
        return longer
    column = contract.table(count.table).column(count.column)
    tag = column.source.encode()
    return re.sub(rb"(?<=<%b>)(\d+)(?=</%b>)" % (tag, tag), lambda found: b"%d" % (int(found[1]) + 1), longer, count=1)


def _footer_tag(contract: Contract) -> str:
    for table in contract.tables:
        if table.role == "footer":
            return table.path.rsplit("/", 1)[-1]
    raise ConfigurationError(f"Files of {contract.id} have no footer.")


BREAKS: dict[str, Callable[[Contract, bytes], bytes]] = {
    "wrong_encoding": wrong_encoding,
    "impossible_date": impossible_date,
    "unknown_code": unknown_code_in,
    "duplicate_key": duplicate_key,
    "missing_footer": missing_footer,
    "unknown_element": unknown_element,
}
"""Each mistake by its name (see passerelle.derive.mutate)."""
