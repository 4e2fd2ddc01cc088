"""Analysis: the `analysis:` part of study.yaml, fixed before the data are seen."""

from collections.abc import Collection, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tregate.pipelines.study.text_or_number_name import Name

TestName = Literal["wilcoxon", "mixed_ranks", "friedman", "none"]


class Analysis(BaseModel):
    """What is tested, how, and on whom. The defaults are those of the seed trial."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    primary_measure: str = "treg.treg_percent_of_cd4"
    """Primary endpoint as table.measure: its change from baseline at the primary visit."""
    primary_visit: Name | None = None
    """None: the first planned visit that is not the baseline."""
    primary_test: TestName = "wilcoxon"
    """Test of every measure at the primary visit, on the primary subjects."""
    later_test: TestName = "mixed_ranks"
    """Test of every measure at the other visits, on everybody who came."""
    zeros: Literal["pratt", "wilcox"] = "pratt"
    """Unchanged pairs in the signed-rank test: ranked and then dropped, or dropped before ranking."""
    adjust: Literal["none", "holm"] = "none"
    """Holm over the visits of a measure; the primary endpoint stands alone and is not adjusted."""
    below_loq: Literal["as_is", "half", "exclude"] = "as_is"
    """Figures below their limit of quantification: as measured, half the limit, or left out."""
    exclude_subjects: tuple[Name, ...] = ()
    """Left out of summary, tests and figures; they stay in the visit tables."""
    fold_limit: float = Field(default=6.0, gt=1.0)
    """A subject's fold beyond this (or below 1 / this) is a finding; Treg's own limit is `treg_fold`."""

    def primary_visit_of(self, visits: Sequence[str], baseline: str) -> str | None:
        """The primary visit of a planned course; None where the baseline is the only visit."""
        if self.primary_visit is not None:
            return self.primary_visit
        return next((visit for visit in visits if visit != baseline), None)

    def problems(
        self,
        visits: Sequence[str],
        baseline: str,
        subjects: Collection[str] = (),
        measures: Collection[str] = (),
    ) -> tuple[str, ...]:
        """What does not fit the study, for its loader to report; `measures` as table.measure, if known."""
        found = []
        if self.primary_visit is not None and self.primary_visit not in visits:
            found.append(
                f"analysis: primary_visit {self.primary_visit!r} is not one of the planned visits ({', '.join(visits)})"
            )
        if self.primary_visit == baseline:
            found.append(f"analysis: primary_visit {baseline!r} is the baseline; name a visit after it")
        if measures and self.primary_measure not in measures:
            found.append(
                f"analysis: primary_measure is {self.primary_measure!r}, not one of {', '.join(sorted(measures))}"
            )
        unknown = [subject for subject in self.exclude_subjects if subject not in subjects]
        if subjects and unknown:
            found.append(f"analysis: exclude_subjects names {', '.join(unknown)}, which samples.csv does not list")
        return tuple(found)
