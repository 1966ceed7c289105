"""The little Markdown that generated pages need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Row = tuple[str, ...]


def grid(header: Row, rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a table; what would end a cell or a row is made harmless."""
    yield _line(header)
    yield "|" + "---|" * len(header)
    for row in rows:
        yield _line(row)


def code(text: str) -> str:
    """The text as it is typed; empty stays empty."""
    return f"`{text}`" if text else ""


def _line(cells: Row) -> str:
    joined = " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {joined} |"
