"""Analysis sets, missing values and sensitivity of a small trial laid out by hand."""

from dataclasses import replace
from math import exp, log

import pytest
from counted_tubes import TETRA_T, record
from scipy import stats

from tregate.gating.findings import Severity
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.statistics.measures import Measure
from tregate.pipelines.statistics.series import Series
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.moments import Moment
from tregate.pipelines.study.planned_visits import PlannedVisit
from tregate.pipelines.study.subjects import Subject
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve
from tregate.pipelines.trial.missing import missing_table
from tregate.pipelines.trial.sensitivity import sensitivity_table
from tregate.pipelines.trial.sets import AnalysisSets
from tregate.pipelines.tubes.circumstances import Circumstances

SOURCES = resolve(load_tables("treg_nk"), {"T": load_strategy("tetrachrome_t")})
PLAN = (PlannedVisit(name="D1"), PlannedVisit(name="D8", day=8, window=(-1, 2)))
SUBJECTS = tuple(f"S{i}" for i in range(1, 13))
ARM = {subject: "dose" if i % 2 else "placebo" for i, subject in enumerate(SUBJECTS)}
RISE = dict(zip(SUBJECTS, (1.0, 1.9, 1.1, 1.6, 0.9, 1.7, 1.05, 2.1, 0.95, 1.5, 1.02, 1.8), strict=True))
MISSING = ("S2", "S12")


def sets(
    late: str = "", aside: str = "", missing: tuple[str, ...] = MISSING, critical: str = "", **analysis: object
) -> AnalysisSets:
    people = {s: Subject(ARM[s], first_dose="2024-01-15", withdrawn="adverse event" if s == "S2" else "")
              for s in SUBJECTS}  # fmt: skip
    records = []
    for subject in SUBJECTS:
        for visit, day in (("D1", "2024-01-15"), ("D8", "2024-01-28" if subject == late else "2024-01-22")):
            if visit == "D8" and subject in missing:
                continue
            made = record(subject, visit, "T", TETRA_T)
            circumstances = Circumstances(collected=Moment.read(day), planned_visit=visit)
            records.append(replace(made, circumstances=circumstances, include_in_primary=subject != aside))
    values = {
        "D1": dict.fromkeys(SUBJECTS, 500.0),
        "D8": {s: 500.0 * RISE[s] for s in SUBJECTS if s not in missing},
    }
    series = Series(measure=Measure("treg", "cd4_per_ul"), visits=("D1", "D8"), baseline="D1", values=values)
    results = Results(SUBJECTS, ("D1", "D8"), "D1", tuple(records), SOURCES, plan=PLAN, people=people)
    worst = {("cd4_per_ul", critical, "D8"): Severity.FAIL} if critical else {}
    return AnalysisSets(results, series, Analysis(reference_arm="placebo", **analysis), worst)  # type: ignore[arg-type]


def test_every_subject_has_a_row_per_set_and_visit_with_the_reason() -> None:
    found = sets(late="S4", aside="S6", critical="S8", exclude_subjects=("S10",))
    why = {name: {s: found.why_not(name, s, "D8") for s in SUBJECTS} for name in found.names}
    assert why["intention_to_treat"]["S2"] == "no tubes; withdrawn adverse event"
    assert why["intention_to_treat"]["S12"] == "no tubes"
    assert why["intention_to_treat"]["S10"].startswith("excluded by the analysis plan")
    assert [s for s, reason in why["intention_to_treat"].items() if reason] == ["S2", "S10", "S12"]
    assert [s for s, reason in why["primary"].items() if reason] == ["S2", "S6", "S10", "S12"]
    assert why["per_protocol"]["S4"] == "study day 14, 4 outside the window (late)"
    assert why["per_protocol"]["S8"] == "critical finding on the value"
    assert [s for s, reason in why["safety"].items() if reason] == ["S2", "S12"]
    table = found.table()
    assert len(table) == 4 * 12 * 2
    assert all((row["included"] == "yes") == (row["reason"] is None) for row in table.records())


