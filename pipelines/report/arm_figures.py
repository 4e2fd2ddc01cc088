"""Figures by arm: fold changes with the subjects' lines, and ratios between arms with their intervals."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tregate.pipelines.files.table import Cell
from tregate.pipelines.report.fold_figure import INK, PANEL_INCHES, RULE, STYLE, TOP, save
from tregate.pipelines.statistics.compare import of_subjects
from tregate.pipelines.statistics.effects import Interval, effect_of
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.subjects import Subjects, arms_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HUES = ("#56606b", "#0b5394", "#b45f06", "#2e7d32", "#7b3f8c", "#a61c3c")
"""The first is the reference arm's; the others follow in the order of subjects.csv."""
APART = 0.14
"""Distance of arms at a visit, in visits."""
BY_ARM, BETWEEN = "_by_arm", "_between_arms"
"""What the names of the files end in."""
BY_ARM_CAPTION = (
    "Geometric mean ratio with 95 % interval by arm, one thin line per subject; n pairs in the order of the legend."
)
BETWEEN_CAPTION = (
    "Ratio of the arm to the reference arm with 95 % interval: analysis of covariance on logs with the baseline as "
    "covariate. Small marks: the primary visit by site, stratum and disease."
)


def write_arm_figures(summary: Summary, measures: Sequence[str], stem: Path) -> tuple[Path, ...]:
    """Draw the measures by arm and their ratios between arms; no file where there are not two arms.

    Returns the files: png, svg and pdf of each figure, the same bytes for the same study.
    """
    arms = arms_of(summary.subjects)
    by_name = {str(series.measure): series for series in summary.series}
    shown = [by_name[name] for name in measures if name in by_name]
    shown = [series for series in shown if any(series.folds[v] for v in series.visits if v != series.baseline)]
    if len(arms) < 2 or not shown:
        return ()
    import matplotlib as mpl

    rows = [row for row in summary.comparisons.records() if row["comparison"] == "arms"]
    with mpl.rc_context(STYLE):
        between = draw_between(shown, rows, summary.primary_visit)
        figures = {BY_ARM: draw_by_arm(shown, summary.subjects, _hues(arms, _reference(rows))), BETWEEN: between}
        return tuple(
            path for ending, figure in figures.items() for path in save(figure, stem.with_name(stem.name + ending))
        )


def _hues(arms: Sequence[str], reference: str) -> Mapping[str, str]:
    """The colour of each arm, the same in every figure."""
    others = iter(range(1, len(arms) + 1))
    return {arm: HUES[0 if arm == reference else next(others) % len(HUES)] for arm in arms}


