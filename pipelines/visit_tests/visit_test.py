"""VisitTest: a test of each visit against the baseline, and all that other parts need to know about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from tregate.pipelines.visit_tests.course import Course
from tregate.pipelines.visit_tests.outcome import Outcome

ZeroRule = Literal["pratt", "wilcox"]
ByVisit = Mapping[str, Outcome]


@dataclass(frozen=True)
class VisitTest:
    """One statistical test that study.yaml may name."""

    run: Callable[[Course, ZeroRule], ByVisit]
    """Outcome of every visit that it tests; the rule is for pairs without change."""
    words: str
    """What it is, for the notes of the tables."""
    libraries: tuple[str, ...] = ()
    """Modules that it imports when it runs, beside `scipy.special`; they are loaded while tubes are gated."""


def each_visit(test: Callable[[Course, str], Outcome]) -> Callable[[Course, ZeroRule], ByVisit]:
    """A test of one visit, made for every visit of the course."""
    return lambda course, _: {visit: test(course, visit) for visit in course.visits}
