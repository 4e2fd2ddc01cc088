"""Parts of `analysis:`: responders, spans of visits, and families of tests."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tregate.pipelines.study.text_or_number_name import Name


def _known_test(name: str) -> str:
    from tregate.pipelines.visit_tests.registry import TESTS  # with NumPy, which most studies are read without

    if name not in TESTS:
        raise ValueError(f'there is no test "{name}". Known: {", ".join(TESTS)}')
    return name


def _known_time_test(name: str) -> str:
    from tregate.pipelines.time_tests.registry import TIME_TESTS

    if name not in TIME_TESTS:
        raise ValueError(f'there is no test of the factor time "{name}". Known: {", ".join(TIME_TESTS)}')
    return name


TestName = Annotated[str, AfterValidator(_known_test)]
"""A name of the registry of tests of a visit."""
TimeTestName = Annotated[str, AfterValidator(_known_time_test)]
"""A name of the registry of tests of the factor time."""
Scale = Literal["logs", "values", "ranks"]
CellLayout = Literal["mean_sd", "median_range", "median_iqr"]


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


class Span(BaseModel):
    """Visits whose factor time is tested: the baseline and the visits together. A list alone is its visits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    visits: Annotated[tuple[Name, ...], Field(min_length=1)]
    baseline: Name | None = None
    """None: the study's."""
    test: TimeTestName = "max_t"
    scale: Scale = "logs"
    """What is tested: log values with half an event more, values, or their ranks over all subjects and visits."""

    @model_validator(mode="before")
    @classmethod
    def _a_list_is_its_visits(cls, written: Any) -> Any:
        return {"visits": written} if isinstance(written, list | tuple) else written


class Family(BaseModel):
    """Tests that are adjusted together: every measure at every visit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measures: Annotated[tuple[str, ...], Field(min_length=1)]
    """As table.measure."""
    visits: tuple[Name, ...] = ()
    """Empty: every visit after the baseline."""
    adjust: Literal["holm", "bonferroni", "max_t", "fixed_sequence", "none"] = "holm"
    """`max_t`: sign flips of whole subjects over all measures and visits; `fixed_sequence`: in the order of measures,
    then visits, each tested only while those before it are below 5 %."""
