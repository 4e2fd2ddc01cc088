"""Gated -> counts with intervals: beads, volume, bridge."""

from tregate.gating.count.bridge import bridged
from tregate.gating.count.intervals import clopper_pearson, percent
from tregate.gating.count.populations import concentration, count

__all__ = ["bridged", "clopper_pearson", "concentration", "count", "percent"]
