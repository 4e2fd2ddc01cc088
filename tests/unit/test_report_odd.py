"""Outliers among gates: the page marks what findings.csv reports; and control charts."""

import numpy as np
import pytest
from report_records import record

from tregate.gating.findings import Severity
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.crosschecks.outliers import gate_outlier, outlier_scores, percent_outlier
from tregate.pipelines.report.control_charts import arrival_cv, control_charts
from tregate.pipelines.report.gate_outliers import PERCENT, max_abs_z, places
from tregate.pipelines.study.crosscheck_limits import DEFAULT
from tregate.pipelines.study.tables_definition import load_tables
from tregate.pipelines.tabulate import Results, resolve
from tregate.pipelines.tubes.records import TubeRecord

SOURCES = resolve(load_tables("treg_nk"), {"T": load_strategy("tetrachrome_t")})


def run_of(records: list[TubeRecord]) -> Results:
    subjects = tuple(dict.fromkeys(one.subject for one in records))
    visits = tuple(dict.fromkeys(one.visit for one in records))
    return Results(subjects, visits, visits[0], tuple(records), SOURCES)


def marked(records: list[TubeRecord]) -> set[tuple[str, str, str, str]]:
    """What the page marks as outliers."""
    scores = outlier_scores(run_of(records), DEFAULT)
    return {
        (records[place.record].subject, records[place.record].visit, place.population, place.name)
        for place in places(records, scores)
        if place.z is not None and abs(place.z) >= DEFAULT.robust_z
    }


def reported(records: list[TubeRecord]) -> dict[tuple[str, str, str, str], Severity]:
    """What findings.csv reports as outliers."""
    results = run_of(records)
    found = {}
    for check in (gate_outlier, percent_outlier):
        for one in check(results, DEFAULT):
            name = PERCENT if check is percent_outlier else "CD4 low"
            found[one.subject, one.visit, one.finding.population, name] = one.finding.severity
    return found


def batch(**moved: float) -> list[TubeRecord]:
    """Eight subjects, one of them with a moved gate or percentage."""
    rng = np.random.default_rng(3)
    records = [
        record(f"S{k}", low=3000.0 * float(np.exp(rng.normal(0, 0.03))), percent=60.0 + float(rng.normal(0, 1)))
        for k in range(7)
    ]
    return [*records, record("S7", **moved)]


@pytest.mark.parametrize(
    ("moved", "severity"),
    [
        ({"low": 3050.0}, None),
        ({"low": 5200.0}, Severity.INFO),
        ({"low": 12_000.0}, Severity.WARN),
        ({"low": 900.0}, Severity.WARN),
    ],
)
def test_the_page_marks_what_findings_csv_reports(moved: dict[str, float], severity: Severity | None) -> None:
    records = batch(**moved)
    found = reported(records)
    assert marked(records) == set(found)
    assert found.get(("S7", "D1", "CD4+", "CD4 low")) == severity


def test_the_worst_tube_is_ranked_by_the_z_of_its_finding() -> None:
    records = batch(low=12_000.0)
    (finding,) = gate_outlier(run_of(records), DEFAULT)
    every = places(records, outlier_scores(run_of(records), DEFAULT))
    assert max_abs_z(p for p in every if p.record == 7) == pytest.approx(abs(finding.finding.value or 0.0))


def test_without_a_batch_no_place_has_a_z() -> None:
    records = [record(f"S{k}", low=1000.0 * 3**k) for k in range(4)]
    every = places(records, outlier_scores(run_of(records), DEFAULT))
    assert every
    assert {place.z for place in every} == {None}


def test_control_charts_follow_the_samples_list() -> None:
    records = [record(f"S{k}", beads=2000 + 10 * k, cd3=1000.0) for k in range(6)]
    records += [record(f"S{k}", tube="NK", beads=3000, cd3=1000.0 + (400.0 if k == 3 else 0.0)) for k in range(6)]
    charts = {chart.title: chart for chart in control_charts(records, ["CD3+"])}
    beads = charts["Bead events, tube T"]
    assert [point.value for point in beads.points] == [2000.0, 2010.0, 2020.0, 2030.0, 2040.0, 2050.0]
    assert beads.centre == 2025.0
    assert beads.sd == pytest.approx(1.4826 * 15.0)
    between = charts["CD3+/µL between tubes"]
    assert [point.value for point in between.points] == pytest.approx([0, 0, 0, 200.0 * -400.0 / 2400.0, 0, 0])
    assert between.points[3].record == 3


def test_bead_arrival_cv() -> None:
    assert arrival_cv(record("S1", arrivals=(90, 100, 110))) == pytest.approx(10.0)
    assert arrival_cv(record("S1", arrivals=())) is None
    assert arrival_cv(record("S1", arrivals=(0, 0, 0))) is None


def test_runs_without_beads_have_no_charts() -> None:
    assert control_charts([record("S1", beads=None, cd3=None)]) == ()
