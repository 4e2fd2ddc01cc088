"""comparison.html: figures and tables of `tregate compare`, in one file."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.report.comparison_figures import agreement_figure
from tregate.pipelines.statistics.compared_methods import ALL_READERS, Pair, standardised

Links = Mapping[tuple[str, str], Sequence[tuple[str, str]]]
DRIVERS = 10
"""Pairs that are listed: those farthest from the mean difference."""
OUTSIDE = 1.96
"""SDs from the mean difference that are the limits of agreement."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A pair with its distance from the mean difference, and links to its tubes."""

    pair: Pair
    distance: float
    links: tuple[tuple[str, str], ...]
    """(tube or file, address in report.html)."""


def comparison_page(
    tables: Sequence[Table], pairs: Sequence[Pair], links: Mapping[tuple[str, str], Sequence[tuple[str, str]]]
) -> str:
    """The page. `links`: (subject, visit) -> its tubes with their places in report.html."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    together = any(pair.reader == ALL_READERS for pair in pairs)
    shown = [pair for pair in pairs if pair.difference is not None and (not together or pair.reader == ALL_READERS)]
    measures = list(dict.fromkeys(pair.key[2] for pair in shown))
    figures = [(name, _address(agreement_figure([p for p in shown if p.key[2] == name]))) for name in measures]
    apart = standardised(shown)
    ranked = sorted((pair for pair in shown if id(pair) in apart), key=lambda pair: -abs(apart[id(pair)]))
    drivers = [Driver(pair, apart[id(pair)], tuple(links.get(pair.key[:2], ()))) for pair in ranked[:DRIVERS]]
    outside = sum(abs(one) > OUTSIDE for one in apart.values())
    return environment.get_template("comparison.html.j2").render(
        tables=[(table.name, table.columns, [[_text(cell) for cell in row] for row in table.rows]) for table in tables],
        figures=figures, drivers=drivers, outside=outside,
    )  # fmt: skip


def tube_links(out: Path, files: Mapping[tuple[str, str], Sequence[str]]) -> Links:
    """(subject, visit) -> its tubes with their addresses in the run's review page; its files where there is no page."""
    page = out / "report.html"
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for number, *cells in _ROW.findall(_read(page)):
        subject, visit, tube = map(unescape, cells)
        found.setdefault((subject, visit), []).append((tube, f"{page.name}#tube-{number}"))
    return {place: found.get(place) or [(file, "") for file in own] for place, own in files.items()}


_ROW = re.compile(r'<td><a href="#tube-(\d+)">([^<]*)</a></td><td>([^<]*)</td><td>([^<]*)</td>')
"""A row of the page's list of tubes: number, subject, visit, tube."""


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8") if page.is_file() else ""


def _text(cell: Cell) -> str:
    return "" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")
