"""table1.md: the visit table in the published layout, with folds and every test beneath it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from tregate.pipelines.export.markdown import line, number, plain
from tregate.pipelines.export.table1_sections import NOTHING, change_cell, comparison_sections
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.cell_layouts import LAYOUTS, Layout, shown
from tregate.pipelines.statistics.measures import Measure
from tregate.pipelines.study.analysis_declarations import CellLayout
from tregate.pipelines.study.declared import Declared

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
    cell: CellLayout = "mean_sd",
    comparisons: Table | None = None,
    by_group: Table | None = None,
) -> str:
    """Markdown of a summary: mean±SD (or `cell`), stars and n by measure and visit; folds, changes, comparisons; tests.

    Measures that the summary has beyond those that the definition shows first follow in its order, but none twice.
    """
    rows = {(str(row["table"]), str(row["measure"]), str(row["visit"])): row for row in summary.records()}
    places = dict.fromkeys((table, name) for table, name, _ in rows)
    there = [Measure(table, name, declared.label(name), declared.unit(name)) for table, name in places]
    measures = _in_declared_order(there, declared)
    biological = [measure for measure in measures if not declared.measures[measure.name].quality]
    decimals = {name: one.decimals for name, one in declared.measures.items()}
    after = [visit for visit in visits if visit != baseline]
    layout = LAYOUTS[cell]
    parts = (
        f"# {plain(study or 'Visit table')}",
        f"{layout.words}, stars against {plain(baseline)}, (n); below 3 subjects their values.",
        _grid(measures, visits, rows, lambda row: _cell(row, layout, decimals.get(str(row["measure"])))),
        f"## Fold change from {plain(baseline)}",
        "Geometric mean ratio (95 % interval), [mean±SD of the subjects' fold changes], (n pairs).",
        _grid(biological, after, rows, _fold),
        f"## Change from {plain(baseline)}",
        "Hodges-Lehmann shift (exact 95 % interval, from 6 pairs on) in the unit of the measure, (n pairs).",
        _grid(biological, after, rows, change_cell),
        *(() if comparisons is None else comparison_sections(comparisons, biological)),
        *(() if by_group is None else _arms(by_group, biological, visits, layout, decimals)),
        f"## Tests against {plain(baseline)}",
        _tests(biological, after, rows),
        "## Notes",
        "\n".join(f"- {plain(note)}" for note in (*footnotes, "1 cell/µL = 1 cell/mm3 = 10^6 cells/L.")),
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
        line(("measure", "unit", *map(plain, visits))),
        "|" + "---|" * (2 + len(visits)),
        *(
            line((plain(m.label), plain(m.unit), *(NOTHING if row is None else cell(row) for row in cells)))
            for m in measures
            for cells in [[rows.get((m.table, m.name, visit)) for visit in visits]]
        ),
    ]
    return "\n".join(lines)


def _arms(
    by_group: Table,
    measures: Sequence[Measure],
    visits: Sequence[str],
    layout: Layout,
    decimals: Mapping[str, int | None],
) -> Iterator[str]:
    """A grid for every arm; sites and strata are in summary_by_group.csv."""
    rows = [row for row in by_group.records() if row["grouped_by"] == "arm"]
    for arm in dict.fromkeys(str(row["group"]) for row in rows):
        of = {(str(r["table"]), str(r["measure"]), str(r["visit"])): r for r in rows if r["group"] == arm}
        yield f"## Arm: {plain(arm)}"
        yield f"{layout.words}, [geometric mean ratio to the baseline with 95 % interval], (n)."
        yield _grid(measures, visits, of, lambda row: _arm_cell(row, layout, decimals.get(str(row["measure"]))))


def _arm_cell(row: Row, layout: Layout, decimals: int | None) -> str:
    gmr, low, high = (number(row.get(name)) for name in ("gmr", "gmr_low", "gmr_high"))
    cell = _cell(row, layout, decimals)
    if gmr is None or low is None or high is None or cell == NOTHING:
        return cell
    return cell.replace(f" ({row['n']})", f" [{gmr:.2f} ({low:.2f} to {high:.2f})] ({row['n']})")


def _tests(measures: Sequence[Measure], visits: Sequence[str], rows: Rows) -> str:
    lines = [line(("measure", "unit", "visit", "test", "p", "smallest p", "method")), "|" + "---|" * 7]
    for measure in measures:
        for visit in visits:
            row = rows.get((measure.table, measure.name, visit), {})
            if row.get("test"):
                lines.append(
                    line(
                        (
                            plain(measure.label),
                            plain(measure.unit),
                            plain(visit),
                            str(row["test"]),
                            _p(row["p_value"], exact=str(row["p_method"]).startswith("exact"))
                            + str(row["stars"] or ""),
                            _p(row["p_floor"], exact=True),
                            str(row["p_method"]),
                        )
                    )
                )
    return "\n".join(lines) if len(lines) > 2 else "No tests."


def _cell(row: Row, layout: Layout, decimals: int | None) -> str:
    figures = shown(row, layout)
    if figures.middle is not None:
        limits = ""
        if figures.limits is not None:
            low, high = (mean_and_sd(end, None, decimals) for end in figures.limits)
            limits = f" ({low} to {high})"
        middle = mean_and_sd(figures.middle, figures.spread, decimals)
        return f"{middle}{limits}{row['stars'] or ''} ({row['n']})"
    ends = [mean_and_sd(end, None, decimals) for end in figures.ends]
    return f"{'; '.join(dict.fromkeys(ends))} ({row['n']})" if ends else NOTHING


def _fold(row: Row) -> str:
    gmr, low, high, mean, sd = (number(row[name]) for name in ("gmr", "gmr_low", "gmr_high", "fold_mean", "fold_sd"))
    if gmr is None and mean is None:
        return NOTHING
    ratio = NOTHING if gmr is None else f"{gmr:.2f} ({low:.2f} to {high:.2f})"
    return f"{ratio} [{mean:.2f}±{sd:.2f}] ({row['fold_n']})"


def _p(value: Cell, *, exact: bool) -> str:
    p = number(value)
    return "" if p is None else f"{p:.7g}" if exact else f"{p:.3g}"
