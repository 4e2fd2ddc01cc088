"""A volume or a haematology value of 0 is none: no concentration comes of it."""

from types import SimpleNamespace
from typing import cast

import pytest

from tregate.gating.count.estimates import CountingInput
from tregate.gating.count.other_ways import HAEMATOLOGY_MISSING, VOLUME_MISSING, why_not
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
