"""study.yaml as it is written."""

from typing import Annotated

from pydantic import Field

from tregate.gating.count.coincidence import PairCorrection
from tregate.gating.strategy.counting import Counting
from tregate.gating.strategy.model import Model
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.bead_defaults import BeadDefault
from tregate.pipelines.study.planned_visits import PlannedVisit
from tregate.pipelines.study.replicates import ReplicateRule
from tregate.pipelines.study.text_or_number_name import Name


class StudyFile(Model):
    """study.yaml as it is written."""

    study: Name
    laboratory: Name | None = None
    samples: str = "samples.csv"
    bead_lots: str | None = None
    subjects: str | None = None
    visits: Annotated[tuple[PlannedVisit, ...], Field(min_length=1)]
    """Names, or names with target day and window."""
    unscheduled: tuple[Name, ...] = ()
    """Visits outside the plan that are not called UNS."""
    baseline: Name | None = None
    tubes: Annotated[dict[Name, str], Field(min_length=1)]
    tables: str
    beads: dict[Name, BeadDefault] = Field(default_factory=dict)
    """Tube name -> how beads are added, where its rows of samples.csv do not say otherwise."""
    distinct: tuple[Name, ...] = ()
    """Names that look alike and are different on purpose."""
    preparation_cv_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    coincidence: PairCorrection = "correct"
    coincidence_percent: Annotated[float, Field(ge=0, lt=50)] | None = None
    second_opinion: bool = False
    analysis: Analysis = Analysis()
    checks: dict[str, Annotated[float, Field(strict=True)]] = Field(default_factory=dict)
    """Limits by name. Strict: `true` is no limit of 1."""
    lloq: dict[str, Annotated[float, Field(gt=0, strict=True)]] = Field(default_factory=dict)
    """Measure -> lower limit of quantification of the laboratory's own validation, in the measure's unit."""
    absent: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    """Tube -> markers that no file of this kind carries."""
    counting: dict[Name, Counting] = Field(default_factory=dict)
    """Tube -> how it gives cells/µL without beads."""
    replicates: dict[Name, ReplicateRule] = Field(default_factory=dict)
    """Tube -> the value of a visit where it was measured several times."""
    controls: str | None = None
    """Folder of single-stain controls that the matrices of the files are checked against."""

    blind: bool = False
    """Whether arms and the order of visits stay out of page and tables until `tregate unblind`."""

    @property
    def visit_names(self) -> tuple[str, ...]:
        """Planned visits in order."""
        return tuple(visit.name for visit in self.visits)

    @property
    def baseline_visit(self) -> str:
        """The visit that fold changes compare with: the first, where none is named."""
        return self.visits[0].name if self.baseline is None else self.baseline
