"""Two files of a study with the same bytes: one tube copied under another name."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.tubes.analyse_tubes import BatchResult
from tregate.pipelines.tubes.records import TubeFinding

NAMED = 3
"""Files that a message names; of more it gives the number."""


def duplicate_files(gathered: BatchResult) -> Iterator[TubeFinding]:
    """A finding on every tube whose file is byte for byte another tube's; the same file's data sets are not meant."""
    first: dict[str, str] = {}
    alike: dict[str, list[str]] = {}
    for job, outcome in gathered.done:
        if outcome.source is not None and outcome.source.size:
            alike.setdefault(outcome.source.sha256, []).append(job.entry.file)
            first.setdefault(job.entry.file, outcome.source.sha256)
    groups = {sha256: sorted(set(names)) for sha256, names in alike.items()}
    for job, _ in gathered.done:
        entry = job.entry
        group = groups.get(first.get(entry.file, ""), [])
        if len(group) > 1:
            others = [name for name in group[: NAMED + 1] if name != entry.file][:NAMED]
            more = len(group) - 1 - len(others)
            names = ", ".join(others) + (f" and {more} more" if more else "")
            message = (
                f"The file is identical to {names}, so one of them has a wrong name. Find the right file, "
                "or give a reason in `exclude`."
            )
            finding = Finding("same_bytes", Severity.FAIL, message)
            yield TubeFinding(entry.subject, entry.visit, entry.tube, entry.file, finding)
