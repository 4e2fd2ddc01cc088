"""Tubes beside each other: within a visit, and over a batch."""

from pipelines.crosschecks.limits import StudyLimits
from pipelines.crosschecks.registry import CHECKS, cross_check, findings_between

__all__ = ["CHECKS", "StudyLimits", "cross_check", "findings_between"]
