"""Odd ones: a place or percentage unlike those of its kind, and nothing that a treatment moved."""

import math

import pytest
from report_records import record

from tregate.pipelines.report.control_charts import arrival_cv, control_charts
from tregate.pipelines.report.gate_outliers import LEAST_SD, OUTLIER_Z, PERCENT, Place, max_abs_z, places


def of(every: tuple[Place, ...], subject_index: int, name: str) -> Place:
    (found,) = [p for p in every if p.record == subject_index and p.population == "CD4+" and p.name == name]
    return found


def test_the_odd_threshold_leaps_out() -> None:
    lows = [3000.0, 3100.0, 2900.0, 3050.0, 2950.0, 3000.0, 9000.0]
    every = places([record(f"S{k}", low=low) for k, low in enumerate(lows)])
    scores = [of(every, k, "CD4 low").z for k in range(7)]
    assert scores[6] is not None
    assert scores[6] > 10 * OUTLIER_Z
    assert all(abs(z or 0.0) < OUTLIER_Z for z in scores[:6])
    assert max_abs_z(p for p in every if p.record == 6) >= scores[6]


def test_z_is_distance_from_the_median_in_robust_sd() -> None:
    shares = [60.0, 50.0, 70.0, 55.0, 65.0]
    every = places([record(f"S{k}", visit=f"V{k}", percent=share) for k, share in enumerate(shares)])
    spread = math.hypot(1.4826 * 5.0, 1 / 1.96)
    assert [of(every, k, PERCENT).z for k in range(5)] == pytest.approx(
        [(share - 60.0) / spread for share in shares]
    ), "limits of 1 % either side are a counting SD of 1/1.96 %"


def test_too_few_tubes_are_not_judged() -> None:
    every = places([record(f"S{k}", low=1000.0 * 3**k) for k in range(4)])
    assert {place.z for place in every} == {None}


def test_a_hair_is_not_odd() -> None:
    lows = [3000.0] * 6 + [3010.0]
    every = places([record(f"S{k}", low=low) for k, low in enumerate(lows)])
    moved = of(every, 6, "CD4 low")
    assert moved.z == pytest.approx((moved.at - of(every, 0, "CD4 low").at) / LEAST_SD)
    assert abs(moved.z or 0.0) < 1.0


def test_a_treatment_that_moves_everybody_makes_nobody_odd() -> None:
    records = [
        record(f"S{k}", visit=visit, percent=level + k)
        for visit, level in (("D1", 20.0), ("D8", 60.0), ("D15", 22.0), ("M1", 21.0))
        for k in range(5)
    ]
    records.append(record("S9", visit="D1", percent=60.0))
    every = places(records)
    assert all(abs(of(every, k, PERCENT).z or 0.0) < OUTLIER_Z for k in range(20))
    assert (of(every, 20, PERCENT).z or 0.0) > OUTLIER_Z, "what is ordinary at D8 is odd at D1"


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
