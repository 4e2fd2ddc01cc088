"""Ticks: where the number stands is where the events of that intensity are."""

import numpy as np
import pytest

from tregate.gating.geometry.scaled import to_scaled
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale
from tregate.pipelines.report.ticks import ticks

VALUES = {"0": 0.0, "10²": 1e2, "10³": 1e3, "10⁴": 1e4, "10⁵": 1e5, "10⁶": 1e6, "−10³": -1e3, "−10²": -1e2,
          "10⁰": 1.0, "10¹": 10.0}  # fmt: skip


def labels(scale: Scale, low: float, high: float) -> dict[str, int]:
    return {tick.text: tick.at for tick in ticks(scale, low, high) if tick.text}


@pytest.mark.parametrize(
    "scale", [LogicleScale(1048576.0), LogicleScale(262144.0, 4.5, 1.0), AsinhScale(1048576.0), LogScale(10000.0, 4.0)]
)
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-0.1, 1.05), (0.4, 0.9)])
def test_labels_stand_where_their_number_is(scale: Scale, low: float, high: float) -> None:
    for text, at in labels(scale, low, high).items():
        position = float(to_scaled(scale, np.array([VALUES[text]]))[0])
        assert at == pytest.approx(1000 * (position - low) / (high - low), abs=0.51)


def test_a_logicle_shows_zero_and_the_decades() -> None:
    assert {"0", "10³", "10⁴", "10⁵"} <= labels(LogicleScale(262144.0), 0.0, 1.0).keys()


@pytest.mark.parametrize("scale", [LogicleScale(1048576.0), LogicleScale(1048576.0, 4.5, 1.5), LinearScale(262144.0)])
def test_labels_do_not_run_into_each_other(scale: Scale) -> None:
    at = sorted(labels(scale, -0.1, 1.1).values())
    assert len(at) >= 3
    assert min(np.diff(at)) >= 100


@pytest.mark.parametrize(
    ("top", "wanted"),
    [
        (262144.0, {"0", "50k", "100k", "150k", "200k", "250k"}),
        (300.0, {"0", "100", "200", "300"}),
        (0.9, {"0", "0.2"}),
    ],
)
def test_linear_axes_have_round_numbers(top: float, wanted: set[str]) -> None:
    assert wanted <= labels(LinearScale(top), 0.0, 1.0).keys()


def test_ticks_are_in_order_and_in_view() -> None:
    at = [tick.at for tick in ticks(LogicleScale(1048576.0), 0.1, 0.8)]
    assert at == sorted(set(at))
    assert 0 <= at[0] <= at[-1] <= 1000
