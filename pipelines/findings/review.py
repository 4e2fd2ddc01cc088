"""Which tubes need review: one rule for the page, the console and --json."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from tregate.gating.findings import Severity
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


class FindingsOfTubes:
    """Findings by the tube that they are about, so that each tube looks at its own alone."""

    def __init__(self, findings: Iterable[TubeFinding]) -> None:
        self._findings = tuple(findings)
        self._by_file: dict[str, list[int]] = defaultdict(list)
        self._by_place: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for at, found in enumerate(self._findings):
            for file in found.files:
                self._by_file[file].append(at)
            self._by_place[found.subject, found.visit, found.tube].append(at)

    def of(self, record: TubeRecord) -> list[TubeFinding]:
        """Every finding that `is_of` the record, in their order."""
        place = self._by_place.get((record.subject, record.visit, record.tube), ())
        near = sorted({*self._by_file.get(record.file, ()), *place})
        return [self._findings[at] for at in near if self._findings[at].is_of(record)]


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
