"""Analysis: the `analysis:` part of study.yaml, fixed before the data are seen."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from tregate.pipelines.study.text_or_number_name import Name
from tregate.pipelines.visit_tests import TESTS
from tregate.pipelines.visit_tests.visit_test import ZeroRule


def _known_test(name: str) -> str:
    if name not in TESTS:
        raise ValueError(f'there is no test "{name}". Known: {", ".join(TESTS)}')
    return name


TestName = Annotated[str, AfterValidator(_known_test)]
"""A name of the registry of tests."""


class Responders(BaseModel):
    """Who counts as a responder: a fold change from baseline of at least so much."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: str
    """As table.measure."""
    visit: Name
    at_least: float = Field(gt=0.0)
    """Fold change; below 1 it is a fall of at least so much."""

    @property
    def rises(self) -> bool:
        return self.at_least >= 1.0


class Analysis(BaseModel):
    """What is tested, how, and on whom. The defaults hold their level whatever the correlation of visits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    planned_on: date | None = None
    """Day on which the plan was fixed; printed with the plan's hash."""
    primary_measure: str | None = None
    """Primary endpoint as table.measure: its change from baseline at the primary visit. None: the one that the table
    definition names as `primary`."""
    primary_visit: Name | None = None
    """None: the first planned visit that is not the baseline."""
    primary_test: TestName = "wilcoxon"
    """Test of every measure at the primary visit, on the primary subjects."""
    later_test: TestName = "wilcoxon"
    """Test of every measure at the other visits, on everybody who came. `mixed_ranks` and `friedman` assume that all
    visits correlate alike, and reject too often where neighbouring visits correlate more."""
    zeros: ZeroRule = "pratt"
    """Unchanged pairs in the signed-rank test: ranked and then dropped, or dropped before ranking."""
    adjust: Literal["none", "holm", "max_t"] = "none"
    """Over the visits of a measure, by Holm or by max-t sign flips; the primary endpoint stands alone and is not
    adjusted."""
    below_loq: Literal["as_is", "censor", "exclude"] = "as_is"
    """Figures below their limit of quantification: as counted; or, below the laboratory's own `lloq`, known only to be
    below it, so that the limit stands for them; or left out."""
    exclude_subjects: tuple[Name, ...] = ()
    """Left out of summary, tests and figures; they stay in the visit tables."""
    spans: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    """Name -> visits that are tested together against the baseline: one p of any change, and adjusted p of each."""
    responders: tuple[Responders, ...] = ()
    """Counted in comparisons.csv with exact limits."""
    reference_arm: Name | None = None
    """Arm of subjects.csv that the others are compared with; None: the first that it names."""
    covariates: tuple[Literal["site", "stratum"], ...] = ()
    """Factors of subjects.csv in the analysis of covariance."""
    fold_limit: float = Field(default=6.0, gt=1.0)
    """A subject's fold beyond this (or below 1 / this) is a finding; `fold` relations of the table
    definition have limits of their own."""

    @field_validator("below_loq", mode="before")
    @classmethod
    def _counts_are_known(cls, rule: object) -> object:
        if rule == "half":
            raise ValueError(
                "half the limit is not offered, because a count of few events is known and half the limit shrinks "
                "its change. Use as_is, or censor for values below your own lloq"
            )
        return rule

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
        if measures and self.primary_measure is not None and self.primary_measure not in measures:
            found.append(
                f"analysis: primary_measure is {self.primary_measure!r}, not one of {', '.join(sorted(measures))}"
            )
        named = [
            *(("spans", v) for of in self.spans.values() for v in of),
            *(("responders", r.visit) for r in self.responders),
        ]
        for key, visit in named:
            if visit not in visits:
                found.append(f"analysis: {key} names {visit!r}, not one of the planned visits ({', '.join(visits)})")
        unknown = [subject for subject in self.exclude_subjects if subject not in subjects]
        if subjects and unknown:
            found.append(f"analysis: exclude_subjects names {', '.join(unknown)}, which samples.csv does not list")
        return tuple(found)
