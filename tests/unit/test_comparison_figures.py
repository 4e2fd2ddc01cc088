"""Figures of `tregate compare`: the line only where there are pairs enough, and axes that can be read."""

import re

import pytest

from tregate.pipelines.report.comparison_figures import agreement_figure, log_ticks
from tregate.pipelines.statistics.compared_methods import Pair


def pairs(number: int, measure: str = "treg_per_ul") -> list[Pair]:
    return [Pair((f"S{k:02}", "D1", measure), "A", 800.0 + 10 * k, 820.0 + 10 * k + (k % 3), "") for k in range(number)]


def lines(number: int) -> int:
    """Lines of the left plot: that of identity, and the fitted one."""
    left = agreement_figure(pairs(number)).partition('id="axes_2"')[0]
    return len(re.findall(r'id="line2d_\d+">\s*<path d="[^"]*" clip-path', left))


def test_the_passing_bablok_line_is_drawn_from_30_pairs() -> None:
    assert (lines(12), lines(29), lines(30)) == (1, 1, 2)


@pytest.mark.parametrize(
    ("ends", "ticks"),
    [
        ((880.0, 1120.0), [900, 950, 1000, 1050, 1100]),
        ((40.0, 260.0), [50, 100, 150, 200, 250]),
        ((4.0, 90.0), [5, 10, 20, 50]),
        ((0.4, 30.0), [0.5, 1, 2, 5, 10, 20]),
        ((0.2, 4000.0), [1, 10, 100, 1000]),
    ],
)
def test_a_logarithmic_axis_has_several_round_ticks(ends: tuple[float, float], ticks: list[float]) -> None:
    assert log_ticks(*ends) == pytest.approx(ticks)
