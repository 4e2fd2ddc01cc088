"""Which tubes need review: one rule for the page, the console and --json."""

from collections.abc import Collection, Sequence

from tregate.gating.findings import Severity
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def needs_review(record: TubeRecord, findings: Sequence[TubeFinding], failed: Collection[str] = ()) -> bool:
    """Whether a person should look at the tube: it failed, or a warning or critical finding is about itself.

    findings: as reported, so that a doubt on which no figure of the tables rests is a note. failed: files with a row
    in failures.csv. A finding about a visit, a kind of tube or a measure is in its own list and counts there.
    """
    if record.excluded:
        return False
    if record.result is None or record.file in failed:
        return True
    return any(found.finding.severity is not Severity.INFO and found.is_of(record) for found in findings)
