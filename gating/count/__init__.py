"""Gated -> counts with intervals: beads, volume, bridge."""

from gating.count.bridge import bridged
from gating.count.intervals import clopper_pearson, percent
from gating.count.populations import concentration, count

__all__ = ["bridged", "clopper_pearson", "concentration", "count", "percent"]
