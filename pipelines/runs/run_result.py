"""What a run left behind: what the page, the terminal and callers of `run` report from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.outliers import ScoreKey
from tregate.pipelines.export.collection import Collection
from tregate.pipelines.files.table import Table
from tregate.pipelines.findings.concerned import Figure
from tregate.pipelines.findings.outcome import Outcome
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.tubes.analyse_tubes import BatchResult
from tregate.pipelines.tubes.records import TubeFinding


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run left behind."""

    out: Path
    """The folder that holds the tables."""
    tables: Mapping[str, Table]
    gathered: BatchResult
    findings: tuple[TubeFinding, ...]
    summary: Summary
    scores: Mapping[ScoreKey, float]
    """Robust z of the gates' numbers and percentages, outliers or not."""

    outcome: Outcome
    """How many tubes were gated and planned values measured."""
    worst: Mapping[Figure, Severity] = field(default_factory=dict)
    """(measure, subject, visit) -> severity of the worst finding that concerns this value."""

    reviewed_by: Mapping[int, str] = field(default_factory=dict)
    """Position of every tube that the first reading reviewed -> by whom."""

    collection: Collection | None = None
    """Who, where and when, for cp.csv."""

    @property
    def notes(self) -> tuple[str, ...]:
        return self.summary.notes

    @property
    def interrupted(self) -> bool:
        return self.gathered.interrupted
