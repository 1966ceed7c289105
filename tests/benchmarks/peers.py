"""The same file and the same rules in the tools people would otherwise use, for comparison: pydantic, Great Expectations, frictionless.

Each is written as its own documentation shows, with as many of the 29 rules as it has words for; none of them counts physical lines,
looks at the bytes, or guards the day of a date.
"""

from __future__ import annotations

import csv
import datetime
import logging
import re
import subprocess
import venv
from pathlib import Path
from typing import Annotated, Any, Literal

from contract import LARGE
from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from passerelle.contract.model import Column

_FRICTIONLESS = "frictionless==5.21.0"
_FRICTIONLESS_CHECK = """
import json, sys
from frictionless import Resource, Schema, Dialect, Checklist
path, descriptor = sys.argv[1:]
schema = Schema.from_descriptor(json.loads(descriptor))
resource = Resource(path, schema=schema, dialect=Dialect.from_descriptor({"csv": {"delimiter": ";"}}), encoding="utf-8")
report = resource.validate(limit_errors=1000)
print(report.stats["errors"])
"""


def _absent(value: object) -> object:
    return None if value == "" else value


def _french_date(value: object) -> object:
    return datetime.datetime.strptime(str(value), "%d/%m/%Y").date() if value else None  # noqa: DTZ007 -- a day has no zone


def _annotation(column: Column) -> Any:
    """The pydantic type that says most of the column's rules."""
    if column.type == "date":
        return Annotated[datetime.date | None, BeforeValidator(_french_date)]
    kind: Any = str
    if column.codes is not None:
        kind = Literal[tuple(column.codes.codes)]
    elif column.type in ("integer", "number"):
        kind = Annotated[float, Field(ge=0)]
    elif column.pattern or column.nir:
        kind = Annotated[str, Field(pattern=f"^(?:{column.pattern or '[0-9]{13}([0-9]{2})?'})$")]
    elif column.max_length:
        kind = Annotated[str, Field(max_length=column.max_length)]
    return kind if column.required else Annotated[kind | None, BeforeValidator(_absent)]


def check_pydantic(path: Path) -> None:
    """One pydantic model per row, errors collected."""
    fields = {column.name: _annotation(column) for column in LARGE.record_table.columns}
    adapter = TypeAdapter(type("Row", (BaseModel,), {"__annotations__": fields, "__module__": __name__}))
    seen: set[str] = set()
    errors = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            try:
                adapter.validate_python(row)
            except ValidationError as error:
                errors += error.error_count()
            errors += row["number"] in seen
            seen.add(row["number"])
    if not errors:
        raise SystemExit("pydantic found none of the planted mistakes")


def check_great_expectations(path: Path) -> None:
    """A suite of one expectation per rule, on a data frame of texts."""
    import great_expectations as gx
    import pandas as pd
    from great_expectations import expectations as gxe

    logging.disable(logging.WARNING)
    frame = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False, na_values=[""])
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = context.data_sources.add_pandas("banc").add_dataframe_asset("lignes").add_batch_definition_whole_dataframe("tout")
    suite = context.suites.add(gx.ExpectationSuite("regles"))
    for column in LARGE.record_table.columns:
        if column.required:
            suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column=column.name))
        if column.codes is not None:
            suite.add_expectation(gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(column.codes.codes)))
        elif column.type == "date":
            suite.add_expectation(gxe.ExpectColumnValuesToMatchStrftimeFormat(column=column.name, strftime_format="%d/%m/%Y"))
        elif column.type in ("integer", "number") or column.pattern or column.nir:
            form = column.pattern or (r"[0-9]{13}([0-9]{2})?" if column.nir else r"[0-9]+([.][0-9]{1,2})?")
            suite.add_expectation(gxe.ExpectColumnValuesToMatchRegex(column=column.name, regex=f"^(?:{form})$"))
        elif column.max_length:
            suite.add_expectation(gxe.ExpectColumnValueLengthsToBeBetween(column=column.name, max_value=column.max_length))
    suite.add_expectation(gxe.ExpectColumnValuesToBeUnique(column="number"))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="banc", data=batch, suite=suite))
    if definition.run(batch_parameters={"dataframe": frame}, result_format="SUMMARY").success:
        raise SystemExit("Great Expectations found none of the planted mistakes")


def frictionless_python(folder: Path) -> Path:
    """A Python with frictionless in an environment of its own, made in the folder."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", _FRICTIONLESS], check=True, stderr=subprocess.DEVNULL
    )
    return python


def check_frictionless(path: Path, python: Path) -> None:
    """The validation of a resource with a table schema, in the other environment."""
    import json

    fields = []
    for column in LARGE.record_table.columns:
        kind = {"date": "date", "integer": "integer", "number": "number"}.get(column.type, "string")
        limits: dict[str, Any] = {"required": True} if column.required else {}
        if column.codes is not None:
            limits["enum"] = list(column.codes.codes)
        if column.pattern or column.nir:
            limits["pattern"] = column.pattern or "[0-9]{13}([0-9]{2})?"
        if column.max_length:
            limits["maxLength"] = column.max_length
        if column.name == "number":
            limits["unique"] = True
        field = {"name": column.name, "type": kind, "constraints": limits}
        fields.append(field | ({"format": "%d/%m/%Y"} if kind == "date" else {}))
    command = [python, "-c", _FRICTIONLESS_CHECK, path.name, json.dumps({"fields": fields})]
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=path.parent)
    if not re.fullmatch(r"[1-9]\d*", found.stdout.strip()):
        raise SystemExit(f"frictionless found none of the planted mistakes: {found.stdout}")
