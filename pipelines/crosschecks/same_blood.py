"""Two bead tubes of one visit: the same blood must give the same cells (docs/sources.md#checks-between-tubes)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations

from tregate.gating.findings import Severity
from tregate.gating.wording import number_text, percent_text
from tregate.pipelines.crosschecks.outliers import NamedScore, TubePlace, scores_of_tubes
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import events, per_ul, visits
from tregate.pipelines.crosschecks.which_tube import Suspect, one_of, outlying
from tregate.pipelines.plausible.same_blood import SameBlood
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.flags import OF_TWO_COUNTS
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def same_blood(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Cells/µL and percentages of two tubes within the declared limits; reported on both tubes."""
    declared = results.sources.declared
    scores = partial(scores_of_tubes, results, limits)
    for relation in declared.relations(SameBlood):
        counts, points = declared.limit(relation.counts_percent), declared.limit(relation.points)
        for visit in visits(results):
            for pair in combinations((r for r in visit.records if not r.washed), 2):
                name = relation.same_in_bead_tubes
                if any((events(record, name) or 0) < limits.least_events for record in pair):
                    continue
                suspected = partial(_suspect, pair, name, limits, scores)
                yield from _counts(pair, relation, counts, suspected)
                yield from _percentages(pair, relation, points, suspected)


Pair = tuple[TubeRecord, TubeRecord]


def _counts(
    pair: Pair, relation: SameBlood, limit: float, suspected: Callable[[], Suspect | None]
) -> Iterator[TubeFinding]:
    one, other = pair
    name = relation.same_in_bead_tubes
    a, b = per_ul(one, name), per_ul(other, name)
    if a is None or b is None or a + b == 0.0:
        return
    difference = 100.0 * abs(a - b) / (0.5 * (a + b))
    if difference > limit:
        unclear = ", so cells/µL are uncertain. Check the pipetting, and that both tubes contain this subject's blood."
        message = (
            f"{name} is {number_text(a)}/µL in tube {one.tube} and {number_text(b)}/µL in tube {other.tube} "
            f"(difference {percent_text(difference / 100.0)} of the mean){_so(suspected(), unclear)}"
        )
        for record in pair:
            yield at_tube(
                record, relation.check, Severity.WARN, message, value=difference,
                limit=f"at most {limit:g}{OF_TWO_COUNTS}",
            )  # fmt: skip


def _suspect(
    pair: Pair, population: str, limits: StudyLimits, scores: Callable[[], Mapping[TubePlace, Sequence[NamedScore]]]
) -> Suspect | None:
    return outlying(pair, {record.tube: (population,) for record in pair}, scores(), limits.robust_z)


def _so(suspect: Suspect | None, unclear: str) -> str:
    """What follows from a difference, and what to do."""
    return unclear if suspect is None else f". {suspect.words}"


def _percentages(
    pair: Pair, relation: SameBlood, limit: float, suspected: Callable[[], Suspect | None]
) -> Iterator[TubeFinding]:
    a, b = (_percentage(record, relation) for record in pair)
    if a is None or b is None:
        return
    if abs(a - b) > limit:
        one, other = pair
        name, whole = relation.same_in_bead_tubes, relation.percent_of
        advice = relation.advice or "Review the gates of both."
        unclear = f", so {one_of(pair)} is gated wrongly or is other blood. {advice}"
        message = (
            f"{name} is {percent_text(a / 100.0)} of {whole} in tube {one.tube} and {percent_text(b / 100.0)} in "
            f"tube {other.tube}{_so(suspected(), unclear)}"
        )
        for record in pair:
            yield at_tube(
                record,
                relation.check,
                Severity.WARN,
                message,
                value=abs(a - b),
                limit=f"at most {limit:g} percentage points",
            )


def _percentage(record: TubeRecord, relation: SameBlood) -> float | None:
    part, whole = events(record, relation.same_in_bead_tubes), events(record, relation.percent_of)
    return 100.0 * part / whole if part is not None and whole else None
