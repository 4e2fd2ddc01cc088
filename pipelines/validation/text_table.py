"""The measures as a table of plain text, for a terminal or a log."""

import math
from collections.abc import Sequence

from tregate.gating.count.estimates import Estimate
from tregate.pipelines.validation.measures import Measures
from tregate.pipelines.validation.targets import misses

HEADERS = (
    "condition", "population", "tubes", "flagged", "events", "precision", "recall", "F1", "events ±%",
    "bias % (95 %)", "unflagged", "in 95 %", "silent %", "by gate %", "meets",
)  # fmt: skip


def cells(row: Measures) -> tuple[str, ...]:
    """One row as text, in the order of HEADERS; empty where nothing was measurable."""
    missed = misses(row)
    return (
        row.condition,
        row.population,
        str(row.tubes),
        str(row.flagged),
        number(row.true_events, 0),
        number(row.precision, 3),
        number(row.recall, 3),
        number(row.f1, 3),
        number(row.event_error, 1, signed=True),
        with_limits(row.bias),
        number(row.bias_unflagged, 1, signed=True),
        number(_value(row.coverage), 0),
        number(_value(row.silent), 1),
        number(_value(row.silent_by_gate), 1),
        "" if missed is None else verdict(missed),
    )


def with_limits(estimate: Estimate | None) -> str:
    """ "+1.2 (-0.3 to +2.7)"; without limits where there are none."""
    if estimate is None:
        return ""
    value = number(estimate.value, 1, signed=True)
    if not math.isfinite(estimate.low):
        return value
    return f"{value} ({number(estimate.low, 1, signed=True)} to {number(estimate.high, 1, signed=True)})"


def verdict(missed: Sequence[str]) -> str:
    """ "yes", or "no" with what is missed."""
    return f"no: {', '.join(name.replace('_', ' ') for name in missed)}" if missed else "yes"


def number(value: float | None, digits: int, *, signed: bool = False) -> str:
    """A number with so many decimals, never "-0.0"; "" for None."""
    if value is None:
        return ""
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed else ''}.{digits}f}"


def text_table(rows: Sequence[Measures]) -> str:
    """Aligned columns: words to the left, numbers to the right."""
    lines = [HEADERS, *(cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADERS))]
    words = {0, 1, len(HEADERS) - 1}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value
