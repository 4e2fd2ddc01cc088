"""Tubes beside each other: within a visit, and over a batch."""

from tregate.pipelines.crosschecks.registry import CHECKS, cross_check, findings_between
from tregate.pipelines.study.crosscheck_limits import StudyLimits

__all__ = ["CHECKS", "StudyLimits", "cross_check", "findings_between"]
