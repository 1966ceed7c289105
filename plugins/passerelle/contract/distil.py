"""From the YAML tree of a contract, whose shape has been checked, to the frozen model the program works with."""

from __future__ import annotations

import re
from typing import Any, Literal

from passerelle.contract.model import (
    Calendar,
    Classification,
    Code,
    CodeList,
    Column,
    Contract,
    Format,
    Layout,
    Publication,
    RowRule,
    Sample,
    Table,
)
from passerelle.contract.shape import custom
from passerelle.findings import Effect

Frequency = Literal["daily", "weekly", "monthly", "on_event"]

EFFECTS = {"warning": Effect.WARN, "line": Effect.SET_ASIDE_LINE, "error": Effect.SET_ASIDE, "refuse": Effect.REFUSE}
"""ODCS severity of a row rule → what it does."""
FREQUENCIES: dict[str, Frequency] = {"d": "daily", "w": "weekly", "m": "monthly"}
"""Unit of the service level ``frequency`` (value 1)."""
FORMATS: dict[str, Format] = {"csv": "delimited", "xml": "xml", "jsonl": "jsonlines", "xlsx": "xlsx", "fixed": "fixed"}
"""``servers.format`` of the standard → how the program calls it."""


def distil(document: dict[str, Any], lists: dict[str, CodeList], sha256: str) -> Contract:
    """The contract; KeyError when a code list is unknown, pydantic's ValidationError when a value is out of bounds."""
    ours = custom(document)
    levels = {level["property"]: level for level in document["slaProperties"]}
    described = document["description"]
    return Contract(
        id=document["id"],
        version=document["version"],
        name=document["name"],
        purpose=described["purpose"].strip(),
        legal_basis=ours["legalBasis"],
        source=ours["source"],
        direction=ours.get("direction", "inbound"),
        series=ours.get("series", ""),
        layout=_layout(document["servers"][0]),
        tables=tuple(_table(raw, lists) for raw in document["schema"]),
        calendar=_calendar(levels),
        retention_months=_months(levels["retention"]),
        hold_above=ours.get("holdAbove", 0.1),
        contact=ours.get("contact", ""),
        sha256=sha256,
    )


def _calendar(levels: dict[str, Any]) -> Calendar:
    frequency = levels["frequency"]
    rhythm: Frequency = "on_event" if frequency["value"] == "on_event" else FREQUENCIES[frequency["unit"]]
    if "timeToNotify" not in levels:
        return Calendar(frequency=rhythm)
    return Calendar(frequency=rhythm, receipt_minutes=int(levels["timeToNotify"]["value"]))


def _months(level: dict[str, Any]) -> int:
    return int(level["value"]) * (12 if level["unit"] == "y" else 1)


def _layout(server: dict[str, Any]) -> Layout:
    raw = _snake(custom(server)["layout"])
    return Layout(**raw, format=FORMATS[server["format"]], encoding=server["encoding"])


def _table(raw: dict[str, Any], lists: dict[str, CodeList]) -> Table:
    ours = custom(raw)
    rows = ours.get("rows", {})
    keyed = sorted((item["primaryKeyPosition"], item["name"]) for item in raw["properties"] if item.get("primaryKey"))
    return Table(
        name=raw["name"],
        path=raw.get("physicalName", ""),
        label=raw["businessName"],
        role=ours.get("role", "record"),
        parent=ours.get("parent"),
        columns=tuple(_column(item, lists) for item in raw["properties"]),
        key=tuple(name for _, name in keyed),
        optional_blocks=tuple(ours.get("optionalBlocks", ())),
        rules=tuple(_rule(item) for item in raw.get("quality", ())),
        publish=tuple(Publication(**item) for item in ours.get("publish", ())),
        min_rows=rows.get("min", 0),
        max_rows=rows.get("max"),
        sample_rows=tuple(rows.get("sample", (1, 1))),
        sample_only_if=rows.get("onlyIf", {}),
    )


def _rule(raw: dict[str, Any]) -> RowRule:
    effect = EFFECTS[raw.get("severity", "error")]
    return RowRule(**_snake(raw["implementation"]), id=raw["id"], effect=effect)


def _column(raw: dict[str, Any], lists: dict[str, CodeList]) -> Column:
    ours = custom(raw)
    options = raw.get("logicalTypeOptions", {})
    examples = raw.get("examples", ())
    digits = ours.get("digits", {})
    return Column(
        name=raw["name"],
        source=raw["physicalName"],
        label=raw["businessName"],
        description=raw.get("description", "").strip(),
        type=raw["logicalType"],
        format=options.get("format"),
        precision=digits.get("precision"),
        scale=digits.get("scale", 0),
        required=raw.get("required", False),
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        pattern=options.get("pattern"),
        minimum=_text(options.get("minimum")),
        maximum=_text(options.get("maximum")),
        start=ours.get("position", {}).get("start"),
        width=ours.get("position", {}).get("width"),
        checksum=ours.get("checksum"),
        refers_to=ours.get("refersTo"),
        codes=_codes(raw, ours, lists),
        classification=Classification(raw["classification"]),
        identity=ours.get("identity"),
        nir=ours.get("nir", False),
        help=ours.get("help", ""),
        example=str(examples[0]) if examples else "",
        on_failure=Effect(ours.get("onFailure", Effect.SET_ASIDE)),
        hold_above=ours.get("holdAbove"),
        sample=Sample(**_snake(ours.get("sample", {}))),
    )


def _codes(raw: dict[str, Any], ours: dict[str, Any], lists: dict[str, CodeList]) -> CodeList | None:
    if "codes" in ours:
        return lists[ours["codes"]]
    if "enum" not in raw:
        return None
    codes = {item["value"]: Code(label=item["label"], canonical=custom(item).get("canonical")) for item in raw["enum"]}
    return CodeList(name=raw["name"], codes=codes)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _snake(raw: dict[str, Any]) -> dict[str, Any]:
    """Keys of the first level in snake_case; deeper keys are column names or codes and stay as they are."""
    return {re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), key): value for key, value in raw.items()}
