"""own_validation.html: a laboratory's own validation, by performance characteristic."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.validation.own_design import Point
from tregate.pipelines.validation.own_lines import BEYOND, SECTIONS, UNDECIDED, WITHIN

SHOWN = ("measure", "group", "statistic", "n", "estimate", "low", "high", "unit", "limit", "verdict", "note")


def own_page(table: Table, design: Sequence[Point], study: str) -> str:
    """The page: one file, no script, no other file."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    records = list(table.records())
    sections = [
        (name, [[_text(row[column]) for column in SHOWN] for row in records if row["section"] == name])
        for name in SECTIONS
    ]
    verdicts = Counter(str(row["verdict"]) for row in records)
    return environment.get_template("own.html.j2").render(
        study=study, sections=sections, columns=SHOWN, tubes=Counter(point.experiment for point in design),
        verdicts=[(name, verdicts[name]) for name in (WITHIN, BEYOND, UNDECIDED)],
    )  # fmt: skip


def _text(cell: Cell) -> str:
    return "" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell)