def draw_by_arm(shown: Sequence[Series], subjects: Subjects, hues: Mapping[str, str]) -> "Figure":
    """One panel a measure: lines of subjects in the colour of their arm, ratio and interval of each arm."""
    figure, panels = _figure(len(shown), BY_ARM_CAPTION)
    for panel, series in zip(panels, shown, strict=True):
        top = 1.0
        counts: dict[str, list[str]] = {visit: [] for visit in series.visits}
        panel.axhline(1.0, color=RULE, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
        for number, (arm, hue) in enumerate(hues.items()):
            of = of_subjects(series, [s for s, one in subjects.items() if one.arm == arm])
            top = max(top, _arm(panel, of, hue, (number - (len(hues) - 1) / 2.0) * APART, arm))
            for visit in series.visits:
                counts[visit].append(str(len(of.folds[visit])))
        labels = [f"{visit}\n{'/'.join(counts[visit])}" for visit in series.visits]
        panel.set_xticks(list(range(len(labels))), labels)
        panel.set_ylim(0.0, 1.08 * top)
        _title(panel, series)
    panels[0].set_ylabel(f"fold change from {shown[0].baseline}")
    _legend(figure, panels[0])
    return figure


def _arm(panel: "Axes", series: Series, hue: str, shift: float, arm: str) -> float:
    """Draw one arm; the largest value that must be seen."""
    places = [place + shift for place in range(len(series.visits))]
    folds = series.folds
    for subject in dict.fromkeys(s for visit in series.visits for s in folds[visit]):
        line = [folds[visit].get(subject, float("nan")) for visit in series.visits]
        panel.plot(places, line, color=hue, linewidth=0.4, alpha=0.45, zorder=2)
    effects = {visit: effect_of(series, visit).gmr for visit in series.visits if visit != series.baseline}
    means = [Interval(1.0) if visit == series.baseline else effects[visit] for visit in series.visits]
    line = [float("nan") if mean is None else mean.estimate for mean in means]
    panel.plot(places, line, color=hue, linewidth=1.5, marker="o", markersize=3.4, zorder=4, label=arm)
    seen = [1.0, *(fold for visit in series.visits for fold in folds[visit].values())]
    seen += [mean.estimate for mean in means if mean is not None]
    for place, mean in zip(places, means, strict=True):
        if mean is not None and mean.low is not None and mean.high is not None:
            high = min(mean.high, TOP * max(seen))
            panel.plot([place, place], [mean.low, high], color=hue, linewidth=1.0, zorder=3)
    return max(seen)


def draw_between(shown: Sequence[Series], rows: Sequence[Mapping[str, Cell]], detailed: str = "") -> "Figure":
    """One panel a measure: ratios to the reference arm by visit, and at the visit `detailed` within sites and so on."""
    figure, panels = _figure(len(shown), BETWEEN_CAPTION)
    for panel, series in zip(panels, shown, strict=True):
        visits = [visit for visit in series.visits if visit != series.baseline]
        of = [row for row in rows if (row["table"], row["measure"]) == (series.measure.table, series.measure.name)]
        adjusted = [row for row in of if row["low"] is not None and "ANCOVA" in str(row["method"])]
        arms = list(dict.fromkeys(str(row["group"]) for row in of))
        hues = _hues(arms, _reference(of))
        panel.axhline(1.0, color=RULE, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
        for number, arm in enumerate(arms):
            hue = hues[arm]
            shift = (number - (len(arms) - 1) / 2.0) * APART
            everybody = {row["visit"]: row for row in adjusted if row["group"] == arm and not row["subset"]}
            for place, visit in enumerate(visits):
                _interval(panel, place + shift, everybody.get(visit), hue, 3.6)
            panel.plot([], [], color=hue, marker="o", linewidth=1.0, markersize=3.4, label=f"{arm} / {_reference(of)}")
        parts = [row for row in adjusted if row["subset"] and row["visit"] == detailed and detailed in visits]
        for position, row in enumerate(parts):
            hue = hues[str(row["group"])]
            right = visits.index(detailed) + 0.25 + 0.5 * position / len(parts)
            _interval(panel, right, row, hue, 1.8, str(row["subset"]))
        panel.set_yscale("log")
        panel.margins(y=0.14 if parts else 0.05)
        panel.set_xticks(list(range(len(visits))), visits)
        panel.minorticks_off()
        ticks = _ticks(*panel.get_ylim())
        panel.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        _title(panel, series)
    panels[0].set_ylabel("ratio to the reference arm")
    _legend(figure, panels[0])
    return figure


def _legend(figure: "Figure", panel: "Axes") -> None:
    """Above the panels, where it covers nothing."""
    handles, labels = panel.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, frameon=False, fontsize=6, loc="outside upper left", ncols=len(labels))


def _interval(
    panel: "Axes", place: float, row: Mapping[str, Cell] | None, hue: str, size: float, name: str = ""
) -> None:
    if row is None:
        return
    estimate, low, high = (float(row[end] or 0.0) for end in ("estimate", "low", "high"))
    panel.plot([place, place], [low, high], color=hue, linewidth=1.0, zorder=3)
    panel.plot([place], [estimate], color=hue, marker="o", markersize=size, zorder=4)
    if name:
        text = name.partition(" ")[2]
        panel.annotate(text, (place, high), (0, 2), textcoords="offset points", fontsize=4.5, ha="center", rotation=90)


def _figure(panels: int, caption: str) -> "tuple[Figure, Sequence[Axes]]":
    import textwrap

    from matplotlib.figure import Figure

    width, height = PANEL_INCHES
    figure = Figure(figsize=(width * panels, height * 1.15), facecolor="white", layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    figure.text(0.005, -0.02, textwrap.fill(caption, width=60 * panels), fontsize=6, va="top", ha="left")
    return figure, list(axes)


def _title(panel: "Axes", series: Series) -> None:
    unit = f" ({series.measure.unit})" if series.measure.unit else ""
    panel.set_title(f"{series.measure.label}{unit}", fontsize=8, loc="left", y=1.0, color=INK)
    panel.tick_params(length=2.5, width=0.6)
    panel.spines[["top", "right"]].set_visible(False)


def _reference(rows: Sequence[Mapping[str, Cell]]) -> str:
    return str(rows[0]["reference"]) if rows else ""


_TICKS = ((0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0), (0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0))
"""Ratios that are marked: coarse ones, and fine ones where fewer than three of those would be seen."""


def _ticks(low: float, high: float) -> list[float]:
    seen = [[tick for tick in ticks if low <= tick <= high] for ticks in _TICKS]
    return next((ticks for ticks in seen if len(ticks) >= 3), seen[-1])
