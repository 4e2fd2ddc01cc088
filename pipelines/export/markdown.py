"""Cells and lines of a Markdown table."""

from collections.abc import Iterable

from tregate.pipelines.files.table import Cell


def line(cells: Iterable[str]) -> str:
    """One line of a table."""
    return "| " + " | ".join(cells) + " |"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, in a table cell too."""
    flat = " ".join(text.split())
    for mark in "\\`*|<":
        flat = flat.replace(mark, f"\\{mark}")
    return flat


def number(cell: Cell) -> float | None:
    """The number of a cell; None for text and for nothing."""
    return None if cell is None or isinstance(cell, str) else float(cell)
