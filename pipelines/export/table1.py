"""table1.md: the visit table in the published layout, with folds and every test beneath it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.measures import Measure
from tregate.pipelines.study.declared import Declared

NOTHING = "–"
"""A visit at which nobody could be measured."""

Row = Mapping[str, Cell]
Rows = Mapping[tuple[str, str, str], Row]
"""(table, measure, visit) -> row of the summary."""


def table1(
    summary: Table,
    visits: Sequence[str],
    baseline: str,
    declared: Declared,
    *,
    study: str = "",
    footnotes: Iterable[str] = (),
) -> str:
    """Markdown of a summary: mean±SD, stars and n by measure and visit; mean folds; tests.

    Measures that the summary has beyond those that the definition shows first follow in its order, but none twice.
    """
    rows = {(str(row["table"]), str(row["measure"]), str(row["visit"])): row for row in summary.records()}
    places = dict.fromkeys((table, name) for table, name, _ in rows)
    there = [Measure(table, name, declared.label(name), declared.unit(name)) for table, name in places]
    measures = _in_declared_order(there, declared)
    biological = [measure for measure in measures if not declared.measures[measure.name].quality]
    decimals = {name: one.decimals for name, one in declared.measures.items()}
    after = [visit for visit in visits if visit != baseline]
    parts = (
        f"# {_plain(study or 'Visit table')}",
        f"Mean±SD, stars against {_plain(baseline)}, (n); below 3 subjects their values.",
        _grid(measures, visits, rows, lambda row: _mean(row, decimals.get(str(row["measure"])))),
        f"## Fold change from {_plain(baseline)}",
        "Geometric mean ratio (95 % interval), [mean±SD of the subjects' fold changes], (n pairs).",
        _grid(biological, after, rows, _fold),
        f"## Tests against {_plain(baseline)}",
        _tests(biological, after, rows),
        "## Notes",
        "\n".join(f"- {_plain(note)}" for note in (*footnotes, "1 cell/µL = 1 cell/mm3 = 10^6 cells/L.")),
    )
    return "\n\n".join(parts) + "\n"


def mean_and_sd(mean: float, sd: float | None, decimals: int | None = None) -> str:
    """With the digits of the published table: 1307±458, 178±66.5, 6.3±1.4; the mean alone where n is 1.

    `decimals`: of both, where the definition declares them.
    """
    if decimals is not None:
        return f"{mean:.{decimals}f}" + ("" if sd is None else f"±{sd:.{decimals}f}")
    if 0.0 < abs(mean) < 1.0:
        return f"{mean:.2f}" + ("" if sd is None else f"±{sd:.2f}")
    return _short(mean) + ("" if sd is None else f"±{_short(sd)}")


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100.0 else f"{value:.1f}"


def _in_declared_order(there: Sequence[Measure], declared: Declared) -> tuple[Measure, ...]:
    by_place = {(measure.table, measure.name): measure for measure in there}
    places = (declared.place(named) for named in declared.definition.shown.table1)
    first = tuple(by_place[place] for place in places if place in by_place)
    named = {measure.name for measure in first}
    return (*first, *(measure for measure in there if measure.name not in named))


def _grid(measures: Sequence[Measure], visits: Sequence[str], rows: Rows, cell: Callable[[Row], str]) -> str:
    lines = [
        _line(("measure", "unit", *map(_plain, visits))),
        "|" + "---|" * (2 + len(visits)),
        *(
            _line((_plain(m.label), _plain(m.unit), *(NOTHING if row is None else cell(row) for row in cells)))
            for m in measures
            for cells in [[rows.get((m.table, m.name, visit)) for visit in visits]]
        ),
    ]
    return "\n".join(lines)


def _tests(measures: Sequence[Measure], visits: Sequence[str], rows: Rows) -> str:
    lines = [_line(("measure", "unit", "visit", "test", "p", "smallest p", "method")), "|" + "---|" * 7]
    for measure in measures:
        for visit in visits:
            row = rows.get((measure.table, measure.name, visit), {})
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


def _mean(row: Row, decimals: int | None) -> str:
    mean, sd = _number(row["mean"]), _number(row["sd"])
    if mean is not None:
        return f"{mean_and_sd(mean, sd, decimals)}{row['stars'] or ''} ({row['n']})"
    ends = [mean_and_sd(end, None, decimals) for name in ("min", "max") if (end := _number(row[name])) is not None]
    return f"{'; '.join(dict.fromkeys(ends))} ({row['n']})" if ends else NOTHING


def _fold(row: Row) -> str:
    gmr, low, high, mean, sd = (_number(row[name]) for name in ("gmr", "gmr_low", "gmr_high", "fold_mean", "fold_sd"))
    if gmr is None and mean is None:
        return NOTHING
    ratio = NOTHING if gmr is None else f"{gmr:.2f} ({low:.2f} to {high:.2f})"
    return f"{ratio} [{mean:.2f}±{sd:.2f}] ({row['fold_n']})"


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
