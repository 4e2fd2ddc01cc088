"""Sections of table1.md beneath the visit table: changes, factor time, responders, arms."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tregate.pipelines.export.markdown import line, number, plain
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.measures import Measure

NOTHING = "–"
Row = Mapping[str, Cell]
_SECTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "span": ("Factor time", ("measure", "unit", "span", "n", "p", "method")),
    "responders": (
        "Responders",
        ("measure", "unit", "visit", "responders", "95 % limits", "least fold", "largest fold"),
    ),
    "arms": ("Between arms", ("measure", "unit", "visit", "arms", "n", "ratio", "p", "p all visits", "method")),
}
"""Comparison -> heading and columns, in the order of the sections."""


def change_cell(row: Row) -> str:
    """Hodges-Lehmann shift with its interval, and pairs."""
    shift, low, high = (number(row[name]) for name in ("shift", "shift_low", "shift_high"))
    if shift is None:
        return NOTHING
    limits = "" if low is None or high is None else f" ({low:.3g} to {high:.3g})"
    return f"{shift:.3g}{limits} ({row['pairs']})"


def comparison_sections(comparisons: Table, measures: Sequence[Measure]) -> Iterable[str]:
    """A heading and a table for each kind of comparison that was made; of arms those of everybody.

    Adjusted p of single visits, and arms within sites and strata, are in comparisons.csv alone.
    """
    rows = [row for row in comparisons.records() if not (row["comparison"] == "arms" and row["subset"])]
    for kind, (heading, columns) in _SECTIONS.items():
        made = [
            line((plain(measure.label), plain(measure.unit), *_CELLS[kind](row)))
            for measure in measures
            for row in rows
            if (row["comparison"], row["table"], row["measure"]) == (kind, measure.table, measure.name)
            and not (kind == "span" and row["visit"])
        ]
        if made:
            yield f"## {heading}"
            yield "\n".join((line(columns), "|" + "---|" * len(columns), *made))


def _span(row: Row) -> tuple[str, ...]:
    return plain(str(row["subset"])), str(row["n"]), _p(row["p_any_visit"]), plain(str(row["method"]))


def _responders(row: Row) -> tuple[str, ...]:
    low, high = number(row["low"]), number(row["high"])
    limits = NOTHING if low is None or high is None else f"{low:.1f} to {high:.1f}"
    ends = (NOTHING if (end := number(row[name])) is None else f"{end:.2f}" for name in ("least", "largest"))
    rule = str(row["method"]).partition(";")[0]
    return plain(str(row["visit"])), f"{row['estimate']} of {row['n']} ({plain(rule)})", limits, *ends


def _arms(row: Row) -> tuple[str, ...]:
    arms = f"{row['group']} / {row['reference']}"
    estimate, low, high = (number(row[name]) for name in ("estimate", "low", "high"))
    ratio = NOTHING if estimate is None else f"{estimate:.2f}"
    ratio += "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
    n = f"{row['n']} and {row['n_reference']}"
    method = plain(str(row["method"]))
    return plain(str(row["visit"])), plain(arms), n, ratio, _p(row["p_value"]), _p(row["p_all_visits"]), method


_CELLS: Mapping[str, Callable[[Row], tuple[str, ...]]] = {"span": _span, "responders": _responders, "arms": _arms}


def _p(cell: Cell) -> str:
    value = number(cell)
    return "" if value is None else f"{value:.3g}"