@pytest.mark.parametrize(
    ("drawn", "acquired", "out"),
    [("2024-01-21", None, False), ("2024-01-22", None, True), (None, "2024-01-23", False), (None, "2024-01-24", True),
     (None, None, False)],
)  # fmt: skip
def test_blood_drawn_after_the_withdrawal_is_against_the_protocol(
    drawn: str | None, acquired: str | None, out: bool
) -> None:
    found = sets(missing=())
    days = {"collected": drawn, "acquired": acquired}
    known = Circumstances(planned_visit="D8", **{key: Moment.read(day) for key, day in days.items() if day})  # type: ignore[arg-type]
    records = [
        replace(one, circumstances=known) if (one.subject, one.visit) == ("S1", "D8") else one
        for one in found.results.records
    ]
    people = {**found.results.people, "S1": replace(found.results.people["S1"], withdrawn="2024-01-21 moved away")}
    late = replace(found, results=replace(found.results, records=tuple(records), people=people))
    assert late.why_not("per_protocol", "S1", "D8") == ("drawn after the withdrawal on 2024-01-21" if out else "")


def test_patterns_of_missing_values_add_up_to_the_subjects_of_the_arm() -> None:
    found = sets()
    rows = list(missing_table(found.results, [found.series]).records())
    assert [(row["arm"], row["pattern"], row["n"]) for row in rows] == [
        ("placebo", "D1+ D8+", 6), ("dose", "D1+ D8+", 4), ("dose", "D1+ D8-", 2),
    ]  # fmt: skip
    assert rows[2]["subjects"] == "S2;S12"
    assert rows[2]["reasons"] == "no tubes: 2"


def test_the_available_and_the_worst_case_are_those_of_scipy() -> None:
    rows = {row["analysis"]: row for row in sensitivity_table(sets(), "D8").records()}
    dose = [log(RISE[s]) for s in SUBJECTS if ARM[s] == "dose" and s not in MISSING]
    placebo = [log(RISE[s]) for s in SUBJECTS if ARM[s] == "placebo"]
    exact = stats.mannwhitneyu(dose, placebo, method="exact").pvalue
    assert rows["available"]["p_value"] == pytest.approx(exact, rel=1e-9)
    assert (rows["available"]["n"], rows["available"]["n_reference"], rows["available"]["imputed"]) == (4, 6, 0)
    worst = [*dose, *[min(dose + placebo)] * 2]
    assert rows["worst_case"]["imputed"] == 2
    assert rows["worst_case"]["n"] == 6
    assert rows["worst_case"]["estimate"] == pytest.approx(exp(_shift(worst, placebo)), rel=1e-9)
    assert float(str(rows["worst_case"]["p_value"])) > exact
    assert float(str(rows["best_case"]["p_value"])) < float(str(rows["worst_case"]["p_value"]))


def _shift(one: list[float], other: list[float]) -> float:
    return float(stats.scoreatpercentile([a - b for a in one for b in other], 50))


def test_the_tipping_point_is_where_p_reaches_five_percent() -> None:
    row = next(r for r in sensitivity_table(sets(), "D8").records() if r["analysis"] == "tipping_point")
    dose = [log(RISE[s]) for s in SUBJECTS if ARM[s] == "dose" and s not in MISSING]
    placebo = [log(RISE[s]) for s in SUBJECTS if ARM[s] == "placebo"]
    fold = row["tipping_fold"]
    assert isinstance(fold, float)
    assert fold < 1

    def p(shift: float) -> float:
        filled = [*dose, *[sum(dose) / len(dose) + shift] * 2]
        return float(stats.mannwhitneyu(filled, placebo, method="exact").pvalue)

    assert p(log(fold)) >= 0.05 > p(log(fold) + 0.011)


def test_nothing_is_imputed_where_nothing_is_missing() -> None:
    rows = {row["analysis"]: row for row in sensitivity_table(sets(missing=()), "D8").records()}
    assert "best_case" not in rows
    assert "no value is missing" in str(rows["worst_case"]["method"])
    assert rows["available"]["n"] == 6
