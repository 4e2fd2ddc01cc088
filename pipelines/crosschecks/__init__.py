"""Tubes beside each other: within a visit, and over a batch."""

from pipelines.crosschecks.limits import StudyLimits, with_limits
from pipelines.crosschecks.registry import CHECKS, crosscheck

__all__ = ["CHECKS", "StudyLimits", "crosscheck", "with_limits"]
