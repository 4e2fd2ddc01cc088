"""Max-t sign flips over the visits: every visit against the baseline, and any of them."""

import numpy as np

from tregate.pipelines.time_tests.time_test import Floats, TimeOutcome, TimeTest, too_few
from tregate.pipelines.visit_tests import sign_flips


def max_t(table: Floats) -> TimeOutcome:
    """Changes of a subject are flipped together, available pairs of each visit."""
    changes = {
        column: {f"{row:06d}": float(value) for row, value in enumerate(table[:, column] - table[:, 0])}
        for column in range(1, table.shape[1])
    }
    known = {
        str(column): {subject: value for subject, value in of.items() if not np.isnan(value)}
        for column, of in changes.items()
    }
    found = sign_flips.max_t(known)
    if found.any_change is None:
        return too_few(table)
    return TimeOutcome(
        found.subjects,
        found.any_change,
        f"max-t sign flips; {sign_flips.how_flipped(found.exact)}",
        {int(column): p for column, p in found.adjusted.items()},
    )


MAX_T = TimeTest(max_t, "max-t sign flips of whole subjects, whatever the correlation of visits", only_complete=False)
