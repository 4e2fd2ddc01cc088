"""findings.csv and failures.csv: what is doubtful, and what has no result."""

import math
from collections.abc import Sequence

from tregate.pipelines.files.table import Table
from tregate.pipelines.tubes.outcomes import Failure
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

FINDINGS = ("subject", "visit", "tube", "file", "check", "severity", "population", "value", "limit", "message")
FAILURES = ("subject", "visit", "tube", "file", "stage", "error", "message")


def findings_table(findings: Sequence[TubeFinding]) -> Table:
    """One row per finding, in the order given. A finding about some tubes of a kind lists their files in `file`."""
    rows = [
        (
            *(found.subject, found.visit, found.tube, ";".join(found.files) or found.file),
            *(found.finding.check, str(found.finding.severity), str(found.finding.population)),
            *(_measured(found.finding.value), found.finding.limit, found.finding.message),
        )
        for found in findings
    ]
    return Table("findings", FINDINGS, tuple(rows))


def failures_table(failures: Sequence[tuple[TubeRecord, Failure]]) -> Table:
    """One row a tube without a result, or without the count that was asked for."""
    rows = [
        (*(record.subject, record.visit, record.tube, record.file), fault.stage, fault.error, fault.message)
        for record, fault in failures
    ]
    return Table("failures", FAILURES, tuple(rows))


def _measured(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
