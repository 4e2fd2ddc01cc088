"""The table that stands for a scale where places are looked for: never further off than it says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tregate.gating.geometry.lookup import ERROR, OCTAVES_ABOVE, near_scaled
from tregate.gating.geometry.scaled import to_scaled
from tregate.gating.geometry.scales import AsinhScale, LinearScale, LogicleScale, LogScale, Scale

LOGICLE = st.builds(
    LogicleScale,
    st.sampled_from([1024.0, 10_000.0, 2.0**18, 2.0**20, 2.0**22]),
    st.sampled_from([4.0, 4.5, 5.0]),
    st.sampled_from([0.25, 0.5, 1.0]),
    st.sampled_from([0.0, 0.5]),
)


def down_the_decades(scale: Scale, seed: int) -> np.ndarray:
    """(4000,) of either sign, from a millionth of the top to `OCTAVES_ABOVE` above it, and zero."""
    rng = np.random.default_rng(seed)
    size = scale.top * np.exp2(rng.uniform(-20, OCTAVES_ABOVE, 4000))
    return np.append(size * rng.choice([-1.0, 1.0], 4000), 0.0)


@given(LOGICLE, st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_the_table_is_as_near_as_it_says(scale: LogicleScale, seed: int) -> None:
    linear = down_the_decades(scale, seed)
    off = np.abs(near_scaled(scale, linear) - to_scaled(scale, linear))
    assert off.max() <= ERROR


@given(LOGICLE, st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_the_table_keeps_the_order_to_within_its_error(scale: LogicleScale, seed: int) -> None:
    linear = np.sort(down_the_decades(scale, seed))
    assert np.diff(near_scaled(scale, linear)).min() >= -2 * ERROR


def test_other_scales_are_exact() -> None:
    linear = np.array([-50.0, 0.0, 3.0, 700.0])
    for scale in (LinearScale(1000.0), AsinhScale(1000.0), LogScale(1000.0)):
        np.testing.assert_array_equal(near_scaled(scale, linear), to_scaled(scale, linear))


def test_nothing_is_nothing() -> None:
    assert near_scaled(LogicleScale(1000.0), np.empty(0)).shape == (0,)
