"""CD3 of two bead tubes of one visit: the same blood must give the same T cells.

Source: docs/sources.md#checks-between-tubes.
"""

from collections.abc import Iterator
from itertools import combinations

from tregate.gating.findings import Severity
from tregate.gating.wording import number_text, percent_text
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import events, per_ul, visits
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

CHECK = "cd3_between_tubes"


def cd3_between_tubes(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """At most 10 % of the mean on counts and 3 points on % of lymphocytes; told on both tubes."""
    for visit in visits(results):
        for one, other in combinations((r for r in visit.records if not r.washed), 2):
            yield from _counts(one, other, limits)
            yield from _percents(one, other, limits)


def _counts(one: TubeRecord, other: TubeRecord, limits: StudyLimits) -> Iterator[TubeFinding]:
    a, b = per_ul(one, "CD3+"), per_ul(other, "CD3+")
    if a is None or b is None or a + b == 0.0 or _few(one, other, limits):
        return
    difference = 100.0 * abs(a - b) / (0.5 * (a + b))
    if difference > limits.cd3_counts_percent:
        message = (
            f"CD3+ is {number_text(a)}/µL in tube {one.tube} and {number_text(b)}/µL in tube {other.tube} "
            f"(difference {percent_text(difference / 100.0)} of the mean), so cells/µL are uncertain. Check the "
            "pipetting, and that both tubes contain this subject's blood."
        )
        for record in (one, other):
            yield at_tube(
                record, CHECK, Severity.WARN, message, value=difference,
                limit=f"at most {limits.cd3_counts_percent:g} % of the mean",
            )  # fmt: skip


def _percents(one: TubeRecord, other: TubeRecord, limits: StudyLimits) -> Iterator[TubeFinding]:
    a, b = _share(one), _share(other)
    if a is None or b is None or _few(one, other, limits):
        return
    if abs(a - b) > limits.cd3_points:
        message = (
            f"CD3+ is {percent_text(a / 100.0)} of lymphocytes in tube {one.tube} and {percent_text(b / 100.0)} in "
            f"tube {other.tube}, so one of them is gated wrongly or is other blood. Review the lymphocyte and CD3 "
            "gates of both."
        )
        for record in (one, other):
            yield at_tube(
                record, CHECK, Severity.WARN, message, value=abs(a - b),
                limit=f"at most {limits.cd3_points:g} percentage points",
            )  # fmt: skip


def _share(record: TubeRecord) -> float | None:
    cd3, whole = events(record, "CD3+"), events(record, "lymphocytes")
    return 100.0 * cd3 / whole if cd3 is not None and whole else None


def _few(one: TubeRecord, other: TubeRecord, limits: StudyLimits) -> bool:
    return any((events(record, "CD3+") or 0) < limits.least_events for record in (one, other))
