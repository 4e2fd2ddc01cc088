"""The slope between two groups: right under noise of both channels, outliers and few events, with a true interval."""

import numpy as np
import pytest

from tregate.gating.controls.slope import grouped_slope


def two_groups(seed: int, n: int = 2000, slope: float = 0.3, photon: float = 15.0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    positive = np.arange(n) % 2 == 0
    true = np.where(positive, 40_000 * np.exp(0.4 * rng.standard_normal(n)), 0.0) + 200
    x = true + np.sqrt(photon * true) * rng.standard_normal(n)
    light = slope * true
    y = light + 100 + np.sqrt(photon * light) * rng.standard_normal(n)
    return x, y, positive


def test_photon_noise_of_the_own_channel_does_not_flatten_the_slope() -> None:
    """With noise as large as in dim detectors least squares loses 1 %, thirty of its errors; the grouped slope none."""
    found, least_squares = [], []
    for seed in range(60):
        x, y, positive = two_groups(seed, photon=400.0)
        found.append(grouped_slope(x, y, positive).value)
        least_squares.append(np.polyfit(x[positive], y[positive], 1)[0])
    assert np.mean(found) == pytest.approx(0.3, abs=0.0003)
    assert np.mean(least_squares) < 0.29


def test_the_interval_holds_the_truth_in_95_of_100() -> None:
    held = 0
    for seed in range(400):
        slope = grouped_slope(*two_groups(seed, n=400))
        held += slope.low <= 0.3 <= slope.high
    assert 0.92 <= held / 400 <= 0.98


def test_a_tenth_of_events_far_above_the_line_moves_nothing_and_is_counted() -> None:
    x, y, positive = two_groups(1)
    dirty = y.copy()
    odd = np.flatnonzero(positive)[::10]
    dirty[odd] += 30_000
    clean, found = grouped_slope(x, y, positive), grouped_slope(x, dirty, positive)
    assert found.value == pytest.approx(clean.value, abs=3 * clean.error)
    assert found.above == pytest.approx(0.1, abs=0.01)


def test_groups_that_give_no_slope_are_refused() -> None:
    values = np.ones(10)
    with pytest.raises(ValueError, match="negative and positive"):
        grouped_slope(values, values, np.ones(10, dtype=bool))
    with pytest.raises(ValueError, match="not brighter"):
        grouped_slope(values, values, np.arange(10) > 4)
