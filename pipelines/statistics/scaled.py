"""Values of several visits as a table, on the scale that a span declares."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tregate.pipelines.study.analysis_declarations import Scale
from tregate.pipelines.time_tests.time_test import complete
from tregate.pipelines.visit_tests.course import Course
from tregate.pipelines.visit_tests.ranks import mean_ranks

SCALES: Mapping[Scale, str] = {"logs": "log values", "values": "values", "ranks": "ranks of all values"}
"""How notes call each scale."""


def scaled(course: Course, visits: Sequence[str], scale: Scale, *, only_complete: bool = False) -> NDArray[np.float64]:
    """(n_subjects, n_visits), subjects who have any of the visits in order of name; NaN for a missed one.

    `only_complete`: subjects who came to every visit, who alone are then ranked.
    """
    of = {visit: course.log_values(visit) if scale == "logs" else course.values[visit] for visit in visits}
    subjects = sorted({subject for values in of.values() for subject in values})
    cells = [[of[visit].get(subject, np.nan) for visit in visits] for subject in subjects]
    table = np.array(cells, dtype=np.float64).reshape(len(subjects), len(visits))
    if only_complete:
        table = complete(table)
    if scale == "ranks":
        there = ~np.isnan(table)
        table[there] = mean_ranks(table[there])
    return table
