"""A figure of a trial as PNG, SVG and PDF, with matplotlib."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.report.trial_figure import POOLED, Course, Limits, Panel, TrialFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
PANEL_INCHES = (2.36, 2.5)
"""Three panels are 180 mm wide: a journal's two columns."""
DPI, PAD_INCHES = 300, 0.04

INK, SUBJECT, MEAN, RULE = "#1a1a1a", "#8a949e", "#0b5394", "#b0b7bd"
HUES = ("#56606b", "#0b5394", "#b45f06", "#2e7d32", "#7b3f8c", "#a61c3c")
"""The first is the reference arm's; the others follow in the order of subjects.csv."""
LOW_DASH: Any = (0, (5, 3))
"""Of a subject whose baseline is below its limit."""
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


def write_figure(figure: TrialFigure, folder: Path) -> tuple[Path, ...]:
    """Write png, svg and pdf of the figure under its name; the files.

    White and opaque, so that it reads on a dark page too; no dates inside, so that the same study gives the same
    bytes.
    """
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        return _save(draw(figure), folder / figure.name)


def draw(figure: TrialFigure) -> "Figure":
    """The figure, one panel a measure."""
    from matplotlib.figure import Figure

    width, height = PANEL_INCHES
    number = len(figure.panels)
    size = (width * number, height * (1.15 if figure.groups else 1.0))
    drawn = Figure(figsize=size, facecolor="white", layout="constrained")
    axes = drawn.subplots(1, number, squeeze=False)[0]
    for place, panel in zip(axes, figure.panels, strict=True):
        _panel(place, panel, figure.groups)
    axes[0].set_ylabel(figure.axis)
    drawn.text(0.005, -0.02, textwrap.fill(figure.caption, width=56 * number), fontsize=6, va="top", ha="left")
    handles, labels = axes[0].get_legend_handles_labels()
    if handles:
        drawn.legend(handles, labels, frameon=False, fontsize=6, loc="outside upper left", ncols=len(labels))
    return drawn


def _panel(axes: "Axes", panel: Panel, groups: tuple[str, ...]) -> None:
    axes.set_facecolor("white")
    axes.axhline(1.0, color=RULE, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    for course in panel.courses:
        _course(axes, course)
    for limits in panel.limits:
        _limits(axes, limits, alone=not panel.courses)
    for stars in panel.stars:
        axes.annotate(stars.text, (stars.x, stars.y), (0, 1.5), textcoords="offset points", ha="center")
    axes.set_xticks(list(range(len(panel.visits))), ["\n".join(filter(None, words)) for words in panel.visits])
    axes.tick_params(length=2.5, width=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(panel.title, fontsize=8, loc="left", y=1.0, color=INK)
    if panel.top is not None:
        axes.set_ylim(0.0, panel.top)
        axes.set_xlim(-0.4, len(panel.visits) - 0.6)
    else:
        _ratios(axes, panel, groups)


def _ratios(axes: "Axes", panel: Panel, groups: tuple[str, ...]) -> None:
    """Names of the arms, and a logarithmic axis."""
    for group in sorted({one.group for one in panel.limits}):
        axes.plot([], [], color=_hue(group), marker="o", linewidth=1.0, markersize=3.4, label=groups[group])
    axes.set_yscale("log")
    axes.margins(y=0.14 if any(one.part for one in panel.limits) else 0.05)
    axes.minorticks_off()
    ticks = ratio_ticks(*axes.get_ylim())
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])


def _hue(group: int) -> str:
    return MEAN if group == POOLED else HUES[group % len(HUES)]


def _course(axes: "Axes", course: Course) -> None:
    xs = [x for x, _ in course.points]
    ys = [float("nan") if y is None else y for _, y in course.points]
    pooled, dash = course.group == POOLED, LOW_DASH if course.low else "-"
    if course.mean:
        width, size = (1.6, 4.0) if pooled else (1.5, 3.4)
        label = course.name or None
        axes.plot(xs, ys, color=_hue(course.group), marker="o", linewidth=width, markersize=size, zorder=4, label=label)
    elif pooled:
        axes.plot(
            xs, ys, color=SUBJECT, linewidth=0.6, linestyle=dash, marker="o", markersize=1.8, alpha=0.75, zorder=2
        )
    else:
        axes.plot(xs, ys, color=_hue(course.group), linewidth=0.4, linestyle=dash, alpha=0.45, zorder=2)


def _limits(axes: "Axes", limits: Limits, *, alone: bool) -> None:
    """The interval; `alone`, with a mark at the estimate, which no line has."""
    hue = _hue(limits.group)
    if alone:
        axes.plot(
            [limits.x], [limits.estimate], color=hue, marker="o", markersize=1.8 if limits.part else 3.6, zorder=4
        )
    if limits.low is None or limits.high is None:
        return
    pooled = limits.group == POOLED
    axes.plot([limits.x] * 2, [limits.low, limits.high], color=hue, linewidth=1.2 if pooled else 1.0, zorder=3)
    for end in (limits.low, *(() if limits.cut else (limits.high,))) if pooled else ():
        axes.plot([limits.x - 0.12, limits.x + 0.12], [end, end], color=hue, linewidth=1.2, zorder=3)
    if limits.part:
        form: dict[str, Any] = {"fontsize": 4.5, "ha": "center", "rotation": 90}
        axes.annotate(limits.part, (limits.x, limits.high), (0, 2), textcoords="offset points", **form)


_TICKS = ((0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0), (0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0))
"""Ratios that are marked: coarse ones, and fine ones where fewer than three of those would be seen."""


def ratio_ticks(low: float, high: float) -> list[float]:
    """Ratios to be marked on an axis."""
    seen = [[tick for tick in ticks if low <= tick <= high] for ticks in _TICKS]
    return next((ticks for ticks in seen if len(ticks) >= 3), seen[-1])


def _save(figure: "Figure", stem: Path) -> tuple[Path, ...]:
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
