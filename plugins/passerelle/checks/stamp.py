"""The sender's own date of a file's content: from its header, else from its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from passerelle.checks.values import typed
from passerelle.contract.model import Contract
from passerelle.readers.rows import Rows

_PARIS = ZoneInfo("Europe/Paris")
"""Partners write French wall-clock time."""


def header_stamp(contract: Contract, outer: Mapping[str, Rows]) -> datetime | None:
    """Date (and time) of the header columns named by the contract; None when there are none or they are unreadable."""
    values = []
    for name in contract.layout.stamp:
        for table in contract.tables:
            if table.name in outer and any(column.name == name for column in table.columns):
                column = table.column(name)
                values.append(typed(column, outer[table.name].values.column(name))[0].as_py())
    if not values or values[0] is None:
        return None
    moment = values[1] if len(values) > 1 and values[1] is not None else time()
    return datetime.combine(values[0], moment, tzinfo=_PARIS)


def name_stamp(contract: Contract, file_name: str) -> datetime | None:
    """The date in the file name (named group ``date``, yyyyMMdd); None when there is none or it is no real date."""
    match = re.fullmatch(contract.layout.name_pattern, file_name)
    found = match.groupdict().get("date") if match else None
    if not found:
        return None
    try:
        return datetime.strptime(found, "%Y%m%d").replace(tzinfo=_PARIS)
    except ValueError:
        return None
