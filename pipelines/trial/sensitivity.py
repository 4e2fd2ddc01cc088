"""sensitivity.csv: the primary result under other sets, and under other values of what is missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.effects import Interval, geometric_mean_ratio
from tregate.pipelines.statistics.rank_sum import rank_sum, shift_between
from tregate.pipelines.study.subjects import arms_of
from tregate.pipelines.trial.sets import INTENTION, PRIMARY, PROTOCOL, AnalysisSets
from tregate.pipelines.visit_tests.course import LEAST
from tregate.pipelines.visit_tests.wilcoxon import signed_rank

COLUMNS = (
    *("analysis", "table", "measure", "visit", "group", "reference", "n", "n_reference", "imputed", "estimate"),
    *("low", "high", "p_value", "tipping_fold", "method"),
)
LEVEL = 0.05
STEP, STEPS = 0.01, 300
"""Steps on logs in which the tipping point is looked for: up to a factor of 20."""
Changes = Mapping[str, float]
"""Subject -> log ratio to the baseline."""


@dataclass(frozen=True)
class Contrast:
    """What is compared: an arm with the reference arm, or everybody with the baseline (`reference` empty)."""

    group: Changes
    reference: Changes | None
    missing: Sequence[str]
    missing_reference: Sequence[str] = ()

    def result(self) -> tuple[Interval, float] | None:
        """Ratio with its 95 % interval, and p; None below three subjects."""
        changes = list(self.group.values())
        if self.reference is None:
            if len(changes) < LEAST:
                return None
            p = signed_rank([0.0] * len(changes), changes).p_value
            return (geometric_mean_ratio(changes), p) if p is not None else None
        others = list(self.reference.values())
        if min(len(changes), len(others)) < LEAST:
            return None
        shift = shift_between(changes, others)
        ends = [None if end is None else exp(end) for end in (shift.low, shift.high)]
        return Interval(exp(shift.estimate), *ends), rank_sum(changes, others)[0]

    def filled(self, value: float, of_reference: float) -> "Contrast":
        """The same with the missing changes at these values."""
        group = {**self.group, **dict.fromkeys(self.missing, value)}
        if self.reference is None:
            return Contrast(group, None, ())
        return Contrast(group, {**self.reference, **dict.fromkeys(self.missing_reference, of_reference)}, ())


def sensitivity_table(sets: AnalysisSets, visit: str) -> Table:
    """The primary measure at the primary visit: available values, sets, worst and best case, tipping point."""
    series, people = sets.series, sets.results.people
    of_all = series.log_changes(visit)
    arms = arms_of(people)
    reference = sets.analysis.reference_arm or (arms[0] if arms else "")
    rows: list[dict[str, Cell]] = []
    for group in [arm for arm in arms if arm != reference] if len(arms) > 1 else [""]:
        common: dict[str, Cell] = {
            "table": series.measure.table,
            "measure": series.measure.name,
            "visit": visit,
            "group": group or None,
            "reference": reference if group else series.baseline,
        }

        def contrast(name: str, group: str = group) -> Contrast:
            members = sets.members(name, visit)
            kept = {subject: of_all[subject] for subject in members if subject in of_all}
            there = [s for s in sets.results.subjects if s not in sets.analysis.exclude_subjects]
            gone = [s for s in there if s not in kept]
            if not group:
                return Contrast(kept, None, gone)
            arm = {s: people[s].arm for s in there if s in people}
            return Contrast(
                {s: change for s, change in kept.items() if arm.get(s) == group},
                {s: change for s, change in kept.items() if arm.get(s) == reference},
                [s for s in gone if arm.get(s) == group],
                [s for s in gone if arm.get(s) == reference],
            )

        rows += [common | row for row in _analyses(contrast(INTENTION), contrast(PRIMARY), contrast(PROTOCOL))]
    return Table.from_records("sensitivity", COLUMNS, rows)


def _analyses(whole: Contrast, primary: Contrast, protocol: Contrast) -> Iterator[dict[str, Cell]]:
    test = "exact signed-rank test of log ratios" if whole.reference is None else "rank-sum test of log ratios"
    for name, one, words in (
        ("available", whole, "every subject with both values"),
        ("primary_set", primary, "subjects of the primary set"),
        ("per_protocol", protocol, "subjects of the per-protocol set"),
    ):
        yield _row(name, one, f"{words}; {test}")
    available = whole.result()
    missing = len(whole.missing) + len(whole.missing_reference)
    if available is None or not missing:
        words = "no value is missing" if not missing else "fewer than 3 subjects"
        yield {"analysis": "worst_case", "imputed": 0, "method": f"not done: {words}"}
        yield {"analysis": "tipping_point", "imputed": 0, "method": f"not done: {words}"}
        return
    rises = available[0].estimate >= 1.0
    seen = [*whole.group.values(), *(whole.reference or {}).values()]
    low, high = min(seen), max(seen)
    worst = whole.filled(low, high) if rises else whole.filled(high, low)
    best = whole.filled(high, low) if rises else whole.filled(low, high)
    against = "the change least in favour of the effect" if whole.reference is None else "the changes least in favour"
    yield _row("worst_case", worst, f"missing subjects with {against} that any subject has; {test}", missing)
    yield _row("best_case", best, f"missing subjects with the changes most in favour; {test}", missing)
    yield _tipping(whole, available[1], rises, missing, test)


def _tipping(whole: Contrast, p: float, rises: bool, missing: int, test: str) -> dict[str, Cell]:
    row: dict[str, Cell] = {"analysis": "tipping_point", "imputed": missing}
    if p >= LEVEL:
        return row | {"p_value": p, "method": "not done: p is not below 0.05 with the available values"}
    mean = sum(whole.group.values()) / len(whole.group)
    others = list((whole.reference or {}).values())
    of_reference = sum(others) / len(others) if others else 0.0
    for step in range(STEPS + 1):
        shift = -STEP * step if rises else STEP * step
        found = whole.filled(mean + shift, of_reference).result()
        if found is not None and found[1] >= LEVEL:
            words = (
                f"missing changes are those of their own group times tipping_fold: from there on p >= {LEVEL:g}; {test}"
            )
            return row | {"p_value": found[1], "tipping_fold": exp(shift), "method": words}
    words = f"p stays below {LEVEL:g} whatever the missing changes are (down to a twentieth); {test}"
    return row | {"method": words}


def _row(name: str, one: Contrast, method: str, imputed: int = 0) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "analysis": name,
        "n": len(one.group),
        "n_reference": None if one.reference is None else len(one.reference),
        "imputed": imputed,
        "method": method,
    }
    found = one.result()
    if found is None:
        return row | {"method": f"not done: fewer than {LEAST} subjects"}
    interval, p = found
    return row | {"estimate": interval.estimate, "low": interval.low, "high": interval.high, "p_value": p}
