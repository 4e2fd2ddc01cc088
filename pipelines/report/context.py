"""ReportContext: everything the page shows, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tregate.gating.findings import Severity
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.crosschecks.outliers import ScoreKey
from tregate.pipelines.files.table import Table
from tregate.pipelines.report.strip import Strip
from tregate.pipelines.report.trial_figure import TrialFigure
from tregate.pipelines.study.analysis_declarations import CellLayout
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


@dataclass(frozen=True, slots=True)
class ReportContext:
    """One run, ready to be shown on the page."""

    study: str
    visits: tuple[str, ...]
    """Planned, in order."""
    baseline: str
    records: tuple[TubeRecord, ...]
    """Every row of samples.csv, in file order; failed and excluded ones too."""
    drawn: tuple[Strip | None, ...]
    """One a record; None where nothing was drawn."""
    findings: tuple[TubeFinding, ...]
    """All of findings.csv: of tubes, between tubes, over visits."""
    failures: Table
    tables: tuple[Table, ...]
    """Visit tables and "summary", in the order they are shown."""
    figures: tuple[TrialFigure, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """Provenance as name and value: program, versions, strategies with their SHA-256, start, command line."""
    notes: tuple[str, ...] = ()
    """What must be read with the visit tables: tests, stars, who is left out."""
    scores: Mapping[ScoreKey, float] = field(default_factory=dict)
    """Robust z of the gates' numbers and percentages, as in findings.csv."""
    worst: Mapping[tuple[str, str, str], Severity] = field(default_factory=dict)
    """(measure, subject, visit) -> severity of the worst finding that concerns this value; no finding, no entry."""
    flags_of_others: Mapping[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    """(measure, subject, visit) -> flags of its row that seem to concern this value by their name and do not."""
    outlier_z: float = 3.5
    """Limit of an outlier: `robust_z` of the study's checks."""
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    """Tube name -> how it was gated; names the parts of combined populations."""
    declared: Declared | None = None
    """The table definition; None where there are no visit tables to explain."""
    cell: CellLayout = "mean_sd"
    """What the cells of the summary show."""
    reviewed_by: Mapping[int, str] = field(default_factory=dict)
    """Position of every tube that was reviewed before the run's decisions were applied -> by whom."""
    run_id: str = ""
    """Key under which a reader's marks are kept."""
    codes: str = ""
    """What the codes of a blinded study are recognised by, for its exported marks; "" where it is not blinded."""

    def __post_init__(self) -> None:
        if len(self.drawn) != len(self.records):
            raise ValueError(f"{len(self.drawn)} drawn tubes for {len(self.records)} records")
