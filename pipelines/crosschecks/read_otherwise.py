"""What the study's sheets were read as, where that is not how they are written."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.files.equal_problems import grouped
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.tubes.records import TubeFinding


def read_otherwise(study: Study) -> Iterator[TubeFinding]:
    """One note a cause, about no tube: nothing is wrong with a figure."""
    for note in grouped(study.notes):
        yield TubeFinding("", "", "", "", Finding("read_otherwise", Severity.INFO, str(note)))
