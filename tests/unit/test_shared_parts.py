"""Parts of results that are kept once are the same to the bit."""

import numpy as np
import pytest

from tregate.gating.geometry.scales import LinearScale, LogicleScale
from tregate.pipelines.tubes.shared_parts import SharedParts


def test_matrices_that_differ_in_one_entry_among_many_stay_two() -> None:
    """NumPy prints `...` for the middle of a matrix of 40 channels."""
    one, other = np.eye(40), np.eye(40)
    other[20, 21] = 0.03
    parts = SharedParts()
    assert parts.one(("spillover", one)) is not parts.one(("spillover", other))
    assert parts.one(("spillover", other.copy()))[1] is other


@pytest.mark.parametrize(("first", "second"), [(1, 1.0), (True, 1), (0.0, -0.0), ((1,), [1]), ({"a": 1}, {"a": 1.0})])
def test_equal_values_that_are_written_differently_stay_two(first: object, second: object) -> None:
    parts = SharedParts()
    assert parts.one(first) is first
    assert parts.one(second) is second


def test_equal_parts_are_kept_once() -> None:
    parts = SharedParts()
    assert parts.one(LogicleScale(262144.0, 0.5, 4.5, 0.0)) is parts.one(LogicleScale(262144.0, 0.5, 4.5, 0.0))
    assert parts.one(LinearScale(1024)) is not parts.one(LinearScale(1024.0))
