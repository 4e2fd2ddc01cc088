"""JSON of what a tube's events gave."""

from functools import cache

from tregate.gating import event_prints, events, findings, intensities, traits, tube
from tregate.gating.count import coincidence
from tregate.gating.geometry import scales, shapes
from tregate.pipelines.store.plain import PlainCodec


@cache
def measured_codec() -> PlainCodec:
    """Of `TubeMeasured` and of placed gates."""
    return PlainCodec([tube, events, event_prints, traits, intensities, findings, coincidence, scales, shapes])
