"""Measures of a validation against numbers worked out by hand."""

import math

import pytest
from validated import row, tube

from tregate.gating.count.estimates import Estimate
from tregate.pipelines.validation.comparison import Comparison, Overlap
from tregate.pipelines.validation.interval import mean_with_limits
from tregate.pipelines.validation.measures import ANY_FIGURE, OVERALL, Measures, measured
from tregate.pipelines.validation.targets import misses


def found(measures: tuple[Measures, ...], condition: str, population: str) -> Measures:
    return next(m for m in measures if (m.condition, m.population) == (condition, population))


def test_overlap_of_80_found_100_true_60_both() -> None:
    overlap = Overlap(80, 100, 60)
    assert overlap.precision == 0.75
    assert overlap.recall == 0.6
    assert overlap.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    assert overlap.error == pytest.approx(-0.2)


def test_nothing_found_of_nothing_has_no_measure() -> None:
    empty = Overlap(0, 0, 0)
    assert (empty.precision, empty.recall, empty.f1, empty.error) == (None, None, None, None)


@pytest.mark.parametrize(
    ("value", "flags", "silent"),
    [(115.0, (), False), (115.1, (), True), (84.9, (), True), (85.0, (), False), (300.0, ("below_loq",), False)],
)
def test_silent_is_off_by_more_than_15_percent_without_a_flag(
    value: float, flags: tuple[str, ...], silent: bool
) -> None:
    assert row("NK", value, flags=flags).silent is silent


def test_a_figure_that_is_not_given_is_no_silent_failure() -> None:
    assert not row("NK", None).silent
    assert row("NK", None).error is None
    assert row("NK", None).covered is None


def test_the_gate_fails_silently_where_the_figure_happens_to_be_right() -> None:
    lucky = row("NK", 100.0, overlap=(130, 100, 100))
    assert not lucky.silent
    assert lucky.silent_by_gate


def test_limits_hold_the_truth_at_their_very_ends() -> None:
    assert row("NK", 90.0, half=10.0).covered is True
    assert row("NK", 89.0, half=10.0).covered is False


def test_mean_with_students_limits() -> None:
    estimate = mean_with_limits([1.0, 2.0, 3.0, 4.0])
    assert estimate is not None
    half = 3.182446 * math.sqrt(5 / 3) / 2
    assert estimate.value == 2.5
    assert estimate.low == pytest.approx(2.5 - half, rel=1e-6)
    assert estimate.high == pytest.approx(2.5 + half, rel=1e-6)


def test_one_value_has_no_limits() -> None:
    assert mean_with_limits([3.0]) == Estimate(3.0, -math.inf, math.inf)
    assert mean_with_limits([]) is None


def test_measures_of_four_tubes() -> None:
    tubes = [
        tube(row("NK", 102.0, overlap=(90, 100, 81)), seed=0),
        tube(row("NK", 96.0, overlap=(110, 100, 100)), seed=1),
        tube(row("NK", 130.0, flags=("bead_events",)), seed=2),
        tube(row("NK", 80.0), seed=3),
    ]
    nk = found(measured(tubes), "nominal", "NK")
    assert (nk.tubes, nk.with_figure, nk.flagged) == (4, 4, 1)
    assert nk.bias is not None
    assert nk.bias.value == pytest.approx((2 - 4 + 30 - 20) / 4)
    assert nk.bias_median == pytest.approx((2 - 4) / 2)
    assert nk.bias_unflagged == pytest.approx((2 - 4 - 20) / 3)
    assert nk.precision == pytest.approx((0.9 + 100 / 110 + 1 + 1) / 4)
    assert nk.recall == pytest.approx((0.81 + 1 + 1 + 1) / 4)
    assert nk.f1_least == pytest.approx(2 * 81 / 190)
    assert nk.event_error == pytest.approx((-10 + 10 + 0 + 0) / 4)
    assert nk.coverage is not None
    assert nk.coverage.value == 50.0
    assert nk.silent is not None
    assert nk.silent.value == 25.0
    assert nk.silent_by_gate is not None
    assert nk.silent_by_gate.value == 0.0


def test_any_figure_counts_tubes_not_figures() -> None:
    tubes = [
        tube(row("NK", 150.0), row("NK bright", 150.0), row("CD3-", 100.0), seed=0),
        tube(row("NK", 100.0), row("NK bright", 100.0), row("CD3-", 500.0), seed=1),
    ]
    silent = found(measured(tubes), "nominal", ANY_FIGURE).silent
    assert silent is not None
    assert silent.value == 50.0, "CD3- is in no visit table"


