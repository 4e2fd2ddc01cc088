"""table1.md: the visit table in the published layout, with folds and every test beneath it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.measures import Measure

PUBLISHED_ROWS = (
    Measure("treg", "treg_per_ul"),
    Measure("treg", "treg_percent_of_cd4"),
    Measure("subsets", "lymphocytes_per_ul"),
    Measure("treg", "treg_percent_of_teff"),
    Measure("subsets", "cd3_per_ul"),
    Measure("subsets", "cd4_per_ul"),
    Measure("subsets", "cd8_per_ul"),
    Measure("subsets", "b_per_ul"),
    Measure("nk", "nk_per_ul"),
    Measure("nk", "nk_bright_per_ul"),
    Measure("nk", "nk_dim_per_ul"),
    Measure("nk", "nk_bright_percent_of_nk"),
)
"""Rows of the seed trial's Table 1 in its order, then bright and dim NK, of which only its text speaks."""

QUALITY = frozenset({"lymphosum_percent"})
"""Figures about the measurement, not the blood: no folds, no tests in this table."""

NOTHING = "–"
"""A visit at which nobody could be measured."""

Row = Mapping[str, Cell]
Rows = Mapping[tuple[Measure, str], Row]


def table1(
    summary: Table, visits: Sequence[str], baseline: str, *, study: str = "", footnotes: Iterable[str] = ()
) -> str:
    """Markdown of a summary: mean±SD, stars and n by measure and visit; mean folds; tests.

    Measures that the summary has beyond the published rows follow in its order, but no figure twice.
    """
    rows = {(Measure(str(row["table"]), str(row["measure"])), str(row["visit"])): row for row in summary.records()}
    measures = _in_published_order(dict.fromkeys(measure for measure, _ in rows))
    biological = [measure for measure in measures if measure.name not in QUALITY]
    after = [visit for visit in visits if visit != baseline]
    parts = (
        f"# {_plain(study or 'Visit table')}",
        f"Mean±SD, stars against {_plain(baseline)}, (n).",
        _grid(measures, visits, rows, _mean),
        f"## Fold change from {_plain(baseline)}",
        "Mean±SD of the subjects' fold changes, [geometric mean], (n).",
        _grid(biological, after, rows, _fold),
        f"## Tests against {_plain(baseline)}",
        _tests(biological, after, rows),
        "## Notes",
        "\n".join(f"- {_plain(note)}" for note in (*footnotes, "1 cell/µL = 1 cell/mm3 = 10^6 cells/L.")),
    )
    return "\n\n".join(parts) + "\n"


def mean_and_sd(mean: float, sd: float | None) -> str:
    """With the digits of the published table: 1307±458, 178±66.5, 6.3±1.4; the mean alone where n is 1."""
    if 0.0 < abs(mean) < 1.0:
        return f"{mean:.2f}" + ("" if sd is None else f"±{sd:.2f}")
    return _short(mean) + ("" if sd is None else f"±{_short(sd)}")


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100.0 else f"{value:.1f}"


def _in_published_order(there: Iterable[Measure]) -> tuple[Measure, ...]:
    every = tuple(there)
    first = tuple(measure for measure in PUBLISHED_ROWS if measure in every)
    named = {measure.name for measure in first}
    return (*first, *(measure for measure in every if measure.name not in named))


def _grid(measures: Sequence[Measure], visits: Sequence[str], rows: Rows, cell: Callable[[Row], str]) -> str:
    lines = [
        _line(("measure", "unit", *map(_plain, visits))),
        "|" + "---|" * (2 + len(visits)),
        *(
            _line((_plain(m.label), _plain(m.unit), *(cell(rows[m, v]) if (m, v) in rows else NOTHING for v in visits)))
            for m in measures
        ),
    ]
    return "\n".join(lines)


def _tests(measures: Sequence[Measure], visits: Sequence[str], rows: Rows) -> str:
    lines = [_line(("measure", "unit", "visit", "test", "p", "smallest p", "method")), "|" + "---|" * 7]
    for measure in measures:
        for visit in visits:
            row = rows.get((measure, visit), {})
            if row.get("test"):
                lines.append(
                    _line(
                        (
                            _plain(measure.label),
                            _plain(measure.unit),
                            _plain(visit),
                            str(row["test"]),
                            _p(row["p_value"], exact=str(row["p_method"]).startswith("exact"))
                            + str(row["stars"] or ""),
                            _p(row["p_floor"], exact=True),
                            str(row["p_method"]),
                        )
                    )
                )
    return "\n".join(lines) if len(lines) > 2 else "No tests."


def _mean(row: Row) -> str:
    mean, sd = _number(row["mean"]), _number(row["sd"])
    return NOTHING if mean is None else f"{mean_and_sd(mean, sd)}{row['stars'] or ''} ({row['n']})"


def _fold(row: Row) -> str:
    mean, sd, middle = _number(row["fold_mean"]), _number(row["fold_sd"]), _number(row["fold_gmean"])
    if mean is None:
        return NOTHING
    spread = "" if sd is None else f"±{sd:.2f}"
    geometric = "" if middle is None else f" [{middle:.2f}]"
    return f"{mean:.2f}{spread}{geometric} ({row['fold_n']})"


def _p(value: Cell, *, exact: bool) -> str:
    number = _number(value)
    return "" if number is None else f"{number:.7g}" if exact else f"{number:.3g}"


def _number(cell: Cell) -> float | None:
    return None if cell is None or isinstance(cell, str) else float(cell)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, in a table cell too."""
    flat = " ".join(text.split())
    for mark in "\\`*|<":
        flat = flat.replace(mark, f"\\{mark}")
    return flat
