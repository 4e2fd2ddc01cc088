"""What a run reports: findings judged by the figures that they concern, grouped by cause, in order of severity."""

from tregate.pipelines.findings.concerned import worst_by_figure
from tregate.pipelines.findings.order import in_order
from tregate.pipelines.findings.outcome import Measured, Outcome, measured, outcome_of
from tregate.pipelines.findings.reported import of_their_severity, reported, rows_of
from tregate.pipelines.findings.review import needs_review

__all__ = [
    "Measured",
    "Outcome",
    "in_order",
    "measured",
    "needs_review",
    "of_their_severity",
    "outcome_of",
    "reported",
    "rows_of",
    "worst_by_figure",
]
