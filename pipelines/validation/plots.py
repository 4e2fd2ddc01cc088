"""Pictures of a validation, as SVG; matplotlib is brought in by the first that is drawn."""

import io
import math
from collections.abc import Callable, Sequence
from typing import Any

from tregate.pipelines.validation.asked import NOMINAL
from tregate.pipelines.validation.comparison import SILENT_ABOVE
from tregate.pipelines.validation.series import (
    GOAL_CV,
    errors_by_events,
    limit_of_quantification,
    linearity,
    numbers_and_errors,
    of,
    plotted,
    repeatability,
)
from tregate.pipelines.validation.tubes import Series, ValidatedTube

INK, MUTED, GOOD, FLAGGED, SILENT = "#16202c", "#7a8797", "#0068a8", "#e08a1e", "#b3261e"
HUES = ("#0068a8", "#cf4f00", "#00875f", "#b0388c", "#7b4a1e", "#4a3fb0", "#a67c00", "#2389b5", "#d1185e")
DECADE_FROM = 3.0
"""Largest / smallest value from which an axis is logarithmic."""
Tubes = Sequence[ValidatedTube]


def truth_against_estimate(tubes: Tubes) -> str:
    """Every tube of the conditions: figure against the blood's truth, with the ±15 % band."""

    def draw(axis: Any, name: str) -> None:
        points = [
            (row.truth, row.figure.value, row)
            for _, row in of(tubes, name, Series.CONDITION)
            if row.truth and row.figure is not None and row.figure.value > 0
        ]
        if not points:
            return
        values = [v for x, y, _ in points for v in (x, y)]
        ends = (min(values) / 1.3, max(values) * 1.3)
        axis.fill_between(
            ends, [(1 - SILENT_ABOVE) * e for e in ends], [(1 + SILENT_ABOVE) * e for e in ends],
            color="#eef2f6", zorder=0,
        )  # fmt: skip
        axis.plot(ends, ends, color=MUTED, linewidth=0.8, zorder=1)
        _three_kinds(axis, points)
        if max(values) > DECADE_FROM * min(values):
            axis.set(xscale="log", yscale="log")
            _plain_logarithmic(axis.xaxis, axis.yaxis)
        axis.set(xlim=ends, ylim=ends, title=name)
        axis.set(xlabel=f"truth [{points[0][2].unit}]", ylabel="reported")

    return _multiples(plotted(tubes), draw, legend=True)


def bland_altman(tubes: Tubes) -> str:
    """Difference against mean, relative; mean and limits of agreement of the figures without a flag."""

    def draw(axis: Any, name: str) -> None:
        points = [
            (0.5 * (row.truth + row.figure.value), 200.0 * _difference(row.figure.value, row.truth), row)
            for _, row in of(tubes, name, Series.CONDITION)
            if row.truth and row.figure is not None
        ]
        if not points:
            return
        trusted = [difference for _, difference, row in points if not row.flags]
        if len(trusted) > 1:
            mean = sum(trusted) / len(trusted)
            sd = math.sqrt(sum((d - mean) ** 2 for d in trusted) / (len(trusted) - 1))
            for level, style in ((mean, "-"), (mean - 1.96 * sd, "--"), (mean + 1.96 * sd, "--")):
                axis.axhline(level, color=GOOD, linewidth=0.8, linestyle=style)
            axis.set_title(f"{name}: {mean:+.1f} % ({mean - 1.96 * sd:+.0f} to {mean + 1.96 * sd:+.0f})")
        else:
            axis.set_title(name)
        axis.axhline(0, color=MUTED, linewidth=0.6)
        _three_kinds(axis, points)
        most = max(20.0, *(min(abs(d), 210.0) for _, d, _ in points))
        axis.set_ylim(-1.1 * most, 1.1 * most)
        if max(mean for mean, _, _ in points) > DECADE_FROM * min(mean for mean, _, _ in points):
            axis.set_xscale("log")
            _plain_logarithmic(axis.xaxis)
        axis.set(xlabel=f"mean of both [{points[0][2].unit}]", ylabel="difference [% of the mean]")

    return _multiples(plotted(tubes), draw, legend=True)


def over_a_dilution(tubes: Tubes) -> str:
    """The dilution series: figure with its limits against truth, and the fitted line."""

    def draw(axis: Any, name: str) -> None:
        rows = [row for _, row in of(tubes, name, Series.DILUTION)]
        points = [(row.truth, row.figure) for row in rows if row.truth and row.figure and row.figure.value > 0]
        if not points:
            return
        x = [truth for truth, _ in points]
        y = [figure.value for _, figure in points]
        spread = [[f.value - f.low for _, f in points], [f.high - f.value for _, f in points]]
        axis.errorbar(x, y, spread, fmt="o", color=GOOD, markersize=3.5, elinewidth=0.7, capsize=1.5)
        ends = (min(x + y) / 1.4, max(x + y) * 1.4)
        axis.plot(ends, ends, color=MUTED, linewidth=0.8)
        title = name
        fit = linearity(tubes, name)
        if fit is not None:
            line = [math.exp(fit.intercept + fit.slope * math.log(e)) for e in ends]
            axis.plot(ends, line, color=FLAGGED, linewidth=0.9, linestyle="--")
            title = f"{name}: slope {fit.slope:.3f}, R² {fit.r_squared:.4f}"
        axis.set(xscale="log", yscale="log", xlim=ends, ylim=ends, title=title)
        _plain_logarithmic(axis.xaxis, axis.yaxis)
        axis.set(xlabel=f"truth [{rows[0].unit}]", ylabel="reported, 95 % limits")

    return _multiples(plotted(tubes), draw)


