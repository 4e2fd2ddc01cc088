"""What is asked of the shipped strategies, and whether a row of measures meets it."""

from tregate.pipelines.validation.asked import ANY_FIGURE, NOMINAL, OVERALL, targets
from tregate.pipelines.validation.measures import Measures

COVERAGE = (92.0, 98.0)
"""Share of 95 % intervals that hold the truth on nominal tubes [%]."""
SILENT = 1.0
"""Largest silent failure rate of a condition [% of tubes]."""
SILENT_OVERALL = 0.3


def misses(row: Measures) -> tuple[str, ...] | None:
    """What the row misses: "f1", "bias", "coverage", "silent", "silent_by_gate"; None where nothing is asked.

    Outside the nominal condition a bias is no miss where all tubes, or all that have it, are flagged, and coverage is
    none where all tubes are flagged. Otherwise coverage is missed where its binomial limits shut out 92 to 98 %, since
    few tubes cannot show more.
    """
    if row.population == ANY_FIGURE:
        limit = SILENT_OVERALL if row.condition == OVERALL else SILENT
        rates = {"silent": row.silent, "silent_by_gate": row.silent_by_gate}
        return tuple(name for name, rate in rates.items() if rate is not None and rate.value > limit)
    if row.condition == OVERALL or row.population not in {*targets().f1, *targets().bias}:
        return None
    if row.condition == NOMINAL:
        return tuple(name for name, missed in _nominal(row).items() if missed)
    if row.population not in targets().bias:
        return None
    missed = {
        "bias": _biased_unseen(row, 2.0 * targets().bias[row.population]),
        "coverage": row.flagged < row.tubes and _not_covered(row),
    }
    return tuple(name for name, is_missed in missed.items() if is_missed)


def _nominal(row: Measures) -> dict[str, bool]:
    bias = targets().bias.get(row.population)
    return {
        "f1": row.population in targets().f1 and (row.f1 is None or row.f1 < targets().f1[row.population]),
        "bias": bias is not None and (row.bias is None or abs(row.bias.value) > bias),
        "coverage": bias is not None and _not_covered(row),
    }


def _not_covered(row: Measures) -> bool:
    """Whether the binomial limits of the share of intervals that contain the truth exclude COVERAGE."""
    low, high = COVERAGE
    held = row.coverage
    return held is not None and (held.high < low or held.low > high)


def _biased_unseen(row: Measures, limit: float) -> bool:
    if row.flagged == row.tubes:
        return False
    all_tubes = row.bias is None or abs(row.bias.value) > limit
    return all_tubes and (row.bias_unflagged is None or abs(row.bias_unflagged) > limit)
