"""A folder of contracts with a feed of fixed width, in an envelope or not: made from the invented fourth feed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

import fourth_feed
from fourth_feed import FEED, SENDER

__all__ = ["ENDINGS", "FEED", "SENDER", "contracts_with_it"]

ENDINGS = {"gzip": ".gz", "zip": ".zip", "openpgp": ".gpg"}
_GAP = 1
"""Characters between two columns that are nobody's."""
_WIDTHS = {"date": 10, "number": 6}
_NIR_WIDTH = 15
_COUNT_WIDTH = 8


def contracts_with_it(folder: Path, *envelope: str) -> Path:
    """A copy of the product's contracts and the feed, whose files come in this envelope, the outermost first."""
    root = fourth_feed.contracts_with_it(folder)
    path = root / f"{FEED}.odcs.yaml"
    contract = yaml.safe_load(path.read_text(encoding="utf-8"))
    columns, start = contract["schema"][0]["properties"], 1
    for column in columns:
        width = column.get("logicalTypeOptions", {}).get("maxLength") or _WIDTHS.get(column["logicalType"], _NIR_WIDTH)
        _custom(column, "position", {"start": start, "width": width})
        start += width + _GAP
    _envelop(contract["servers"][0], envelope)
    path.write_text(yaml.safe_dump(contract, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return root


def _envelop(server: dict[str, Any], envelope: tuple[str, ...]) -> None:
    server["format"] = "fixed"
    layout = server["customProperties"][0]["value"]
    for key in ("delimiter", "quote"):
        del layout[key]
    ending = "".join(ENDINGS[one] for one in reversed(envelope))
    layout["namePattern"] += ending.replace(".", r"\.")
    layout["nameTemplate"] += ending
    layout["trailer"] = {"marker": "FIN", "count": 11, "width": _COUNT_WIDTH}
    if envelope:
        layout["envelope"] = list(envelope)


def _custom(column: dict[str, Any], name: str, value: object) -> None:
    column.setdefault("customProperties", []).append({"vendor": "passerelle", "property": name, "value": value})
