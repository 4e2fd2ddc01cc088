"""Quantiles, medians and histograms of sorted values against NumPy's own."""

import numpy as np
import pytest

from tregate.gating.order_statistics import ascending, even_counts, median, quantiles


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1001, 20_000])
def test_as_numpy_says(n: int) -> None:
    values = np.random.default_rng(n).normal(0.4, 0.2, (3, n))
    shares = [0.0, 0.0005, 0.1, 0.25, 0.5, 0.77, 0.999, 1.0]
    ordered = np.sort(values, axis=1)
    assert np.array_equal(quantiles(ordered, shares), np.quantile(values, shares, axis=1))
    assert np.array_equal(quantiles(ordered[0], shares), np.quantile(values[0], shares))
    assert median(values[0]) == np.median(values[0])


def test_bins_hold_what_numpys_hold() -> None:
    values = np.sort(np.append(np.random.default_rng(3).normal(0.4, 0.2, 5000), np.linspace(0, 1, 65)))
    centres, counts = even_counts(values, 0.0, 1.0, 64)
    expected, edges = np.histogram(values, bins=64, range=(0.0, 1.0))
    assert np.array_equal(counts, expected)
    assert np.allclose(centres, (edges[:-1] + edges[1:]) / 2)


@pytest.mark.parametrize("values", [[], [3.0], [1.0, 1.0, 2.0], [2.0, 1.0, 3.0], [1.0, 2.0, 1.0]])
def test_ascending_values_ascend(values: list[float]) -> None:
    assert ascending(np.array(values)).tolist() == sorted(values)
