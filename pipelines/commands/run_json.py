"""What `run --json` prints: the numbers of the console and the page as one object (docs/run.schema.json)."""

from typing import Any

from tregate.pipelines.run import REPORT
from tregate.pipelines.runs.run_result import RunResult


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
        "measures": [
            {
                "table": one.table,
                "measure": one.measure,
                "visit": one.visit,
                "primary": one.primary,
                "planned": one.planned,
                "measured": one.measured,
            }
            for one in outcome.measures
        ],
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
        "files": sorted(path.relative_to(ran.out).as_posix() for path in ran.out.iterdir() if path.is_file()),
    }
