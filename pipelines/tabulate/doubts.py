"""Findings of severity warn or fail, and gates placed by a person, looked up by the tube that they concern."""

from collections.abc import Mapping, Sequence

from tregate.gating.findings import Severity
from tregate.gating.qc.gates import GATE_BY_HAND
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


class Doubts:
    """What is doubtful about each tube."""

    def __init__(self, findings: Sequence[TubeFinding]) -> None:
        found: dict[tuple[str, str, str], list[TubeFinding]] = {}
        for doubt in findings:
            if doubt.finding.severity is not Severity.INFO or doubt.finding.check == GATE_BY_HAND:
                found.setdefault((doubt.subject, doubt.visit, doubt.tube), []).append(doubt)
        self._by_place: Mapping[tuple[str, str, str], Sequence[TubeFinding]] = found
        self._last: tuple[TubeRecord | None, tuple[TubeFinding, ...]] = None, ()

    def of(self, record: TubeRecord) -> tuple[TubeFinding, ...]:
        """Findings that concern this tube, its visit or its subject, and not the whole study."""
        last = self._last
        if last[0] is not record:  # it is asked for population by population
            last = self._last = record, self._of(record)
        return last[1]

    def _of(self, record: TubeRecord) -> tuple[TubeFinding, ...]:
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
            for found in self._by_place.get(place, ())
            if found.file in ("", record.file) and (not found.files or record.file in found.files)
        )
