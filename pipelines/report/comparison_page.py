"""comparison.html: figures and tables of `tregate compare`, in one file."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """(file, address in report.html)."""


def comparison_page(
    tables: Sequence[Table], pairs: Sequence[Pair], links: Mapping[tuple[str, str], Sequence[tuple[str, str]]]
) -> str:
    """The page. `links`: (subject, visit) -> its files with their places in report.html, where there is one."""
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


def tube_links(
    out: Path, files: Mapping[tuple[str, str], Sequence[str]]
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(subject, visit) -> files, each with its address in the run's review page; "" where there is no page."""
    page = out / "report.html"
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', _read(page), re.DOTALL)
    numbers = {}
    if found is not None:
        tubes = json.loads(found[1])["tubes"]
        numbers = {tube["file"]: f"{page.name}#tube-{number}" for number, tube in enumerate(tubes)}
    return {place: [(file, numbers.get(file, "")) for file in own] for place, own in files.items()}


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8") if page.is_file() else ""


def _text(cell: Cell) -> str:
    return "" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _address(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")
