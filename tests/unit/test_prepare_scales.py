"""Scales on which places are looked for: as wide about zero as the noise, roomy where the top is higher."""

from math import log10

import numpy as np
import pytest
from placed_cells import SCALES, TOP, sample, strategy_on
from pydantic import ValidationError

from tregate.gating.engine import gate
from tregate.gating.events import Compensation, Prepared
from tregate.gating.geometry.scaled import to_scaled
from tregate.gating.geometry.scales import BiexScale, LinearScale, LogicleScale
from tregate.gating.geometry.shapes import Range
from tregate.gating.placement.density import curve, peaks
from tregate.gating.prepare import prepare
from tregate.gating.prepare.scales import seen_scales
from tregate.gating.strategy.scale_spec import ScaleSpec
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker

CD3 = Marker("CD3")
STATED = LogicleScale(TOP, 4.5, 0.75)


def noisy(sd: float, n: int = 20_000, seed: int = 1) -> np.ndarray:
    """Negatives about zero, and bright cells."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, sd, n), rng.normal(50_000, 8_000, n // 4)])


def prepared(values: np.ndarray, top: float = TOP, gate: str = "kind: range, low: 3000") -> tuple[Prepared, Strategy]:
    columns = {"CD3": values, "FSC-A": np.abs(values)}
    strategy = strategy_on(
        columns,
        f"  CD3+: {{parent: all, axes: [CD3], gate: {{{gate}}}}}\n"
        "  any: {parent: all, axes: [FSC-A], gate: {kind: range, low: 0}}",
    )
    return prepare(sample(columns, top), strategy), strategy


def seen(values: np.ndarray, top: float = TOP) -> LogicleScale:
    scale = prepared(values, top)[0].seen_axis(CD3).scale
    assert isinstance(scale, LogicleScale)
    return scale


def test_wide_noise_widens_the_linear_part_as_parks_has_it() -> None:
    sd = 3000.0
    below = noisy(sd)[noisy(sd) < 0]
    wanted = (4.5 - log10(TOP / -np.quantile(below, 0.05))) / 2
    assert seen(noisy(sd)).linear == pytest.approx(wanted, abs=0.03)
    assert wanted > 0.9


def test_negatives_torn_into_two_modes_are_one_on_the_wider_scale() -> None:
    values = noisy(3000.0)
    modes = []
    for scale in (STATED, seen(values)):
        density = curve(to_scaled(scale, values[:20_000])).smoothed(0.02)
        tops = peaks(density)
        modes.append(int((density[tops] > 0.3 * density.max()).sum()))
    assert modes[0] > 1
    assert modes[1] == 1


@pytest.mark.parametrize("sd", [1.0, 20.0, 300.0])
def test_quiet_negatives_never_narrow_it(sd: float) -> None:
    assert seen(noisy(sd)).linear == STATED.linear


def test_few_negative_values_say_nothing() -> None:
    values = np.full(10_000, 500.0)
    values[:39] = -20_000.0
    assert seen(values).linear == STATED.linear
    values[:400] = -20_000.0
    assert seen(values).linear > STATED.linear


def test_it_is_never_wider_than_a_logicle_bears() -> None:
    assert seen(noisy(400_000.0)).linear == pytest.approx(0.4 * 4.5)


def test_a_higher_top_gets_the_decades_it_adds() -> None:
    scale = seen(noisy(20.0), top=16 * TOP)
    assert (scale.top, scale.decades) == (16 * TOP, pytest.approx(4.5 + log10(16)))
    same = np.array([0.0, 300.0, 3000.0])
    assert np.diff(to_scaled(scale, same)) * scale.decades == pytest.approx(
        np.diff(to_scaled(STATED, same)) * 4.5, rel=0.05
    )


def test_a_lower_top_keeps_the_decades() -> None:
    assert seen(noisy(1.0), top=TOP / 4) == LogicleScale(TOP / 4, 4.5, 0.75)


def test_fixed_shapes_keep_the_stated_scale_and_methods_look_on_the_wider_one() -> None:
    values = noisy(3000.0)
    for kind, linear in (("kind: range, low: 9000", STATED.linear), ("kind: valley, keep: above", seen(values).linear)):
        ready, strategy = prepared(values, gate=kind)
        shape = gate(ready, strategy).gates[0].shape
        assert isinstance(shape, Range)
        assert shape.axis.scale == LogicleScale(TOP, 4.5, linear)


def test_fixed_numbers_move_with_the_top() -> None:
    ready, strategy = prepared(noisy(300.0) / 4, top=TOP / 4)
    shape = gate(ready, strategy).gates[0].shape
    assert isinstance(shape, Range)
    assert shape.low == 750.0


def test_linear_axes_stay_linear() -> None:
    assert "FSC-A: linear" in SCALES
    ready, _ = prepared(noisy(3000.0), top=2 * TOP)
    assert ready.seen_axis(Marker("FSC-A")).scale == LinearScale(2 * TOP)


def test_noise_is_judged_over_the_whole_run_not_its_beginning() -> None:
    """A file that begins with quiet events and ends with noise."""
    values = np.concatenate([np.full(60_000, 400.0), noisy(3000.0)])
    assert seen(values).linear == pytest.approx(seen(noisy(3000.0)).linear, abs=0.03)


def test_noise_is_judged_after_compensation() -> None:
    """Half of a bright, noisy dye is taken off: what was positive as recorded lies about zero, and wide."""
    rng = np.random.default_rng(3)
    dye = rng.normal(60_000, 9_000, 20_000)
    columns = {"CD3": 0.5 * dye + rng.normal(0, 4_000, 20_000), "CD4": dye}
    recorded = sample(columns)
    inverse = np.linalg.inv(np.array([[1.0, 0.0], [0.5, 1.0]]))
    channels, stated = {CD3: 0}, {CD3: STATED}
    plain = seen_scales(recorded, Compensation("none"), channels, stated)[CD3]
    mixed = seen_scales(recorded, Compensation("by hand", (0, 1), inverse), channels, stated)[CD3]
    assert plain == STATED
    assert isinstance(mixed, LogicleScale)
    assert mixed.linear > 1.0


def test_a_biex_without_decades_above_its_linear_part_is_refused() -> None:
    """A workspace spoiled so divided by zero."""
    assert not BiexScale(262144.0, 1e-320, 0.0, -10.0).has_positive_decades
    assert BiexScale(262144.0, 4.42, 0.0, -1000.0).has_positive_decades
    with pytest.raises(ValidationError, match="a biex needs decades above half the decades of its width"):
        ScaleSpec(kind="biex", decades=0.4, width=-100.0)