def same_blood(tubes: Tubes) -> str:
    """Nominal tubes of one blood: each figure over its truth, with limits, in the order of seeds."""

    def draw(axis: Any, name: str) -> None:
        rows = [row for making, row in of(tubes, name, Series.CONDITION) if making.condition == NOMINAL]
        points = [(row.truth, row.figure, row.covered) for row in rows if row.truth and row.figure]
        if not points:
            return
        for i, (truth, figure, covered) in enumerate(points):
            colour = SILENT if covered is False else GOOD
            axis.plot([i, i], [100 * figure.low / truth, 100 * figure.high / truth], color=colour, linewidth=0.9)
            axis.plot([i], [100 * figure.value / truth], "o", color=colour, markersize=3.5)
        axis.axhline(100, color=MUTED, linewidth=0.8)
        title = name
        fit = repeatability(tubes, name)
        if fit is not None:
            title = f"{name}: CV {fit.cv:.1f} %, counting {fit.counting_cv:.1f} %"
        axis.set(title=title, xlabel="tube", ylabel="reported / truth [%], 95 % limits")
        axis.locator_params(axis="x", integer=True)

    return _multiples(plotted(tubes), draw)


def by_cell_numbers(tubes: Tubes) -> str:
    """Error of a figure against the number of its cells, with 1/sqrt(N) and the limit of quantification."""
    names = plotted(tubes)
    bins = errors_by_events(tubes, names)
    limit = limit_of_quantification(bins)

    def fill(figure: Any) -> None:
        axis = figure.subplots()
        most = 100.0
        for i, name in enumerate(names):
            points = numbers_and_errors(tubes, name)
            if points:
                events, errors = zip(*points, strict=True)
                hue = HUES[i % len(HUES)]
                axis.plot(events, [abs(e) for e in errors], "o", color=hue, markersize=3, alpha=0.5, label=name)
                most = max(most, *events)
        if bins:
            middles = [math.sqrt(one.low * (one.high or 2 * one.low)) for one in bins]
            axis.plot(middles, [one.rms for one in bins], "s-", color=INK, markersize=4, label="RMS error")
        grid = [1.3**i for i in range(int(math.log(most * 1.5) / math.log(1.3)) + 1)]
        axis.plot(grid, [100 / math.sqrt(n) for n in grid], color=MUTED, linewidth=0.9, label="1/√N")
        axis.axhline(GOAL_CV, color=FLAGGED, linewidth=0.9, linestyle="--", label=f"goal {GOAL_CV:.0f} %")
        if limit is not None:
            axis.axvline(limit, color=SILENT, linewidth=0.9, linestyle=":", label=f"goal met from {limit} events")
        axis.set(xscale="log", yscale="log", ylim=(0.05, 300), xlim=(1, most * 1.5))
        _plain_logarithmic(axis.xaxis, axis.yaxis)
        axis.set(xlabel="events that are truly of the population", ylabel="|reported / truth - 1| [%]")
        axis.legend(fontsize=7, ncols=2, frameon=False)

    return _svg((7.2, 4.2), fill)


def _difference(value: float, truth: float) -> float:
    return (value - truth) / (value + truth)


def _three_kinds(axis: Any, points: Sequence[tuple[float, float, Any]]) -> None:
    """Trusted figures, flagged ones, and those that failed silently."""
    kinds = (
        ("no flag", [p for p in points if not p[2].flags and not p[2].silent], GOOD, "o", GOOD),
        ("flagged", [p for p in points if p[2].flags], FLAGGED, "o", "none"),
        ("silent failure", [p for p in points if p[2].silent], SILENT, "X", SILENT),
    )
    for label, chosen, colour, marker, fill in kinds:
        axis.plot(
            [p[0] for p in chosen], [p[1] for p in chosen], marker, color=colour, markersize=4,
            markerfacecolor=fill, markeredgewidth=0.8, alpha=0.75, label=label,
        )  # fmt: skip


def _multiples(names: Sequence[str], draw: Callable[[Any, str], None], *, legend: bool = False) -> str:
    """One axis a population, at most three in a row."""
    columns = min(3, max(1, len(names)))
    rows = max(1, math.ceil(len(names) / columns))

    def fill(figure: Any) -> None:
        axes = list(figure.subplots(rows, columns, squeeze=False).flat)
        for axis, name in zip(axes, names, strict=False):
            draw(axis, name)
        for axis in axes[len(names) :]:
            axis.set_visible(False)
        if legend and axes[0].get_legend_handles_labels()[0]:
            axes[0].legend(fontsize=7, frameon=False, loc="best")

    return _svg((3.7 * columns, 3.3 * rows), fill)


def _plain_logarithmic(*axes: Any) -> None:
    """Ticks at 1, 2, 5 and 10 times, written as numbers."""
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    for axis in axes:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=7))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))


STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "tregate",
    "svg.fonttype": "path",
}


def _svg(size: tuple[float, float], fill: Callable[[Any], None]) -> str:
    """The picture's text: the same bytes for the same points."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    text = io.StringIO()
    with rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        fill(figure)
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()
