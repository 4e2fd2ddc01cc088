"""Gated -> counts with intervals: beads, volume, bridge."""
