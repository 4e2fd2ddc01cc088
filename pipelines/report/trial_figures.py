"""The figures of a trial, as its table definition asks for them."""

from collections.abc import Sequence

from tregate.pipelines.report.fold_panels import has_course, panel_by_arm, panel_of_all
from tregate.pipelines.report.ratio_panels import panel_between_arms
from tregate.pipelines.report.trial_figure import TrialFigure
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.subjects import arms_of

CAPTION = (
    "Geometric mean ratio with 95 % interval (from 3 subjects on), one line per subject, n pairs; "
    "stars against the baseline as in the notes of table1.md."
)
LOW = " Dashed: baseline below its limit of quantification, so the visit table has no fold change of this subject."
CHANGED = " Not as prespecified: the plan was changed after a run (notes of table1.md)."
BY_ARM_CAPTION = (
    "Geometric mean ratio with 95 % interval by arm, one thin line per subject; n pairs in the order of the legend."
)
BETWEEN_CAPTION = (
    "Ratio of the arm to the reference arm with 95 % interval: analysis of covariance on logs with the baseline as "
    "covariate. Small marks: the primary visit by site, stratum and disease."
)


def trial_figures(summary: Summary, declared: Declared) -> tuple[TrialFigure, ...]:
    """Every figure that has something to show, those by arm after the one of all subjects."""
    found: list[TrialFigure] = []
    for name, asked in declared.definition.figures.items():
        panels = [".".join(declared.place(panel)) for panel in asked.panels]
        found += figures_of(summary, panels, name, asked.title, asked.about)
    return tuple(found)


def figures_of(
    summary: Summary, measures: Sequence[str], name: str, title: str = "", about: str = ""
) -> tuple[TrialFigure, ...]:
    """The figure of some measures ("table.measure"), and where there are arms, those by arm and between arms."""
    by_name = {str(series.measure): series for series in summary.series}
    shown = [by_name[one] for one in measures if one in by_name and has_course(by_name[one])]
    if not shown:
        return ()
    axis = f"fold change from {shown[0].baseline}"
    all_panels = tuple(panel_of_all(series, summary.table) for series in shown)
    low = LOW if any(course.low for panel in all_panels for course in panel.courses) else ""
    caption = CAPTION + low + (CHANGED if summary.plan_changed else "")
    pooled = TrialFigure(name, title, about, caption, axis, (), all_panels)
    if len(arms_of(summary.subjects)) < 2:
        return (pooled,)
    return (pooled, *_by_arm(summary, shown, pooled, low))


def _by_arm(
    summary: Summary, shown: Sequence[Series], pooled: TrialFigure, low: str
) -> tuple[TrialFigure, TrialFigure]:
    rows = [row for row in summary.comparisons.records() if row["comparison"] == "arms"]
    reference = str(rows[0]["reference"]) if rows else ""
    arms = sorted(arms_of(summary.subjects), key=lambda arm: arm != reference)
    by_arm = TrialFigure(
        f"{pooled.name}_by_arm", f"{pooled.title}, by arm", f"{pooled.about} {BY_ARM_CAPTION}", BY_ARM_CAPTION + low,
        pooled.axis, tuple(arms), tuple(panel_by_arm(series, summary.subjects, arms) for series in shown),
    )  # fmt: skip
    between = TrialFigure(
        f"{pooled.name}_between_arms", f"{pooled.title}, between arms", f"{pooled.about} {BETWEEN_CAPTION}",
        BETWEEN_CAPTION, "ratio to the reference arm",
        tuple(arm if arm == reference else f"{arm} / {reference}" for arm in arms),
        tuple(panel_between_arms(series, rows, arms, summary.primary_visit) for series in shown),
    )  # fmt: skip
    return by_arm, between
