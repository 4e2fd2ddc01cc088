"""`tregate validate --own`: the laboratory's own tubes, run and judged by its own limits."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.statistics.manual_values import RunValues, is_count
from tregate.pipelines.validation.own_design import Acceptance, Point
from tregate.pipelines.validation.own_figures import Measured, Value, lines_of
from tregate.pipelines.validation.own_lines import Line, lines_table
from tregate.pipelines.validation.own_page import own_page

CSV, PAGE = "own_validation.csv", "own_validation.html"


def own_lines(run: RunValues, design: Sequence[Point], limits: Mapping[str, Acceptance]) -> list[Line]:
    """Every figure of every measure of limits.yaml that the tubes of the design allow."""
    lines: list[Line] = []
    for measure, accepted in limits.items():
        values = [
            Value(point, value) for point in design if (value := run.values.get((*point.place, measure))) is not None
        ]
        unit = "cells/µL" if is_count(measure) else "%"
        lines += lines_of(Measured(measure, is_count(measure), unit, values, accepted))
    return lines


def write_own(lines: list[Line], design: Sequence[Point], study: str, out: Path) -> None:
    """Write own_validation.csv and own_validation.html."""
    table = lines_table(lines)
    write_csv(table, out / CSV)
    write_text(out / PAGE, own_page(table, design, study))
