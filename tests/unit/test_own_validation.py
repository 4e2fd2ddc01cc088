"""Figures of a laboratory's own validation, against independent calculations and against tubes of known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from tregate.pipelines.statistics.variance_components import log_sd
from tregate.pipelines.validation.detection import limit_of_blank, limit_of_detection
from tregate.pipelines.validation.linear_fit import linear_fit
from tregate.pipelines.validation.nested_anova import nested_anova
from tregate.pipelines.validation.own_design import Acceptance, Point
from tregate.pipelines.validation.own_figures import Measured, Value, lines_of
from tregate.pipelines.validation.own_lines import Line, lines_table


def test_nested_components_are_those_of_statsmodels() -> None:
    """Balanced: 3 specimens, 4 days within each, 2 repeats; mean squares by an independent analysis of variance."""
    rng = np.random.default_rng(1)
    rows = [
        (f"s{s}", f"d{d}", 10 * s + day + rng.normal(0, 0.5))
        for s in range(3) for d in range(4) for day in [rng.normal(0, 1.0)] for _ in range(2)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["specimen", "day", "y"])
    found = nested_anova(frame.y.tolist(), frame.specimen.tolist(), [frame.day.tolist()], ["day"])
    assert found is not None
    table = anova_lm(ols("y ~ C(specimen) + C(specimen):C(day)", frame).fit())
    rest = table.loc["Residual", "sum_sq"] / table.loc["Residual", "df"]
    days = table.loc["C(specimen):C(day)", "sum_sq"] / 9
    assert found.repeat == pytest.approx(np.sqrt(rest))
    assert found.sds[0] == pytest.approx(np.sqrt(max(days - rest, 0) / 2))
    assert found.total == pytest.approx(np.sqrt(rest + max(days - rest, 0) / 2))


def test_an_unbalanced_design_gives_unbiased_components() -> None:
    """Instruments, days and repeats of unequal numbers: means over 400 draws are the variances that were put in."""
    rng = np.random.default_rng(2)
    sizes = [[(3, 2, 1), (2, 2)], [(4,), (1, 2, 3)], [(2, 2, 2)], [(1, 3), (2, 1)]]
    wanted = {"instrument": 4.0, "day": 2.0, "repeat": 1.0}
    sums = dict.fromkeys(wanted, 0.0)
    draws = 400
    for _ in range(draws):
        values, specimens, instruments, days = [], [], [], []
        for s, of_specimen in enumerate(sizes):
            for i, of_instrument in enumerate(of_specimen):
                machine = rng.normal(0, np.sqrt(wanted["instrument"]))
                for d, repeats in enumerate(of_instrument):
                    day = rng.normal(0, np.sqrt(wanted["day"]))
                    values += list(100 * s + machine + day + rng.normal(0, 1, repeats))
                    specimens += [s] * repeats
                    instruments += [i] * repeats
                    days += [d] * repeats
        found = nested_anova(values, specimens, [instruments, days], ["instrument", "day"])
        assert found is not None
        assert found.factors == ("instrument", "day")
        assert found.n == len(values)
        for name, sd in zip(("instrument", "day", "repeat"), (*found.sds, found.repeat), strict=True):
            sums[name] += sd**2 / draws
    assert sums["repeat"] == pytest.approx(wanted["repeat"], rel=0.1)
    # cut at 0, the others are a little high
    assert wanted["day"] * 0.9 < sums["day"] < wanted["day"] * 1.35
    assert wanted["instrument"] * 0.85 < sums["instrument"] < wanted["instrument"] * 1.35


def test_a_line_and_its_lack_of_fit_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(3)
    x = np.repeat([0.0, 25, 50, 75, 100], 3)
    y = 4 + 0.9 * x + 0.002 * x**2 + rng.normal(0, 1.5, len(x))
    found = linear_fit(x, y)
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    assert (found.intercept, found.slope) == pytest.approx(tuple(fit.params))
    intervals = fit.conf_int()
    assert found.intercept_limits == pytest.approx(tuple(intervals[0]))
    assert found.slope_limits == pytest.approx(tuple(intervals[1]))
    frame = pd.DataFrame({"x": x, "y": y})
    compared = anova_lm(ols("y ~ x", frame).fit(), ols("y ~ C(x)", frame).fit())
    assert found.lack_of_fit_f == pytest.approx(compared["F"].iloc[1])
    assert found.lack_of_fit_p == pytest.approx(compared["Pr(>F)"].iloc[1])
    assert found.lack_of_fit_df == (3, 10)


def test_limit_of_blank_is_the_rank_of_the_standard() -> None:
    """60 blanks: rank 57.5, the mean of the 57th and 58th [Linnet & Kondratovich 2004]."""
    blanks = np.random.default_rng(4).exponential(1, 60)
    ordered = np.sort(blanks)
    assert limit_of_blank(blanks.tolist()) == pytest.approx((ordered[56] + ordered[57]) / 2)
    assert limit_of_blank([0.0, 1.0, 2.0]) is None


def test_limit_of_detection_pools_the_low_specimens() -> None:
    low = [[2.0, 2.5, 3.0, 2.2], [1.8, 2.4, 2.6, 2.0]]
    pooled = np.sqrt(np.mean([np.var(one, ddof=1) for one in low]))
    assert limit_of_detection(0.7, low) == pytest.approx(0.7 + 1.6448536269514722 / (1 - 1 / (4 * 6)) * pooled)
    assert limit_of_detection(0.7, [[1.0]]) is None


def value(
    experiment: str, specimen: str, found: float, at: float | None = None, sequence: str = "", **factors: str
) -> Value:
    every = {name: factors.get(name, "") for name in ("instrument", "lot", "operator", "day", "repeat")}
    return Value(Point(experiment, ("S", "V"), specimen, every, at, sequence), found)


def lines(values: list[Value], limits: Acceptance | None = None, ratio: bool = True) -> list[Line]:
    return list(lines_of(Measured("treg_per_ul", ratio, "cells/µL", values, limits or Acceptance())))


def test_precision_holds_the_truth_and_is_judged_by_the_interval() -> None:
    rng = np.random.default_rng(5)
    values = [
        value("precision", specimen, float(level * np.exp(between + rng.normal(0, 0.06))), day=f"d{day}")
        for specimen, level in (("low", 20), ("high", 90))
        for day in range(20)
        for between in [rng.normal(0, 0.08)]
        for _ in range(3)
    ]
    reported = {
        (one.group, one.statistic): one for one in lines(values, Acceptance(repeatability=15, within_laboratory=10))
    }
    repeatability = reported["", "repeatability"]
    within = reported["", "within-laboratory precision"]
    assert log_sd(repeatability.low or 0) < 0.06 < log_sd(repeatability.high or 0)
    assert log_sd(within.low or 0) < 0.1 < log_sd(within.high or 0)
    assert repeatability.verdict == "within the limit"
    assert within.verdict == "undecided: the interval holds the limit"
    assert within.judged(2).verdict == "beyond the limit"
    assert {group for group, _ in reported} == {"", "low", "high"}
    assert {statistic for _, statistic in reported} >= {"between levels of day"}


def test_values_without_repeats_say_so() -> None:
    (one,) = lines([value("precision", "s", 5.0, day="1"), value("precision", "s", 6.0, day="2")])
    assert one.estimate is None
    assert one.note == "no two values share specimen and all factors"


def test_detection_capability() -> None:
    blanks = [value("blank", "buffer", one) for one in (0.0, 0.1, 0.1, 0.2, 0.3)]
    low = [
        value("low", name, one)
        for name, own in (("a", (0.5, 1.0, 1.6)), ("b", (4.0, 4.2, 4.4)), ("c", (9.0, 9.9, 9.3)))
        for one in own
    ]
    reported = {one.statistic: one for one in lines([*blanks, *low], Acceptance(lloq=5, lloq_cv=20)) if not one.group}
    assert reported["LoB"].estimate == pytest.approx(0.3)
    assert reported["LoD"].estimate is not None
    assert reported["LLOQ"].estimate == pytest.approx(4.2)
    assert reported["LLOQ"].verdict == "within the limit"


def test_carry_over_is_that_of_the_sequences() -> None:
    run = [("high", 100.0), ("high", 102.0), ("high", 101.0), ("low", 3.0), ("low", 2.1), ("low", 2.0)]
    values = [value("carry_over", name, found, float(i), "1") for i, (name, found) in enumerate(run)]
    (one,) = lines(values, Acceptance(carry_over=2))
    assert one.estimate == pytest.approx(100 * (3.0 - 2.0) / (101.0 - 2.0))
    assert one.verdict == "within the limit"


def test_stability_is_the_change_of_each_specimen() -> None:
    values = [
        value("stability", f"s{i}", start * (1 if hours == 0 else 0.8), float(hours))
        for i, start in enumerate((10.0, 20.0, 40.0)) for hours in (0, 24)
    ]  # fmt: skip
    (one,) = lines(values, Acceptance(stability=10))
    assert (one.group, one.n) == ("24 h", 3)
    assert one.estimate == pytest.approx(-20)
    assert one.verdict == "beyond the limit"


def test_linearity_names_the_level_that_is_farthest_from_the_line() -> None:
    values = [
        value("linearity", "s", found, at)
        for at, found in ((0, 0.0), (25, 26), (50, 50), (100, 99), (25, 25), (100, 101))
    ]
    reported = {one.statistic: one for one in lines(values, Acceptance(nonlinearity=10))}
    assert reported["largest deviation from the line"].note == "at 25"
    assert reported["largest deviation from the line"].verdict == "within the limit"
    assert reported["slope"].low is not None


def test_the_table_has_the_order_of_the_headings() -> None:
    values = [
        *(value("stability", "s", 1.0, hours) for hours in (0.0, 2.0)),
        *(value("precision", "s", found) for found in (1.0, 2.0)),
    ]
    assert [row["section"] for row in lines_table(lines(values)).records()] == ["precision", "precision", "stability"]
