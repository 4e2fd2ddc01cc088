"""A percentage that every tube of a visit gives, washed ones too (docs/sources.md#checks-between-tubes).

Where all visits differ alike the tubes are not gated badly: a stain of one kind of tube carries another's name.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import percent_text
from tregate.pipelines.crosschecks.outliers import scores_of_tubes
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median
from tregate.pipelines.crosschecks.visits import events, visits
from tregate.pipelines.crosschecks.which_tube import one_of, outlying
from tregate.pipelines.plausible.same_share import SameShare
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_VISITS = 3
AGREE = 0.8
"""Share of the visits that must differ in one direction for a fault of all tubes of a kind."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two tubes of one visit, each with its percentage."""

    records: tuple[TubeRecord, TubeRecord]
    shares: tuple[float, float]

    @property
    def difference(self) -> float:
        """[percentage points]."""
        return self.shares[0] - self.shares[1]


def same_share(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Percentages of two tubes within the declared limit; reported on both tubes, or on both kinds of tube."""
    declared = results.sources.declared
    scores = partial(scores_of_tubes, results, limits)
    for relation in declared.relations(SameShare):
        limit, name = declared.limit(relation.points), relation.same_in_all_tubes
        for pairs in _pairs(results, relation, limits).values():
            apart = [pair for pair in pairs if abs(pair.difference) > limit]
            if _is_of_all(pairs, apart):
                yield from _of_all(pairs, relation, limit)
                continue
            for pair in apart:
                suspect = outlying(pair.records, {r.tube: (name,) for r in pair.records}, scores(), limits.robust_z)
                which = f"{one_of(pair.records)} is gated wrongly, has a wrong stain or is other blood"
                why = f", so {which}. {relation.advice}" if suspect is None else f". {suspect.words}"
                message = f"{_compared(relation, pair.records, pair.shares)}{why}"
                for record in pair.records:
                    yield at_tube(
                        record, relation.check, Severity.WARN, message.rstrip(), population=name,
                        value=abs(pair.difference), limit=f"at most {limit:g} percentage points",
                    )  # fmt: skip


def _pairs(results: Results, relation: SameShare, limits: StudyLimits) -> dict[tuple[str, str], list[_Pair]]:
    """By kinds of tube."""
    found: dict[tuple[str, str], list[_Pair]] = defaultdict(list)
    for visit in visits(results):
        known = [(record, share) for record in visit.records if (share := _share(record, relation, limits)) is not None]
        for (one, share), (other, other_share) in combinations(sorted(known, key=lambda at: at[0].tube), 2):
            found[one.tube, other.tube].append(_Pair((one, other), (share, other_share)))
    return found


def _share(record: TubeRecord, relation: SameShare, limits: StudyLimits) -> float | None:
    part, whole = events(record, relation.same_in_all_tubes), events(record, relation.percent_of)
    return None if part is None or whole is None or whole < limits.least_events else 100.0 * part / whole


def _is_of_all(pairs: Sequence[_Pair], apart: Sequence[_Pair]) -> bool:
    higher = sum(pair.difference > 0.0 for pair in apart)
    return len(pairs) >= LEAST_VISITS and max(higher, len(apart) - higher) >= AGREE * len(pairs)


def _of_all(pairs: Sequence[_Pair], relation: SameShare, limit: float) -> Iterator[TubeFinding]:
    shares = (median([pair.shares[0] for pair in pairs]), median([pair.shares[1] for pair in pairs]))
    tubes = pairs[0].records
    message = (
        f"{_compared(relation, tubes, shares)} (medians of {len(pairs)} visits), as if a stain of {one_of(tubes)} "
        "carried another's name. Compare the panel and `$PnS` of both with the stains."
    )
    for record in tubes:
        finding = Finding(
            relation.check, Severity.FAIL, message, relation.same_in_all_tubes, abs(shares[0] - shares[1]),
            f"at most {limit:g} percentage points",
        )  # fmt: skip
        yield TubeFinding("", "", record.tube, "", finding)


def _compared(relation: SameShare, tubes: Sequence[TubeRecord], shares: tuple[float, float]) -> str:
    name, whole = relation.same_in_all_tubes, relation.percent_of
    of_one, of_other = (percent_text(share / 100.0) for share in shares)
    return f"{name} is {of_one} of {whole} in tube {tubes[0].tube} and {of_other} in tube {tubes[1].tube}"
