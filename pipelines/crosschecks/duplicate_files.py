"""Two files of a study with the same bytes: one tube copied under another name."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.tubes.analyse_tubes import BatchResult
from tregate.pipelines.tubes.records import TubeFinding


def duplicate_files(gathered: BatchResult) -> Iterator[TubeFinding]:
    """A finding on every tube whose file is byte for byte another tube's; the same file's data sets are not meant."""
    first: dict[str, str] = {}
    alike: dict[str, list[str]] = {}
    for job, outcome in gathered.done:
        if outcome.source is not None and outcome.source.size:
            alike.setdefault(outcome.source.sha256, []).append(job.entry.file)
            first.setdefault(job.entry.file, outcome.source.sha256)
    for job, _ in gathered.done:
        entry = job.entry
        others = sorted({*alike.get(first.get(entry.file, ""), ())} - {entry.file})
        if others:
            message = (
                f"The file is identical to {', '.join(others)}, so one of them has a wrong name. Find the right file, "
                "or give a reason in `exclude`."
            )
            finding = Finding("same_bytes", Severity.FAIL, message)
            yield TubeFinding(entry.subject, entry.visit, entry.tube, entry.file, finding)
