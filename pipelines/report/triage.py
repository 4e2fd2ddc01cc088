"""Which tubes need a look, worst first, and why, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tregate.gating.count.flags import BEAD_LOAD_MISSING
from tregate.gating.findings import Finding, Severity
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.findings.review import FindingsOfTubes
from tregate.pipelines.report.gate_outliers import Place, max_abs_z
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


class State(StrEnum):
    GATED = "gated"
    FAILED = "failed"
    EXCLUDED = "excluded"


class Triage(StrEnum):
    """How urgently a tube needs review; shown by word and shape as well as by colour."""

    FAILED = "failed"
    FAIL = "fail"
    WARN = "warn"
    INFO = "info"
    OK = "ok"
    EXCLUDED = "excluded"


NEEDS_REVIEW = (Triage.FAILED, Triage.FAIL, Triage.WARN)


@dataclass(frozen=True, slots=True)
class TubeStatus:
    """One tube as the list shows it."""

    record: int
    state: State
    attention: Triage
    findings: tuple[Finding, ...]
    """Worst first. What a finding says of a visit's figures or of the study belongs to no tube."""
    failure: str
    """Stage and message; "" where the tube was gated."""
    fallbacks: int
    """Gates whose method did not find its own place."""
    max_abs_z: float
    """Largest robust |z| of a threshold or percentage."""
    reviewed_by: str = ""
    """Who judged its warnings; "" where it has none, or they are not judged."""

    @property
    def flagged(self) -> bool:
        """Whether it needs review."""
        return self.attention in NEEDS_REVIEW and not self.reviewed_by

    @property
    def why(self) -> str:
        """The worst of it in one sentence."""
        if self.failure:
            return self.failure
        return self.findings[0].message if self.findings else ""

    def number(self, severity: str) -> int:
        """Findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)


_ORDER = {Severity.FAIL: 0, Severity.WARN: 1, Severity.INFO: 2}


def tube_statuses(
    records: Sequence[TubeRecord],
    findings: Sequence[TubeFinding],
    failures: Table,
    places: Mapping[int, Sequence[Place]],
    reviewed_by: Mapping[int, str] = MappingProxyType({}),
) -> tuple[TubeStatus, ...]:
    """One look a record, worst first; equals stay in the order of the records.

    reviewed_by: position of every reviewed tube -> by whom.
    """
    messages, of_tubes = _failures(failures), FindingsOfTubes(findings)
    every = [
        _tube_status(index, record, of_tubes.of(record), messages, places.get(index, ()), reviewed_by.get(index, ""))
        for index, record in enumerate(records)
    ]
    return tuple(sorted(every, key=_worst_first))


def study_wide(findings: Sequence[TubeFinding]) -> tuple[TubeFinding, ...]:
    """Findings about a visit's figures, a kind of tube or the study, which belong to no single tube."""
    wide = [found for found in findings if not (found.subject and found.visit and found.tube)]
    return tuple(sorted(wide, key=lambda found: _ORDER[found.finding.severity]))


def _tube_status(
    index: int,
    record: TubeRecord,
    findings: Sequence[TubeFinding],
    messages: Mapping[tuple[Cell, ...], str],
    places: Sequence[Place],
    reviewed_by: str,
) -> TubeStatus:
    own = sorted(  # a study without beads says so of every tube, which must not hide what is wrong with this one
        (found.finding for found in findings),
        key=lambda finding: (_ORDER[finding.severity], finding.check == BEAD_LOAD_MISSING),
    )
    failure = messages.get((record.subject, record.visit, record.tube, record.file), "")
    if record.excluded:
        state, attention = State.EXCLUDED, Triage.EXCLUDED
    elif record.result is None or record.failed:
        state, attention = State.FAILED, Triage.FAILED
        failure = failure or f"Failed at stage {record.failed or 'unknown'}"
    else:
        state = State.GATED
        attention = Triage(own[0].severity.value) if own else Triage.OK
        if failure and attention is not Triage.FAIL:
            attention = Triage.FAIL
    gates = record.result.gates if record.result is not None else ()
    return TubeStatus(
        index,
        state,
        attention,
        tuple(own),
        record.excluded if record.excluded else failure,
        sum(bool(gate.fallback) for gate in gates),
        max_abs_z(places),
        "" if failure or attention not in NEEDS_REVIEW else reviewed_by,
    )


def _failures(failures: Table) -> dict[tuple[Cell, ...], str]:
    return {
        (row["subject"], row["visit"], row["tube"], row["file"]): f"{row['stage']}: {row['message']}"
        for row in failures.records()
    }


def _worst_first(look: TubeStatus) -> tuple[bool, int, int, int, int, float]:
    rank, z = list(Triage).index(look.attention), round(look.max_abs_z, 6)
    return not look.flagged, rank, -look.number("fail"), -look.number("warn"), -look.fallbacks, -z
