"""What every method keeps to: order of events, gain and repetition change nothing that they should not."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from placed_cells import TOP, GatedCells, cells, gated_cells, linear

from tregate.gating.geometry.shapes import Box, Ellipse, Polygon, Quadric, Range, Shape, Slices
from tregate.gating.placement import FIXED, PLACES

FloatArray = npt.NDArray[np.float64]

T, REST = 4000, 6000
ALL_OF_THEM = T + REST


def columns(lift: float = 0.0) -> dict[str, FloatArray]:
    """T cells, then others; a small subset bright in CD25 and Foxp3 and dim in CD127 is at the T cells' head.

    `lift`: how much further up the scale Foxp3 lies.
    """
    rng = np.random.default_rng(7)
    area = np.concatenate([rng.normal(300_000, 25_000, T), rng.normal(450_000, 30_000, REST)])
    subset, dim = (500, 0.62, 0.04), T - 500
    return {
        "FSC-A": area,
        "FSC-H": 0.8 * area * rng.normal(1, 0.03, ALL_OF_THEM),
        "SSC-A": cells(1, (T, 0.35, 0.02), (REST, 0.6, 0.03)),
        "CD3": cells(2, (T, 0.7, 0.03), (REST, 0.3, 0.03)),
        "CD25": cells(3, subset, (dim, 0.42, 0.05), (REST, 0.3, 0.03)),
        "CD127": cells(4, (500, 0.36, 0.04), (dim, 0.56, 0.05), (REST, 0.3, 0.03)),
        "Foxp3": cells(5, (500, 0.50 + lift, 0.05), (dim, 0.32 + lift, 0.04), (REST, 0.32 + lift, 0.04)),
    }


GATES = {
    "valley": "axes: [CD3], gate: {kind: valley, keep: above}",
    "tail": "axes: [Foxp3], gate: {kind: tail, keep: above}",
    "reference": "axes: [Foxp3], gate: {kind: reference, of: rest, quantile: 0.99, keep: above}",
    "split": "axes: [Foxp3], gate: {kind: split, of: rest, keep: above}",
    "mixture": "axes: [CD3, SSC-A], gate: {kind: mixture, components: 4, take: {highest: CD3}}",
    "backgate": "axes: [FSC-A, SSC-A], gate: {kind: backgate, bright: CD3}",
    "diagonal": "axes: [CD25, CD127], gate: {kind: diagonal, guide: Foxp3}",
    "template": f"axes: [CD3, CD25], gate: {{kind: template, landmarks: {{T: [{linear(0.7)}, {linear(0.43)}]}},"
    " vertices: [[10000, 800], [200000, 800], [200000, 20000], [10000, 20000]]}",
    "singlets": "axes: [FSC-A, FSC-H], gate: {kind: singlets}",
}
ELSEWHERE = {"beads", "doublets", "steady", "borrow", "control", "learned"}
"""They need beads, time, other tubes or a model; their own unit tests show what moves them."""
ON_T = ("split", "diagonal", "tail")


def placed(kind: str, data: Mapping[str, FloatArray], top: float = TOP) -> GatedCells:
    parent = "T" if kind in ON_T else "all"
    return gated_cells(
        data,
        "  T: {parent: all, axes: [CD3], gate: {kind: range, low: 10000}}\n"
        "  rest: {parent: all, none_of: [T]}\n"
        f"  placed: {{parent: {parent}, {GATES[kind]}}}",
        top=top,
    )


def numbers(shape: Shape | None) -> list[float]:
    """The numbers of a shape in linear intensity."""
    match shape:
        case Range(_, low, high):
            return [edge for edge in (low, high) if edge is not None]
        case Box(sides):
            return [number for side in sides for number in numbers(side)]
        case Polygon(_, _, vertices):
            return [number for vertex in vertices for number in vertex]
        case Ellipse():
            return list(shape.center)
        case Quadric():
            return list(shape.at)
        case Slices() | None:
            raise AssertionError(shape)


def test_every_method_is_here_or_tells_why_not() -> None:
    assert set(GATES) | ELSEWHERE | set(FIXED) == set(PLACES)


@pytest.mark.parametrize("kind", GATES)
def test_the_order_of_events_does_not_matter(kind: str) -> None:
    data = columns()
    order = np.random.default_rng(1).permutation(ALL_OF_THEM)
    plain = placed(kind, data)
    shuffled = placed(kind, {name: column[order] for name, column in data.items()})
    assert numbers(shuffled.gate("placed").shape) == pytest.approx(numbers(plain.gate("placed").shape), rel=1e-5)
    assert (shuffled.mask("placed") == plain.mask("placed")[order]).mean() > 0.9999


@pytest.mark.parametrize("kind", GATES)
def test_the_same_input_twice_gives_the_same_gate(kind: str) -> None:
    first, second = placed(kind, columns()), placed(kind, columns())
    assert repr(first.gate("placed")) == repr(second.gate("placed"))
    assert first.gated.members["placed"].tobytes() == second.gated.members["placed"].tobytes()


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("share", [0.25, 0.0009765625])
def test_a_file_on_another_scale_has_the_same_gates_on_it(kind: str, share: float) -> None:
    """Top of scale and data a quarter, or a 1024th (a 10-bit file): every number that much, the same cells."""
    data = columns()
    plain = placed(kind, data)
    smaller = placed(kind, {name: column * share for name, column in data.items()}, TOP * share)
    expected = [number * share for number in numbers(plain.gate("placed").shape)]
    assert numbers(smaller.gate("placed").shape) == pytest.approx(expected, rel=2e-3)
    assert (smaller.mask("placed") == plain.mask("placed")).mean() > 0.999


@pytest.mark.parametrize("kind", ["valley", "tail", "reference", "split"])
@pytest.mark.parametrize("gain", [0.6, 1.4])
def test_a_gain_moves_a_threshold_by_the_gain(kind: str, gain: float) -> None:
    """The voltage of every detector is another: the threshold follows its cells, and the cells stay the same.

    So it is where the scale is logarithmic; about zero a gain alters how wide the negatives look.
    """
    data = columns(lift=0.15)
    plain = placed(kind, data)
    louder = placed(kind, {name: column * gain for name, column in data.items()})
    assert louder.threshold("placed") / plain.threshold("placed") == pytest.approx(gain, rel=0.06)
    assert louder.events("placed") == pytest.approx(plain.events("placed"), rel=0.06)


@pytest.mark.parametrize("kind", GATES)
def test_more_events_than_a_method_looks_at_give_nearly_the_same(kind: str) -> None:
    """Six of each event: a part of them is looked at."""
    data = columns()
    plain = placed(kind, data)
    many = placed(kind, {name: np.repeat(column, 6) for name, column in data.items()})
    assert many.events("placed") == pytest.approx(6 * plain.events("placed"), rel=0.03)
