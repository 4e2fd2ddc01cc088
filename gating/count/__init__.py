"""Gated -> counts with intervals: beads, volume, bridge."""

from tregate.gating.count.bridge import bridged
from tregate.gating.count.intervals import clopper_pearson, percent
from tregate.gating.count.populations import concentration, count, counted_concentration, with_coincidence
from tregate.gating.count.uncertainty import percent_with_gate

__all__ = [
    "bridged",
    "clopper_pearson",
    "concentration",
    "count",
    "counted_concentration",
    "percent",
    "percent_with_gate",
    "with_coincidence",
]
