"""Sign flips of the mean log ratio of one visit."""

from tregate.gating.wording import counted
from tregate.pipelines.visit_tests.course import Course
from tregate.pipelines.visit_tests.outcome import Outcome
from tregate.pipelines.visit_tests.sign_flips import how_flipped, sign_flip
from tregate.pipelines.visit_tests.visit_test import VisitTest, each_visit

NAME = "sign-flip on logs"


def flipped(course: Course, visit: str) -> Outcome:
    """Sign-flip test of the mean log ratio."""
    logs = tuple(course.log_changes(visit).values())
    if not logs:
        return Outcome(NAME, 0, None, "not tested: 0 pairs")
    p, exact = sign_flip(logs)
    return Outcome(NAME, len(logs), p, f"{how_flipped(exact)}; {counted(len(logs), 'pair')}")


SIGN_FLIP = VisitTest(each_visit(flipped), "sign-flip test of the mean log ratio")
