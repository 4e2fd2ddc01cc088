"""Where a gate is, in words of the trade: what changes.csv and the review page list before and after a change."""

import numpy as np
import pytest

from tregate.gating.events import PlacedGate
from tregate.gating.geometry.scales import LinearScale
from tregate.gating.geometry.shapes import Axis, Box, Ellipse, Polygon, Quadric, Range, Shape, Slices
from tregate.gating.units import Marker, PopulationName
from tregate.pipelines.interchange.plain_gate import gate_to_plain
from tregate.pipelines.review.agreement import agreement, words_of
from tregate.pipelines.review.changes_table import place_words

CD25, CD127 = (Axis(Marker(name), LinearScale(1000.0)) for name in ("CD25", "CD127"))
ONE = np.eye(2).tolist()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Range(CD25, 100.0, None), "CD25 >= 100"),
        (Slices(CD25, ((None, 5.0), (7.0, 9.0))), "CD25 < 5, CD25 >= 7 and < 9"),
        (Box((Range(CD25, 100.0, 500.0), Range(CD127, None, 80.0))), "CD25 >= 100 and < 500; CD127 < 80"),
        (Polygon(CD25, CD127, ((1.0, 2.0), (9.0, 2.0), (5.0, 7.0))), "polygon, CD25 1 to 9, CD127 2 to 7"),
        (Ellipse((CD25, CD127), (300.0, 40.0), ONE, 4.0), "ellipse around CD25 300, CD127 40"),
        (Quadric((CD25,), 0.0, (1.0,), ((0.0,),), -1.25, (300.0,)), "learned gate, cut -1.25"),
    ],
)
def test_a_place_has_its_positions_and_who_placed_it(shape: Shape, words: str) -> None:
    gate = PlacedGate(PopulationName("Treg"), PopulationName("CD4+"), "by hand", shape, {}, "", "A. Reader", "dim")
    assert place_words(gate_to_plain(gate)) == f"{words} (A. Reader)"


def test_a_kappa_near_0_of_nearly_equal_choices_is_explained_and_never_minus_0() -> None:
    found = {**agreement([], {}), "gates": 336, "moved": 3, "differ": [{}] * 3, "alike": 333, "kappa": -0.004}
    assert "kappa of their choices 0.00 (333 of 336 choices are alike" in words_of(found)
    assert "alike" not in words_of({**found, "kappa": 0.72})
    assert "alike" not in words_of({**found, "alike": 200, "kappa": 0.1}), "readers who do not agree"
