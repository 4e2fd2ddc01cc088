"""Fold changes by visit, of all subjects and by arm: lines of subjects under the geometric mean ratio."""

from collections.abc import Mapping, Sequence
from math import inf

from tregate.pipelines.files.table import Table
from tregate.pipelines.report.trial_figure import POOLED, Course, Limits, Panel, Stars
from tregate.pipelines.statistics.compare import of_subjects
from tregate.pipelines.statistics.effects import Interval, effect_of
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.subjects import Subjects

TOP = 1.5
"""Intervals are drawn up to so many times the largest fold."""
APART = 0.14
"""Distance of arms at a visit, in visits."""


def panel_of_all(series: Series, summary: Table) -> Panel:
    """All subjects together, with the stars of the summary."""
    courses, limits = _group(series, "", POOLED, 0.0)
    stars = _stars(series, summary)
    folds = series.folds
    ends = {one.x: one.estimate if one.high is None else one.high for one in limits}
    marked = [(float(i), v) for i, v in enumerate(series.visits) if stars.get(v) and float(i) in ends]
    came = max(len(values) for values in series.values.values())
    return Panel(
        title_of(series),
        tuple((visit, _pairs(len(folds[visit]), came)) for visit in series.visits),
        courses,
        limits,
        tuple(Stars(x, max([ends[x], *folds[visit].values()]), stars[visit]) for x, visit in marked),
        top=1.16 * _highest(courses, limits),
    )


def panel_by_arm(series: Series, subjects: Subjects, arms: Sequence[str]) -> Panel:
    """Each arm by itself, beside each other at every visit."""
    courses: list[Course] = []
    limits: list[Limits] = []
    counts: dict[str, list[str]] = {visit: [] for visit in series.visits}
    for number, arm in enumerate(arms):
        of = of_subjects(series, [s for s, one in subjects.items() if one.arm == arm])
        lines, marks = _group(of, arm, number, (number - (len(arms) - 1) / 2.0) * APART)
        courses += lines
        limits += marks
        for visit in series.visits:
            counts[visit].append(str(len(of.folds[visit])))
    visits = tuple((visit, "/".join(counts[visit])) for visit in series.visits)
    return Panel(title_of(series), visits, tuple(courses), tuple(limits), top=1.08 * _highest(courses, limits))


def has_course(series: Series) -> bool:
    """Whether any subject has a fold after the baseline."""
    return any(series.folds[visit] for visit in series.visits if visit != series.baseline)


def title_of(series: Series) -> str:
    """Measure and unit."""
    return series.measure.label + (f" ({series.measure.unit})" if series.measure.unit else "")


def _group(series: Series, name: str, group: int, shift: float) -> tuple[tuple[Course, ...], tuple[Limits, ...]]:
    visits, folds = series.visits, series.folds
    places = [place + shift for place in range(len(visits))]
    courses = [
        Course(
            subject,
            group,
            tuple((x, folds[visit].get(subject)) for x, visit in zip(places, visits, strict=True)),
            low=subject in series.low_baselines,
        )
        for subject in dict.fromkeys(s for visit in visits for s in folds[visit])
    ]
    means = [Interval(1.0) if visit == series.baseline else effect_of(series, visit).gmr for visit in visits]
    line = tuple((x, None if mean is None else mean.estimate) for x, mean in zip(places, means, strict=True))
    seen = [1.0, *(fold for visit in visits for fold in folds[visit].values())]
    top = TOP * max(seen + [mean.estimate for mean in means if mean is not None])
    limits = [
        Limits(x, group, mean.estimate, mean.low, _at_most(mean.high, top), (mean.high or 0.0) > top)
        for x, mean in zip(places, means, strict=True)
        if mean is not None
    ]
    return (*courses, Course(name, group, line, mean=True)), tuple(limits)


def _at_most(value: float | None, top: float) -> float | None:
    return None if value is None else min(value, top)


def _highest(courses: Sequence[Course], limits: Sequence[Limits]) -> float:
    values = [y for course in courses for _, y in course.points if y is not None]
    return max([1.0, *values, *(one.high for one in limits if one.high is not None)], default=-inf)


def _pairs(pairs: int, subjects: int) -> str:
    """Pairs of a visit; fewer than half of the subjects are shown as such."""
    return f"n={pairs}" + (f" of {subjects}" if 2 * pairs < subjects else "")


def _stars(series: Series, summary: Table) -> Mapping[str, str]:
    return {
        str(row["visit"]): str(row["stars"] or "")
        for row in summary.records()
        if (row["table"], row["measure"]) == (series.measure.table, series.measure.name)
    }
