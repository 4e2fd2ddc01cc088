"""What `--json` prints: the numbers of the console and the page as one object (docs/run.schema.json)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tregate.gating.findings import Severity
from tregate.pipelines.findings.outcome import Measured
from tregate.pipelines.run import REPORT
from tregate.pipelines.runs.run_result import RunResult

if TYPE_CHECKING:
    from tregate.pipelines.rebuild import Rebuilt


def run_json(ran: RunResult, exit_code: int) -> dict[str, Any]:
    """The outcome of a run in plain values."""
    outcome = ran.outcome
    status = "interrupted" if ran.interrupted else "failed_tubes" if ran.gathered.failures else "completed"
    report = ran.out / REPORT
    return {
        "status": status,
        "exit_code": exit_code,
        "out": str(ran.out),
        "report": str(report) if report.exists() else None,
        "tubes": {
            name: getattr(outcome, name)
            for name in ("listed", "excluded", "gated", "failed", "not_started", "needs_review")
        },
        "findings": dict(outcome.findings),
        "measures": _measures(outcome.measures),
        "failures": [
            {
                "subject": record.subject,
                "visit": record.visit,
                "tube": record.tube,
                "file": record.file,
                "stage": fault.stage,
                "message": fault.message,
            }
            for record, fault in ran.gathered.failures
        ],
        "files": _files(ran.out),
    }


def tables_json(out: Path, rebuilt: Rebuilt) -> dict[str, Any]:
    """What was written again, in plain values."""
    return {
        "status": "completed",
        "exit_code": 0,
        "out": str(out),
        "changes": list(rebuilt.changes),
        "findings": {
            severity.value: sum(found.finding.severity is severity for found in rebuilt.findings)
            for severity in (Severity.FAIL, Severity.WARN, Severity.INFO)
        },
        "measures": _measures(rebuilt.measures),
        "files": _files(out),
    }


def _measures(measures: Sequence[Measured]) -> list[dict[str, Any]]:
    names = ("table", "measure", "visit", "primary", "planned", "measured")
    return [{name: getattr(one, name) for name in names} for one in measures]


def _files(out: Path) -> list[str]:
    return sorted(path.relative_to(out).as_posix() for path in out.iterdir() if path.is_file())
