"""Student's t of the pairs of one visit, on log ratios."""

import numpy as np

from tregate.gating.wording import counted
from tregate.pipelines.visit_tests.course import LEAST, Course
from tregate.pipelines.visit_tests.outcome import Outcome
from tregate.pipelines.visit_tests.visit_test import VisitTest, each_visit

NAME = "paired t on logs"


def paired_t(course: Course, visit: str) -> Outcome:
    """Student's t of log ratios: the test to the geometric mean ratio and its interval."""
    logs = np.array(list(course.log_changes(visit).values()))
    if len(logs) < LEAST or float(logs.std()) == 0.0:
        return Outcome(NAME, len(logs), None, f"not tested: {counted(len(logs), 'pair')} that differ")
    from scipy.special import stdtr

    t = float(logs.mean() / (logs.std(ddof=1) / np.sqrt(len(logs))))
    p = float(2.0 * stdtr(len(logs) - 1, -abs(t)))
    return Outcome(NAME, len(logs), p, f"approximate (t, {len(logs) - 1} df); {counted(len(logs), 'pair')}")


PAIRED_T = VisitTest(each_visit(paired_t), "paired t test of log ratios")