def test_overall_is_over_all_tubes_of_the_conditions_and_not_of_the_series() -> None:
    from tregate.pipelines.validation.tubes import Series

    tubes = [
        tube(row("NK", 110.0), condition="nominal"),
        tube(row("NK", 100.0), condition="nk_few", seed=0),
        tube(row("NK", 90.0), condition="nk_few", seed=1),
        tube(row("NK", 900.0), condition="blood 1:2", series=Series.DILUTION),
    ]
    measures = measured(tubes)
    assert list(dict.fromkeys(m.condition for m in measures)) == ["nominal", "nk_few", OVERALL]
    overall = found(measures, OVERALL, "NK")
    assert overall.tubes == 3
    assert overall.bias is not None
    assert overall.bias.value == pytest.approx(0.0)


def test_a_tube_that_failed_is_flagged_and_measures_nothing() -> None:
    nothing = Comparison("NK", "", None, None, False, None, ("failed_read",))
    nk = found(measured([tube(nothing, fault="truncated"), tube(row("NK", 100.0), seed=1)]), "nominal", "NK")
    assert (nk.tubes, nk.with_figure, nk.flagged) == (2, 1, 1)
    assert nk.f1 == 1.0


# ---------------------------------------------------------------- what is asked


def judged(condition: str, *rows: Comparison) -> tuple[str, ...] | None:
    tubes = [tube(one, condition=condition, seed=seed) for seed, one in enumerate(rows)]
    return misses(found(measured(tubes), condition, rows[0].population))


def test_nominal_nk_bright_just_meets() -> None:
    good = row("NK bright", 105.0, overlap=(100, 100, 94))
    assert judged("nominal", good, good) == ()


def test_nominal_nk_bright_misses_f1_and_bias() -> None:
    bad = row("NK bright", 105.1, overlap=(100, 100, 93))
    assert judged("nominal", bad, bad) == ("f1", "bias")


def test_coverage_is_missed_where_many_intervals_fail_and_not_for_one() -> None:
    good, off = row("CD4+", 100.0, half=1.0), row("CD4+", 101.1, half=1.0)
    assert judged("nominal", *[good] * 19, off) == ()
    assert judged("nominal", *[good] * 10, *[off] * 10) == ("coverage",)


def test_elsewhere_the_bias_may_be_twice_as_large() -> None:
    assert judged("nk_few", row("NK", 103.0), row("NK", 103.0)) == ()
    assert judged("nk_few", row("NK", 103.1), row("NK", 103.1)) == ("bias",)


def test_elsewhere_flagged_tubes_excuse_a_bias() -> None:
    flagged, fine, off = row("NK", 150.0, flags=("x",)), row("NK", 101.0), row("NK", 110.0)
    assert judged("nk_few", flagged, flagged) == ()
    assert judged("nk_few", flagged, fine) == ()
    assert judged("nk_few", flagged, off) == ("bias",)


def test_elsewhere_coverage_is_asked_too() -> None:
    good, off = row("CD4+", 100.0, half=1.0), row("CD4+", 101.1, half=1.0)
    assert judged("cd25_dim", *[good] * 10, *[off] * 10) == ("coverage",)


def test_a_nominal_tube_has_no_excuse() -> None:
    assert judged("nominal", row("NK", 102.0, flags=("x",))) == ("bias",), "a nominal tube has no reason to be flagged"


def test_nothing_is_asked_of_other_populations() -> None:
    assert judged("nominal", row("B", 300.0)) is None


def test_silent_failures_of_a_condition() -> None:
    silent = [tube(row("NK", 150.0 if seed == 0 else 100.0), seed=seed) for seed in range(50)]
    assert misses(found(measured(silent), "nominal", ANY_FIGURE)) == ("silent",)
    loud = [tube(row("NK", 100.0), seed=seed) for seed in range(50)]
    assert misses(found(measured(loud), "nominal", ANY_FIGURE)) == ()


def test_overall_asks_for_less_than_the_conditions() -> None:
    tubes = [
        tube(row("NK", 150.0 if (c, s) == ("nominal", 0) else 100.0), condition=c, seed=s)
        for c in ("nominal", "nk_few")
        for s in range(100)
    ]
    measures = measured(tubes)
    assert misses(found(measures, "nominal", ANY_FIGURE)) == (), "1 % of a condition"
    assert misses(found(measures, OVERALL, ANY_FIGURE)) == ("silent",), "0.5 % overall"
