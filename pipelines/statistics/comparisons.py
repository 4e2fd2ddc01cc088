"""comparisons.csv: spans of visits, responders, and arms."""

from collections.abc import Iterator, Mapping, Sequence
from math import exp

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.arms import ancova, arm_by_visit
from tregate.pipelines.statistics.effects import Interval, exact_share
from tregate.pipelines.statistics.rank_sum import rank_sum, shift_between
from tregate.pipelines.statistics.scaled import SCALES, scaled
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.subjects import WITHIN, Subjects, arms_of
from tregate.pipelines.time_tests.registry import TIME_TESTS
from tregate.pipelines.visit_tests.course import LEAST

COLUMNS = (
    *("comparison", "table", "measure", "visit", "subset", "group", "reference", "n", "n_reference"),
    *("estimate", "low", "high", "least", "largest", "p_value", "p_all_visits", "p_any_visit", "method"),
)
Record = dict[str, Cell]


def comparisons_of(every: Sequence[Series], analysis: Analysis, subjects: Subjects) -> Table:
    """One row a comparison, by measure in table order; no row where nothing of it is declared."""
    rows: list[Record] = []
    for series in every:
        of_measure: Record = {"table": series.measure.table, "measure": series.measure.name}
        found = (*_spans(series, analysis), *_responders(series, analysis), *_arms(series, analysis, subjects))
        rows += [of_measure | row for row in found]
    return Table.from_records("comparisons", COLUMNS, rows)


def _spans(series: Series, analysis: Analysis) -> Iterator[Record]:
    for name, span in analysis.spans.items():
        baseline = span.baseline or series.baseline
        visits = (baseline, *(visit for visit in span.visits if visit in series.visits and visit != baseline))
        if baseline not in series.visits or len(visits) < 2:
            continue
        test = TIME_TESTS[span.test]
        outcome = test.run(scaled(series, visits, span.scale, only_complete=test.only_complete))
        method = f"factor time over {', '.join(visits)} of {SCALES[span.scale]}: {outcome.method}"
        common: Record = {"comparison": "span", "subset": name, "reference": baseline, "method": method}
        yield common | {"n": outcome.subjects, "p_any_visit": outcome.p_value}
        for column, p in outcome.adjusted.items():
            pairs = sum(subject in series.values[baseline] for subject in series.values[visits[column]])
            yield common | {"visit": visits[column], "n": pairs, "p_all_visits": p}


def _responders(series: Series, analysis: Analysis) -> Iterator[Record]:
    for rule in analysis.responders:
        if rule.measure != str(series.measure) or rule.visit not in series.visits:
            continue
        folds = series.folds[rule.visit]
        met = [fold for fold in folds.values() if (fold >= rule.at_least if rule.rises else fold <= rule.at_least)]
        low, high = exact_share(len(met), len(folds)) if folds else (None, None)
        sign = ">=" if rule.rises else "<="
        yield {
            "comparison": "responders",
            "visit": rule.visit,
            "reference": series.baseline,
            "n": len(folds),
            "estimate": len(met),
            "low": None if low is None else low * len(folds),
            "high": None if high is None else high * len(folds),
            "least": min(folds.values(), default=None),
            "largest": max(folds.values(), default=None),
            "method": f"subjects with a fold change {sign} {rule.at_least:g}; exact 95 % limits (Clopper-Pearson) as "
            "subjects; least and largest fold change of all",
        }


def _arms(series: Series, analysis: Analysis, subjects: Subjects) -> Iterator[Record]:
    arms = arms_of(subjects)
    if len(arms) < 2:
        return
    reference = analysis.reference_arm or arms[0]
    for arm in (one for one in arms if one != reference):
        for subset, kept in _subsets(subjects):
            yield from _pair_of_arms(series, analysis, kept, arm, reference, subset)


def _subsets(subjects: Subjects) -> Iterator[tuple[str, Subjects]]:
    """Everybody, then every site, stratum and disease where there are several."""
    yield "", subjects
    for name in WITHIN:
        levels = sorted({getattr(subject, name) for subject in subjects.values()} - {""})
        for level in levels if len(levels) > 1 else ():
            yield f"{name} {level}", {s: one for s, one in subjects.items() if getattr(one, name) == level}


def _pair_of_arms(
    series: Series, analysis: Analysis, subjects: Subjects, arm: str, reference: str, subset: str
) -> Iterator[Record]:
    visits = [visit for visit in series.visits if visit != series.baseline]
    logs = {visit: series.log_changes(visit) for visit in visits}
    arm_of = {s: one.arm == arm for s, one in subjects.items() if one.arm in (arm, reference)}
    adjusted, any_visit = arm_by_visit(logs, arm_of)
    for visit in visits:
        sides = _sides(logs[visit], arm_of)
        common: Record = {
            **{"comparison": "arms", "visit": visit, "subset": subset, "group": arm, "reference": reference},
            **{"n": len(sides[0]), "n_reference": len(sides[1])},
        }
        if min(len(side) for side in sides) < LEAST:
            yield common | {"method": f"not compared: fewer than {LEAST} subjects in an arm"}
            continue
        model = ancova(series, visit, subjects, arm, reference, analysis.covariates)
        if model is not None:
            by = "".join(f", {name}" for name in analysis.covariates)
            method = f"ratio of geometric means, ANCOVA on logs with baseline{by}; t, {model.freedom} df"
            yield common | _limits(model.ratio) | {"p_value": model.p_value, "method": method}
        p, exact = rank_sum(*sides)
        how = "exact" if exact else "approximate (normal)"
        method = (
            f"ratio of fold changes, Hodges-Lehmann on logs; rank-sum test of log ratios, {how}; max-t, arms permuted"
        )
        ratio = shift_between(*sides)
        p_all = adjusted.get(visit)
        yield (
            common
            | _limits(ratio, exponent=True)
            | {**{"p_value": p, "p_all_visits": p_all, "p_any_visit": any_visit, "method": method}}
        )


def _sides(changes: Mapping[str, float], arm_of: Mapping[str, bool]) -> tuple[list[float], list[float]]:
    known = {s: change for s, change in changes.items() if s in arm_of}
    return [c for s, c in known.items() if arm_of[s]], [c for s, c in known.items() if not arm_of[s]]


def _limits(interval: Interval, *, exponent: bool = False) -> Record:
    ends = {"estimate": interval.estimate, "low": interval.low, "high": interval.high}
    return {name: exp(end) if exponent and end is not None else end for name, end in ends.items()}
