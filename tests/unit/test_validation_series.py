"""Linearity, repeatability and limit of quantification against numbers worked out by hand."""

import math
import statistics

import pytest
from validated import row, tube

from tregate.pipelines.validation.series import (
    ErrorBin,
    errors_by_events,
    limit_of_quantification,
    linearity,
    plotted,
    repeatability,
)
from tregate.pipelines.validation.tubes import Series, ValidatedTube


def diluted(*pairs: tuple[float, float | None]) -> list[ValidatedTube]:
    return [
        tube(row("NK", value, truth), condition=f"blood at {truth:g}", seed=i, series=Series.DILUTION)
        for i, (truth, value) in enumerate(pairs)
    ]


def test_a_figure_twice_the_truth_is_linear_with_slope_one() -> None:
    fit = linearity(diluted((100, 200), (50, 100), (25, 50)), "NK")
    assert fit is not None
    assert fit.slope == pytest.approx(1.0)
    assert fit.intercept == pytest.approx(math.log(2))
    assert fit.r_squared == pytest.approx(1.0)
    assert fit.worst == pytest.approx(100.0)


def test_a_figure_that_lags_behind_has_the_slope_of_its_power() -> None:
    fit = linearity(diluted(*[(t, 10 * math.sqrt(t)) for t in (100, 25, 4, 1)]), "NK")
    assert fit is not None
    assert fit.slope == pytest.approx(0.5)
    assert fit.worst == pytest.approx(900.0)
    assert fit.worst_at == "blood at 1"


def test_steps_without_a_figure_are_counted_but_not_fitted() -> None:
    fit = linearity(diluted((100, 100), (50, 50), (25, 25), (12, None), (6, 0.0)), "NK")
    assert fit is not None
    assert (fit.tubes, fit.made) == (3, 5)
    assert linearity(diluted((100, 100), (50, 50), (25, None)), "NK") is None


def test_repeatability_is_over_nominal_tubes_only() -> None:
    tubes = [tube(row("NK", value, half=5.0), seed=i) for i, value in enumerate((90.0, 100.0, 110.0))]
    tubes.append(tube(row("NK", 500.0), condition="monocytosis"))
    fit = repeatability(tubes, "NK")
    assert fit is not None
    assert (fit.tubes, fit.mean) == (3, 100.0)
    assert fit.cv == pytest.approx(10.0)
    expected = statistics.fmean(math.log((v + 5) / (v - 5)) / 2 / 1.96 for v in (90.0, 100.0, 110.0))
    assert fit.counting_cv == pytest.approx(100 * expected)


def test_one_tube_tells_nothing_of_repeatability() -> None:
    assert repeatability([tube(row("NK", 100.0))], "NK") is None


def test_errors_by_events_leave_out_hard_conditions_and_thin_bins() -> None:
    def at(events: int, value: float, condition: str = "nominal") -> ValidatedTube:
        return tube(row("NK", value, overlap=(events, events, events)), condition=condition)

    tubes = [at(60, 130), at(70, 90), at(60, 100), at(200, 150), at(60, 900, "monocytosis")]
    assert errors_by_events(tubes, ["NK"]) == (ErrorBin(50, 75, 3, pytest.approx(math.sqrt((30**2 + 10**2) / 3))),)


def test_the_limit_is_where_no_larger_bin_is_worse() -> None:
    bins = [ErrorBin(5, 10, 5, 15.0), ErrorBin(10, 20, 5, 30.0), ErrorBin(20, 35, 5, 19.0), ErrorBin(35, 50, 5, 9.0)]
    assert limit_of_quantification(bins) == 20
    assert limit_of_quantification(bins[:2]) is None
    assert limit_of_quantification([]) is None


def test_pictures_are_of_what_something_is_asked_of() -> None:
    assert plotted([tube(row("B", 1.0), row("NK", 1.0), row("CD3-", 1.0))]) == ("NK",)
    assert plotted([tube(row("B", 1.0), row("CD3-", 1.0))]) == ("B",)
    assert plotted([tube(row("CD3-", 1.0))]) == ("CD3-",)
