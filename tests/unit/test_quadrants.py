"""Quadrant gates: four populations that two thresholds divide and that move together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tregate.fixtures.tube import make_tube
from tregate.gating.engine import gate
from tregate.gating.errors import ConfigurationError
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import strategy_from
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.gating.units import PopulationName

HEAD = """strategy: quadrants
panel: {markers: {CD3: CD3, CD4: CD4, CD25: CD25}}
populations:
  CD3+: {parent: all, axes: [CD3], gate: {kind: range, low: 3000}}
"""


def strategy(line: str) -> Strategy:
    return strategy_from(parse_yaml(HEAD + line, "own.yaml"), Path())


FIXED = "  q: {parent: CD3+, axes: [CD4, CD25], gate: {kind: quadrant, x: 4000, y: 900}}"
PLACED = (
    "  q: {parent: CD3+, axes: [CD4, CD25], gate: {kind: quadrant, x: {kind: valley, otherwise: 4000},"
    " y: {kind: tail, spread: 2}, names: [neither, CD4 only, CD25 only, both]}}"
)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (FIXED, ["CD4-CD25-", "CD4+CD25-", "CD4-CD25+", "CD4+CD25+"]),
        (PLACED, ["neither", "CD4 only", "CD25 only", "both"]),
    ],
)
def test_the_four_divide_the_parent_by_two_thresholds(line: str, names: list[str], tmp_path: Path) -> None:
    path = make_tube("treg", "nominal", seed=6, events=20_000).write(tmp_path / "treg.fcs")
    one = strategy(line)
    found = gate(prepare(read(path), one), one)
    masks = [found.mask(PopulationName(name)) for name in names]
    parent, x, y = (found.mask(PopulationName(name)) for name in ("CD3+", "q: CD4", "q: CD25"))
    assert np.array_equal(np.sum(masks, axis=0), parent.astype(int)), "no event twice, none lost"
    for mask, (above_x, above_y) in zip(masks, [(0, 0), (1, 0), (0, 1), (1, 1)], strict=True):
        assert np.array_equal(mask, parent & (x == bool(above_x)) & (y == bool(above_y)))
    assert min(mask.sum() for mask in masks) > 5


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("{kind: quadrant, x: 1}", "needs `y`"),
        ("{kind: quadrant, x: 1, y: 2, z: 3}", "has no key `z`"),
        ("{kind: quadrant, x: 1, y: {kind: valley, keep: below}}", "`y` of a quadrant gate keeps what lies above"),
        ("{kind: quadrant, x: 1, y: 2, names: [a, b]}", "`names` of a quadrant gate are four"),
        ("{kind: quadrant, x: 1, y: 2, names: [a, b, c, CD3+]}", '"CD3+" of a quadrant gate is there already'),
        ("{kind: quadrant, x: true, y: 2}", "needs `x`"),
        ("{kind: quadrant, x: 1, y: {kind: nonsense}}", "nonsense"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(gate: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        strategy(f"  q: {{parent: CD3+, axes: [CD4, CD25], gate: {gate}}}")
    assert any(said in str(problem) and problem.line in (3, 5) for problem in refused.value.problems), refused.value


def test_a_parent_that_is_none_is_named() -> None:
    with pytest.raises(ConfigurationError, match='refers to "CD99", which does not exist'):
        strategy("  q: {parent: CD99, axes: [CD4, CD25], gate: {kind: quadrant, x: 1, y: 2}}")


def test_a_strategy_that_was_written_out_stays_as_it_is() -> None:
    one = strategy(FIXED)
    plain: dict[str, Any] = one.model_dump(exclude_unset=True)
    assert Strategy.model_validate(plain) == one
