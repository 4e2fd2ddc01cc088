"""Analysis: the `analysis:` part of study.yaml, fixed before the data are seen."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tregate.pipelines.study.analysis_declarations import CellLayout, Family, Responders, Span, TestName
from tregate.pipelines.study.text_or_number_name import Name
from tregate.pipelines.visit_tests.visit_test import ZeroRule


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
    tests_of: dict[str, TestName] = Field(default_factory=dict)
    """Measure as table.measure -> its own test at every visit, such as `count_model` where events are few."""
    zeros: ZeroRule = "pratt"
    """Unchanged pairs in the signed-rank test: ranked and then dropped, or dropped before ranking."""
    adjust: Literal["none", "holm", "max_t"] = "none"
    """Over the visits of a measure, by Holm or by max-t sign flips; the primary endpoint stands alone and is not
    adjusted."""
    families: dict[Name, Family] = Field(default_factory=dict)
    """Name -> tests over measures and visits that are adjusted together. Where any is declared, stars are of its tests
    and of the primary endpoint alone; all others are descriptive."""
    cell: CellLayout = "mean_sd"
    """What a cell of table1.md and of the page shows."""
    below_loq: Literal["as_is", "censor", "exclude"] = "as_is"
    """Figures below their limit of quantification: as counted; or, below the laboratory's own `lloq`, known only to be
    below it: the geometric mean ratio is that of a censored likelihood, and elsewhere the limit stands for them; or
    left out."""
    exclude_subjects: tuple[Name, ...] = ()
    """Left out of summary, tests and figures; they stay in the visit tables."""
    spans: dict[Name, Span] = Field(default_factory=dict)
    """Name -> visits over which the factor time is tested: one p, and adjusted p of the visits where the test has
    them."""
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

    @property
    def named_measures(self) -> tuple[tuple[str, str], ...]:
        """(key, measure) of every place that names a measure as table.measure, but for `primary_measure`."""
        return (
            *(("responders", rule.measure) for rule in self.responders),
            *(("tests_of", measure) for measure in self.tests_of),
            *(("families", measure) for family in self.families.values() for measure in family.measures),
        )

    def test_of(self, measure: str, *, primary: bool) -> str:
        """Name of the test of a measure (table.measure) at the primary visit or at the others."""
        return self.tests_of.get(measure, self.primary_test if primary else self.later_test)

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
        found += self._unplanned(visits)
        found += self._families(visits, baseline)
        unknown = [subject for subject in self.exclude_subjects if subject not in subjects]
        if subjects and unknown:
            found.append(f"analysis: exclude_subjects names {', '.join(unknown)}, which samples.csv does not list")
        return tuple(found)

    def _unplanned(self, visits: Sequence[str]) -> list[str]:
        spans = [
            ("spans", v) for of in self.spans.values() for v in (*of.visits, *([of.baseline] if of.baseline else ()))
        ]
        named = [
            *spans,
            *(("responders", r.visit) for r in self.responders),
            *(("families", v) for family in self.families.values() for v in family.visits),
        ]
        return [
            f"analysis: {key} names {visit!r}, not one of the planned visits ({', '.join(visits)})"
            for key, visit in named
            if visit not in visits
        ]

    def _families(self, visits: Sequence[str], baseline: str) -> list[str]:
        found = []
        if self.families and self.adjust != "none":
            found.append(f"analysis: families are declared, so adjust {self.adjust!r} would adjust twice; remove one")
        seen: dict[tuple[str, str], str] = {}
        for name, family in self.families.items():
            found += [
                f"analysis: {place[0]} at {place[1]} is in the families {seen[place]} and {name}"
                for place in family_places(family, visits, baseline)
                if seen.setdefault(place, name) != name
            ]
        return found


def family_places(family: Family, visits: Sequence[str], baseline: str) -> list[tuple[str, str]]:
    """(measure, visit) of every test of a family, measures first."""
    tested = family.visits or tuple(visit for visit in visits if visit != baseline)
    return [(measure, visit) for measure in family.measures for visit in tested if visit != baseline]
