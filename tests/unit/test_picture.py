"""Binned densities: all that a page needs to draw a gate."""

from pathlib import Path

import numpy as np
import pytest
from spec_tables import strategy_of

from tregate.fixtures.fcs import Encoding, Parameter, write_fcs
from tregate.gating.binned_density import BINNED, BINS, _bins
from tregate.gating.engine import gate
from tregate.gating.events import Density, Gated
from tregate.gating.geometry.scaled import to_scaled
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read

STRATEGY = """
strategy: pictures
compensation: none
panel: {markers: {CD3: , CD4: , CD8: }}
scales: {default: {kind: log, top: 1024, decades: 3}, CD4: {kind: logicle, top: 1024}, FSC-A: {kind: linear, top: 1024}}
populations:
  by scatter: {parent: all, axes: [CD3], gate: {kind: range, low: 10}}
  shown: {parent: all, axes: [CD4], gate: {kind: range, low: 10}, show: CD8}
  two: {parent: all, axes: [CD3, CD4], gate: {kind: box, sides: [[10, 100], [10, 100]]}}
  three: {parent: two, axes: [CD3, CD4, CD8], gate: {kind: box, sides: [[1, 100], [1, 100], [1, null]]}}
  logic: {all_of: [two, three]}
"""


def drawn(folder: Path, n: int, scatter: bool = True) -> tuple[Gated, np.ndarray]:
    rng = np.random.default_rng(7)
    values = np.exp(rng.normal(3, 1.2, (n, 4))) - 3
    names = [Parameter("FSC-A" if scatter else "Other", "", 1024)]
    names += [Parameter(f"FL{i}-A", marker, 1024) for i, marker in enumerate(("CD3", "CD4", "CD8"))]
    path = folder / "drawn.fcs"
    write_fcs(path, values, names, Encoding())
    strategy = strategy_of(STRATEGY)
    return gate(prepare(read(path), strategy), strategy, densities=True), values


def of(gated: Gated, population: str) -> Density:
    (found,) = [density for density in gated.densities if density.population == population]
    return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gated, np.ndarray]:
    return drawn(tmp_path_factory.mktemp("small"), 3000)


def test_every_shape_has_a_density_and_logic_has_none(small: tuple[Gated, np.ndarray]) -> None:
    assert [d.population for d in small[0].densities] == ["by scatter", "shown", "two", "three"]


@pytest.mark.parametrize(
    ("population", "x", "y"),
    [("by scatter", "CD3", None), ("shown", "CD4", "CD8"), ("two", "CD3", "CD4"), ("three", "CD3", "CD4")],
)
def test_axes_are_the_gate_s_first_two_or_what_the_strategy_shows(
    population: str, x: str, y: str | None, small: tuple[Gated, np.ndarray]
) -> None:
    density = of(small[0], population)
    assert density.x.marker == x
    assert (density.y.marker if density.y is not None else None) == y
    assert density.counts.shape == (BINS, BINS if y else 1)


def test_every_event_of_the_parent_is_in_a_bin_also_what_lies_off_the_axis(small: tuple[Gated, np.ndarray]) -> None:
    """Some events are below zero, which a log axis cannot show: they are in its outermost bin."""
    gated, values = small
    assert (values[:, 1] <= 0).any()
    for population, parent in (("by scatter", 3000), ("two", 3000), ("three", gated.events[of(gated, "three").parent])):
        assert of(gated, population).counts.sum() == parent
    off_axis = int((values[:, 1] <= 0).sum())
    assert of(gated, "two").counts[0].sum() >= off_axis


def test_bins_hold_what_lies_between_their_edges(small: tuple[Gated, np.ndarray]) -> None:
    gated, values = small
    density = of(gated, "shown")
    at = to_scaled(density.x.scale, values[:, 2].astype(np.float32).astype(float))
    low, high = np.linspace(*density.x_ends, BINS + 1)[[40, 60]]
    assert density.counts[40:60].sum() == ((at >= low) & (at < high)).sum()


def test_a_large_parent_is_thinned(tmp_path: Path) -> None:
    gated, _ = drawn(tmp_path, 6 * BINNED)
    total = int(of(gated, "two").counts.sum())
    assert BINNED <= total <= 2 * BINNED


def test_an_empty_parent_has_an_empty_picture(tmp_path: Path) -> None:
    gated, _ = drawn(tmp_path, 0)
    assert all(int(density.counts.sum()) == 0 for density in gated.densities)
    assert len(gated.densities) == 4


def test_bins_are_those_of_numpy_s_histogram_but_for_rounding_at_an_edge() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        low, width = rng.uniform(-3, 3), 10 ** rng.uniform(-9, 3)
        edges = np.linspace(low, low + width, BINS + 1)
        ends = (float(edges[0]), float(edges[-1]))
        at = _bins(edges, ends)
        assert np.all(np.abs(at - np.arange(BINS + 1).clip(0, BINS - 1)) <= 1)
        values = np.append(
            low + width * (rng.integers(-BINS, 2 * BINS, 2000) + rng.uniform(0.01, 0.99, 2000)) / BINS,
            [np.inf, -np.inf],
        )
        expected = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
        assert np.array_equal(np.bincount(_bins(values, ends), minlength=BINS), expected)
