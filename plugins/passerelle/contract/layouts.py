"""Whether each key of a layout has a meaning for the file's format, and the format has what it needs."""

from __future__ import annotations

from collections.abc import Iterator

from passerelle.contract.model import Contract, Format, Layout
from passerelle.contract.problems import Path, Problem, nearest

_TEXT: tuple[Format, ...] = ("delimited", "fixed", "jsonlines")
_MEANT_FOR: dict[str, tuple[Format, ...]] = {
    "delimiter": ("delimited",),
    "quote": ("delimited",),
    "header": ("delimited", "xlsx"),
    "trailer": ("delimited", "fixed"),
    "sheet": ("xlsx",),
    "dossier": ("delimited", "fixed", "jsonlines", "xlsx"),
    "root": ("xml",),
    "record": ("xml",),
    "count": ("xml",),
    "stamp": ("xml",),
    "max_line_bytes": _TEXT,
    # Of fixed width, every value is filled up with blanks.
    "trim_right": ("delimited", "jsonlines", "xlsx", "xml"),
}

_OF_WORKBOOKS = "utf-8"


def layout_key_problems(contract: Contract, path: Path) -> Iterator[Problem]:
    """Everything in the layout that does not fit the format."""
    layout = contract.layout
    for name, formats in _MEANT_FOR.items():
        if layout.format not in formats and getattr(layout, name) != Layout.model_fields[name].default:
            yield Problem((*path, _camel(name)), f"'{_camel(name)}' has no meaning for this format; it is for {' and '.join(formats)}.")
    if layout.max_inflated_bytes != Layout.model_fields["max_inflated_bytes"].default and not layout.envelope and layout.format != "xlsx":
        yield Problem((*path, "maxInflatedBytes"), "'maxInflatedBytes' has a meaning only beside 'envelope', or for a workbook.")
    if layout.format == "xlsx" and layout.encoding != _OF_WORKBOOKS:
        yield Problem((*path, "encoding"), f"A workbook is always '{_OF_WORKBOOKS}': '{layout.encoding}' would have no effect.")
    if layout.ignored and not layout.names_columns:
        words = "'ignored' has no effect where columns have no names: all of them are read, by their place."
        yield Problem((*path, "ignored"), words)
    yield from _position_problems(contract)
    yield from _trailer_problems(layout, path)
    names = [column.name for column in contract.tables[0].columns]
    if layout.dossier is not None and layout.format != "xml" and layout.dossier not in names:
        yield Problem((*path, "dossier"), f"'dossier' names an unknown column '{layout.dossier}': {nearest(layout.dossier, names)}")


def _position_problems(contract: Contract) -> Iterator[Problem]:
    is_fixed = contract.layout.format == "fixed"
    for index, table in enumerate(contract.tables):
        taken = 0
        for number, column in enumerate(table.columns):
            place: Path = ("schema", index, "properties", number)
            if (column.start is not None) is not is_fixed:
                words = "needs" if is_fixed else "has no use for"
                yield Problem(place, f"'{column.name}' {words} a 'position': {{start, width}} in a file of this format.")
            elif column.start is not None and column.start <= taken:
                yield Problem(place, f"'{column.name}' begins at {column.start}, inside the column before it (which ends at {taken}).")
            taken = max(taken, (column.start or 1) + (column.width or 0) - 1)


def _trailer_problems(layout: Layout, path: Path) -> Iterator[Problem]:
    if layout.trailer is None:
        return
    needs_width = layout.format == "fixed" and layout.trailer.count is not None
    if needs_width is not (layout.trailer.width is not None):
        words = "needs" if needs_width else "has no use for"
        yield Problem((*path, "trailer"), f"The trailer {words} 'width', the number of characters of its count.")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
