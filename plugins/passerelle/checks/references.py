"""Values that stand in a list which another feed delivers (``refersTo``): what the check is handed of that list.

Who calls the check looks the list up: the gateway in its warehouse. On a partner's desk there is none, and nothing is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from passerelle.contract.model import Contract


@dataclass(frozen=True)
class Reference:
    """The column of a list, as the last file about it left it."""

    name: str
    """French name of the list."""
    values: pa.Array
    """Its different texts."""
    as_of: date
    """The day on which its sender made the newest file about it."""


References = Mapping[str, Reference]
"""By what a contract calls the column: ``referentiels/structures.siret``. A list that was never received is not in it."""


def unverified(contract: Contract, references: References) -> tuple[str, ...]:
    """The French names of the columns whose values cannot be looked up, each once."""
    columns = [column for table in contract.tables for column in table.columns if column.refers_to is not None]
    return tuple(dict.fromkeys(column.label for column in columns if column.refers_to not in references))
