"""Ratios of each arm to the reference arm by visit, with their intervals."""

from collections.abc import Mapping, Sequence

from tregate.pipelines.files.table import Cell
from tregate.pipelines.report.fold_panels import APART, title_of
from tregate.pipelines.report.trial_figure import Limits, Panel
from tregate.pipelines.statistics.series import Series


def panel_between_arms(
    series: Series, rows: Sequence[Mapping[str, Cell]], arms: Sequence[str], detailed: str = ""
) -> Panel:
    """Ratios by visit, and at the visit `detailed` within sites and so on; rows of comparisons.csv."""
    visits = [visit for visit in series.visits if visit != series.baseline]
    of = [row for row in rows if (row["table"], row["measure"]) == (series.measure.table, series.measure.name)]
    adjusted = [row for row in of if row["low"] is not None and "ANCOVA" in str(row["method"])]
    compared = list(dict.fromkeys(str(row["group"]) for row in of))
    limits = []
    for number, arm in enumerate(compared):
        shift = (number - (len(compared) - 1) / 2.0) * APART
        everybody = {row["visit"]: row for row in adjusted if row["group"] == arm and not row["subset"]}
        limits += [
            _limits(place + shift, everybody[visit], arms) for place, visit in enumerate(visits) if visit in everybody
        ]
    parts = [row for row in adjusted if row["subset"] and row["visit"] == detailed and detailed in visits]
    for position, row in enumerate(parts):
        x = visits.index(detailed) + 0.25 + 0.5 * position / len(parts)
        limits.append(_limits(x, row, arms, str(row["subset"]).partition(" ")[2]))
    return Panel(title_of(series), tuple((visit, "") for visit in visits), (), tuple(limits))


def _limits(x: float, row: Mapping[str, Cell], arms: Sequence[str], part: str = "") -> Limits:
    estimate, low, high = (float(row[end] or 0.0) for end in ("estimate", "low", "high"))
    return Limits(x, arms.index(str(row["group"])), estimate, low, high, part=part)
