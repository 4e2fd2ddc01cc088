"""A figure of fold changes by visit: subjects' lines under the geometric mean ratio with its interval."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.effects import Interval, effect_of
from tregate.pipelines.statistics.series import Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
PANEL_INCHES = (2.36, 2.5)
"""Three panels are 180 mm wide: a journal's two columns."""

DPI, PAD_INCHES = 300, 0.04
TOP = 1.5
"""Intervals are drawn up to so many times the largest fold."""

INK, SUBJECT, MEAN, RULE = "#1a1a1a", "#8a949e", "#0b5394", "#b0b7bd"
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "tregate",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}


def write_figure(
    every: Sequence[Series], summary: Table, measures: Sequence[str], stem: Path, *, caption: str = ""
) -> tuple[Path, ...]:
    """Draw the measures ("table.measure") that were measured, one panel each; write png, svg and pdf.

    Returns the files, none where no measure has a fold after baseline. White and opaque, so that it reads on a
    dark page too; no dates inside, so that the same study gives the same bytes.
    """
    by_name = {str(series.measure): series for series in every}
    shown = [by_name[name] for name in measures if name in by_name and _has_course(by_name[name])]
    if not shown:
        return ()
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        return save(draw(shown, summary, caption=caption), stem)


def draw(shown: Sequence[Series], summary: Table, *, caption: str = "") -> "Figure":
    """The figure, one panel a series."""
    from matplotlib.figure import Figure

    width, height = PANEL_INCHES
    figure = Figure(figsize=(width * len(shown), height), facecolor="white", layout="constrained")
    panels = figure.subplots(1, len(shown), squeeze=False)[0]
    for panel, series in zip(panels, shown, strict=True):
        _panel(panel, series, _stars(series, summary))
    panels[0].set_ylabel(f"fold change from {shown[0].baseline}")
    if caption:
        lines = textwrap.fill(caption, width=60 * len(shown))
        figure.text(0.005, -0.02, lines, fontsize=6, va="top", ha="left")
    return figure


def _panel(axes: "Axes", series: Series, stars: dict[str, str]) -> None:
    visits, folds = series.visits, series.folds
    places = range(len(visits))
    axes.set_facecolor("white")
    axes.axhline(1.0, color=RULE, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    for subject in dict.fromkeys(s for visit in visits for s in folds[visit]):
        line = [folds[visit].get(subject, float("nan")) for visit in visits]
        axes.plot(places, line, color=SUBJECT, linewidth=0.6, marker="o", markersize=1.8, alpha=0.75, zorder=2)
    effects = {visit: effect_of(series, visit) for visit in visits if visit != series.baseline}
    means = [Interval(1.0) if visit == series.baseline else effects[visit].gmr for visit in visits]
    axes.plot(
        places,
        [float("nan") if mean is None else mean.estimate for mean in means],
        color=MEAN,
        linewidth=1.6,
        marker="o",
        markersize=4.0,
        zorder=4,
    )
    every = [fold for visit in visits for fold in folds[visit].values()]
    top = TOP * max([1.0, *every, *(mean.estimate for mean in means if mean)])
    for place, visit, mean in zip(places, visits, means, strict=True):
        if mean is None:
            continue
        high = min(mean.high or mean.estimate, top)
        if mean.low is not None:
            axes.plot([place, place], [mean.low, high], color=MEAN, linewidth=1.2, zorder=3)
            for end in (mean.low, *((high,) if high < top else ())):
                axes.plot([place - 0.12, place + 0.12], [end, end], color=MEAN, linewidth=1.2, zorder=3)
        if stars.get(visit):
            axes.annotate(
                stars[visit],
                (place, max(high, *folds[visit].values())),
                (0, 1.5),
                textcoords="offset points",
                ha="center",
            )
    shown = [min(mean.high, top) for mean in means if mean and mean.high is not None]
    axes.set_ylim(0.0, 1.16 * max([1.0, *every, *shown, *(mean.estimate for mean in means if mean)]))
    came = max(len(values) for values in series.values.values())
    axes.set_xticks(list(places), [f"{visit}\n{_n(len(folds[visit]), came)}" for visit in visits])
    axes.set_xlim(-0.4, len(visits) - 0.6)
    axes.tick_params(length=2.5, width=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    unit = f" ({series.measure.unit})" if series.measure.unit else ""
    axes.set_title(f"{series.measure.label}{unit}", fontsize=8, loc="left", y=1.0)


def _n(pairs: int, subjects: int) -> str:
    """Pairs of a visit; fewer than half of the subjects are shown as such."""
    return f"n={pairs}" + (f" of {subjects}" if 2 * pairs < subjects else "")


def _has_course(series: Series) -> bool:
    return any(series.folds[visit] for visit in series.visits if visit != series.baseline)


def _stars(series: Series, summary: Table) -> dict[str, str]:
    return {
        str(row["visit"]): str(row["stars"] or "")
        for row in summary.records()
        if (row["table"], row["measure"]) == (series.measure.table, series.measure.name)
    }


def save(figure: "Figure", stem: Path) -> tuple[Path, ...]:
    """Write a figure as png, svg and pdf, each whole and without a date; the files.

    The figure is laid out once, at the resolution of the png: the layout is most of the work, and so the three
    show the same.
    """
    figure.set_dpi(DPI)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if not axis.get_label_text():
                axis.set_label_coords(0.5, 0.5)  # else each drawing measures all tick labels to place no words
    figure.draw_without_rendering()
    bounds = figure.get_tightbbox().padded(PAD_INCHES)
    figure.set_layout_engine(None)
    metadata: dict[str, dict[str, str | None]] = {
        ".png": {"Software": "tregate"},
        ".svg": {"Date": None, "Creator": "tregate"},
        ".pdf": {"CreationDate": None, "Creator": "tregate", "Producer": "tregate"},
    }
    paths = tuple(stem.with_name(stem.name + suffix) for suffix in SUFFIXES)
    for path in paths:
        with whole_file(path) as part:
            figure.savefig(
                part,
                format=path.suffix[1:],
                dpi=DPI,
                facecolor="white",
                bbox_inches=bounds,
                metadata=metadata[path.suffix],
            )
    return paths
