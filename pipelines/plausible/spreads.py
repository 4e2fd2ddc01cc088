"""SDs of one visit that are judged together."""

from collections.abc import Iterator, Sequence

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.plausible.relation import AtVisit

ROUNDING = 0.01
"""What a printed mean may be off, relative."""


def all_there(at: AtVisit, measures: Sequence[str]) -> bool:
    """All there, and of the same number of subjects (as far as the table says)."""
    return all(one in at for one in measures) and len({at[one].n for one in measures}) == 1


def spreads_of(at: AtVisit, measures: Sequence[str]) -> list[float] | None:
    """SD of each measure; None where one of them is not there."""
    if not all_there(at, measures):
        return None
    spreads = [sd for one in measures if (sd := at[one].sd) is not None]
    return spreads if len(spreads) == len(measures) else None


def spread_outside(check: str, what: str, seen: float, *, low: float, high: float, why: str) -> Iterator[Finding]:
    """A finding where an SD is outside what others allow; far outside it is critical."""
    if low <= seen <= high:
        return
    far = seen < 0.5 * low or seen > 2.0 * high
    yield Finding(
        check,
        Severity.FAIL if far else Severity.WARN,
        f"The SD of {what} ({number_text(seen)}) is {'impossible' if far else 'implausible'}: {why}. Check the "
        "values of the subjects.",
        value=seen,
        limit=f"{max(0.0, low):.4g} to {high:.4g}",
    )


def mean_outside(what: str, value: float, low: float, high: float) -> Finding:
    """The finding on a mean outside the range of adults."""
    return Finding(
        "out_of_range",
        Severity.WARN,
        f"Mean {what} of {number_text(value)} is unusual in adults. Review the gates.",
        value=value,
        limit=f"{low:g} to {high:g}",
    )
