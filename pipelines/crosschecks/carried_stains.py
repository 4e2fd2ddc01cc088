"""Two stains exchanged, seen by cells that carry one of them, in one tube or in every tube of a kind.

Some T cells carry CD56, and next to none CD19: where the marker called CD19 is on T cells and the one called CD56 is
not, each is the other, whatever the panel calls it (docs/limits.md).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import counted, percent_text
from tregate.pipelines.crosschecks.exchanged_stains import AGREE, LEAST_TUBES
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.plausible.carried import Carried
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

CARRIED = 0.007
"""Least share of the cells that carry the marker which should be on none."""
NOT_CARRIED = 0.005
"""Largest share of the cells that carry the other one: pairs with other cells."""
TIMES = 3.0
"""How many times as many carry the former."""
_LIMIT = f"below {100.0 * CARRIED:g} %"


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of one tube: which share of the cells lies beyond the gates of the two markers."""

    record: TubeRecord
    shares: tuple[float, float]
    markers: tuple[str, str]

    @property
    def is_exchanged(self) -> bool:
        first, second = self.shares
        return first >= CARRIED and second <= NOT_CARRIED and first >= TIMES * second


def carried_stains(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A finding for all tubes of a kind, or for single tubes that differ from the others."""
    for relation in results.sources.declared.relations(Carried):
        kinds: dict[str, list[_Seen]] = defaultdict(list)
        for record in usable(results):
            seen = _seen(record, relation)
            if seen is not None:
                kinds[record.tube].append(seen)
        for tube, found in kinds.items():
            yield from _of_a_kind(tube, found, relation)


def _of_a_kind(tube: str, found: Sequence[_Seen], relation: Carried) -> Iterator[TubeFinding]:
    wrong = [seen for seen in found if seen.is_exchanged]
    if len(found) >= LEAST_TUBES and len(wrong) >= AGREE * len(found):
        shares = (median([seen.shares[0] for seen in wrong]), median([seen.shares[1] for seen in wrong]))
        advice = f"({counted(len(wrong), 'tube')}). Compare the panel and `$PnS` with the stains."
        message = f"{_words(relation, wrong[0].markers, shares)} {advice}"
        finding = Finding(relation.check, Severity.FAIL, message, "", 100.0 * shares[0], _LIMIT)
        yield TubeFinding("", "", tube, "", finding)
        return
    for seen in wrong:
        yield at_tube(
            seen.record, relation.check, Severity.FAIL,
            f"{_words(relation, seen.markers, seen.shares)}. Check whether both stains are exchanged in this tube.",
            value=100.0 * seen.shares[0], limit=_LIMIT,
        )  # fmt: skip


def _words(relation: Carried, markers: tuple[str, str], shares: tuple[float, float]) -> str:
    return (
        f"{markers[0]} is on {percent_text(shares[0])} of {relation.carried_by} and {markers[1]} on "
        f"{percent_text(shares[1])}, as if both stains were exchanged"
    )


def _seen(record: TubeRecord, relation: Carried) -> _Seen | None:
    if record.result is None:
        return None
    traits, (one, other) = record.result.traits, relation.of
    if one not in traits.beyond or other not in traits.beyond:
        return None
    return _Seen(record, (traits.beyond[one], traits.beyond[other]), (traits.markers[one], traits.markers[other]))
