"""Published data sets with outputs of R that were published for them: nlme, lme4, lmerTest and mcr (docs/sources.md).

The data are in published_r.json, each list a group and, where there are two levels, a list of its subgroups.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tregate.pipelines.statistics.method_agreement import passing_bablok
from tregate.pipelines.time_tests.mixed_model import mixed_model
from tregate.pipelines.validation.nested_anova import nested_anova
from tregate.pipelines.visit_tests.subject_models import fit_visits

DATA: dict[str, Any] = json.loads((Path(__file__).parent / "published_r.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "between", "within"),
    [
        # lme(travel ~ 1, random = ~ 1 | Rail) of nlme: StdDev 24.80547 4.020779
        ("Rail", 24.80547, 4.020779),
        # lmer(Yield ~ 1 + (1 | Batch)) of lme4: Std.Dev. 42.00 49.51
        ("Dyestuff", 42.00, 49.51),
    ],
)
def test_components_of_one_factor_are_those_of_r(name: str, between: float, within: float) -> None:
    groups = DATA[name]
    level = [number for number, group in enumerate(groups) for _ in group]
    values = [value for group in groups for value in group]
    found = nested_anova(values, ["one"] * len(values), [level], ["group"])
    assert found is not None
    assert found.sds[0] == pytest.approx(between, abs=5e-3 if within > 40 else 5e-6)
    assert found.repeat == pytest.approx(within, abs=5e-3 if within > 40 else 5e-7)


@pytest.mark.parametrize(
    ("name", "sds", "digits"),
    [
        # lmer(strength ~ 1 + (1 | batch/cask)) of lme4: batch 1.2874, cask:batch 2.9041, Residual 0.8234
        ("Pastes", (1.2874, 2.9041, 0.8234), 4),
        # lme(Thickness ~ 1, random = ~ 1 | Lot/Wafer) of nlme: 11.39768, 5.988802, 3.545341
        ("Oxide", (11.39768, 5.988802, 3.545341), 5),
    ],
)
def test_components_of_a_nested_design_are_those_of_r(name: str, sds: tuple[float, ...], digits: int) -> None:
    rows = [(i, j, v) for i, group in enumerate(DATA[name]) for j, own in enumerate(group) for v in own]
    outer, inner, values = (list(column) for column in zip(*rows, strict=True))
    found = nested_anova(values, ["one"] * len(values), [outer, inner], ["outer", "inner"])
    assert found is not None
    assert (*found.sds, found.repeat) == pytest.approx(sds, abs=0.6 * 10**-digits)
    assert found.total == pytest.approx(np.sqrt(np.square(sds).sum()), rel=1e-4)


def test_the_mixed_model_of_visits_is_that_of_nlme() -> None:
    """lme(effort ~ Type, random = ~ 1 | Subject), 9 subjects and 4 stools: F 22.3556 on 3 and 24."""
    table = np.array(DATA["ergoStool"], dtype=float)
    outcome = mixed_model(table)
    assert "F(3, 24) = 22.36" in outcome.method
    assert outcome.p_value == pytest.approx(3.93e-07, rel=5e-3)
    design = np.column_stack([np.ones(36), *(np.tile(np.arange(4) == visit, 9) for visit in (1, 2, 3))]).astype(float)
    fit = fit_visits(table.ravel(), design, np.repeat(np.arange(9), 4))
    assert fit is not None
    assert fit.how == ""
    scale = table.std()
    assert scale * fit.estimates == pytest.approx([3.888889, 2.222222, 0.666667], abs=1e-6)
    assert scale * np.sqrt(np.diag(fit.covariance)) == pytest.approx([0.5186838] * 3, rel=1e-5)
    assert fit.covariance[0, 1] / fit.covariance[0, 0] == pytest.approx(0.50, abs=5e-3)


@pytest.mark.parametrize(
    ("name", "times", "slope", "error"),
    [
        # lme(distance ~ age, random = ~ 1 | Subject) of nlme
        ("Orthodont", (8, 10, 12, 14), 0.660185, 0.0616059),
        # lmer(Reaction ~ Days + (1 | Subject)) of lme4
        ("sleepstudy", tuple(range(10)), 10.4673, 0.8042),
    ],
)
def test_a_trend_with_random_subjects_is_that_of_r(
    name: str, times: tuple[int, ...], slope: float, error: float
) -> None:
    table = np.array(DATA[name], dtype=float)
    n, m = table.shape
    design = np.column_stack([np.ones(n * m), np.tile(np.array(times, dtype=float), n)])
    fit = fit_visits(table.ravel(), design, np.repeat(np.arange(n), m))
    assert fit is not None
    assert table.std() * fit.estimates[0] == pytest.approx(slope, rel=5e-6)
    assert table.std() * np.sqrt(fit.covariance[0, 0]) == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "slope", "slope_limits", "intercept", "intercept_limits"),
    [
        ("mcr", 0.9987917, (0.9710559, 1.027696), 57.2280851, (-8.774619, 125.435582)),
        ("mcr20", 1.0050, (0.9848077, 1.0265805), None, None),
    ],
)
def test_passing_bablok_is_that_of_mcr_and_its_limits_are_half_a_rank_wider(
    name: str,
    slope: float,
    slope_limits: tuple[float, float],
    intercept: float | None,
    intercept_limits: tuple[float, float] | None,
) -> None:
    """mcreg(x, y, method.reg = "PaBa", method.ci = "analytical") of mcr.

    Passing & Bablok take the slopes of ranks M1 and M2, mcr the mean of each and of the next one inside.
    """
    x, y = (np.array(DATA[name][axis], dtype=float) for axis in "xy")
    line = passing_bablok(x, y)
    assert line is not None
    assert line.slope == pytest.approx(slope, abs=5e-5 if name == "mcr20" else 1e-6)
    first, second = np.triu_indices(len(x), 1)
    slopes = np.sort((y[second] - y[first]) / (x[second] - x[first]))
    low, high = line.slope_limits
    inside = slopes[np.searchsorted(slopes, low, side="right")], slopes[np.searchsorted(slopes, high) - 1]
    of_mcr = (low + inside[0]) / 2, (high + inside[1]) / 2
    assert of_mcr == pytest.approx(slope_limits, abs=1e-6)
    if intercept is not None and intercept_limits is not None:
        assert line.intercept == pytest.approx(intercept, abs=1e-3)
        ends = tuple(float(np.median(y - b * x)) for b in reversed(of_mcr))
        assert ends == pytest.approx(intercept_limits, abs=1e-3)
        assert line.intercept_limits[0] <= ends[0] <= ends[1] <= line.intercept_limits[1]
