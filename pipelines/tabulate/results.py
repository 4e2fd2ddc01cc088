"""Results: the tubes of a study and all that was found about them, looked up by subject, visit and tube."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tregate.gating.findings import Severity
from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


@dataclass(frozen=True)
class Results:
    """What the visit tables are made of."""

    subjects: tuple[str, ...]
    """In row order."""
    visits: tuple[str, ...]
    """Planned, in order."""
    baseline: str
    records: tuple[TubeRecord, ...]
    """In the order of samples.csv, with those that failed or are excluded."""
    sources: TableSources
    findings: tuple[TubeFinding, ...] = ()
    """Of tubes, cross-checks and the second look."""

    def usable(self, subject: str, visit: str, tube: str) -> tuple[TubeRecord | None, str]:
        """The tube that counts, or None and the flag that says why there is none."""
        listed = self._by_place.get((subject, visit, tube), ())
        used = [record for record in listed if not record.excluded]
        if len(used) > 1:
            return None, f"several_tubes_{tube}"
        if not used:
            return None, f"excluded_{tube}" if listed else f"missing_tube_{tube}"
        if used[0].result is None:
            return None, f"tube_failed_{tube}"
        return used[0], ""

    def doubts(self, record: TubeRecord) -> tuple[TubeFinding, ...]:
        """Findings of severity warn or fail that speak of this tube."""
        places = (
            (subject, visit, tube)
            for subject in dict.fromkeys((record.subject, ""))
            for visit in dict.fromkeys((record.visit, ""))
            for tube in dict.fromkeys((record.tube, ""))
        )
        return tuple(
            found
            for place in places
            if any(place)
            for found in self._doubts.get(place, ())
            if found.file in ("", record.file)
        )

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str, str], tuple[TubeRecord, ...]]:
        found: dict[tuple[str, str, str], tuple[TubeRecord, ...]] = {}
        for record in self.records:
            place = (record.subject, record.visit, record.tube)
            found[place] = (*found.get(place, ()), record)
        return found

    @cached_property
    def _doubts(self) -> Mapping[tuple[str, str, str], tuple[TubeFinding, ...]]:
        found: dict[tuple[str, str, str], tuple[TubeFinding, ...]] = {}
        for doubt in self.findings:
            if doubt.finding.severity is not Severity.INFO:
                place = (doubt.subject, doubt.visit, doubt.tube)
                found[place] = (*found.get(place, ()), doubt)
        return found
