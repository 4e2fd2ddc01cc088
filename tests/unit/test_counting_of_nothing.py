"""A volume or a haematology value of 0 is none, and one above the tube's is wrong: no concentration comes of them."""

from types import SimpleNamespace
from typing import cast

import pytest

from tregate.gating.count.estimates import CountingInput
from tregate.gating.count.other_ways import HAEMATOLOGY_MISSING, VOLUME_ABOVE_TOTAL, VOLUME_MISSING, why_not
from tregate.gating.events import Gated
from tregate.gating.strategy.counting import Counting

GATED = cast("Gated", SimpleNamespace(events={"lymphocytes": 500}))


@pytest.mark.parametrize("value", [None, 0.0, -1.0])
def test_a_value_that_is_none_is_missing(value: float | None) -> None:
    load = CountingInput(lot="", blood_volume_ul=100.0, acquired_ul=value, haematology_per_ul=value)
    by_volume = Counting(by="volume", total_volume_ul=2000.0)
    by_haematology = Counting(by="haematology", of="lymphocytes")
    assert why_not(GATED, by_volume, load) == VOLUME_MISSING
    assert why_not(GATED, by_haematology, load) == HAEMATOLOGY_MISSING


@pytest.mark.parametrize(("acquired", "why"), [(1000.0, ""), (1090.0, ""), (1200.0, VOLUME_ABOVE_TOTAL)])
def test_more_than_was_in_the_tube_cannot_be_acquired(acquired: float, why: str) -> None:
    load = CountingInput(lot="", blood_volume_ul=100.0, acquired_ul=acquired)
    assert why_not(GATED, Counting(by="volume", total_volume_ul=1000.0), load) == why
