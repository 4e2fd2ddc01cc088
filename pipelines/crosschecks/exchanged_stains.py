"""Two stains exchanged, in one tube or in every tube of a kind.

The table definition declares two populations of which cells outside their parent carry the second's marker dimly, and
next to none the first's: a third of NK cells are CD8dim and CD3-, and no CD3- lymphocyte is CD4dim
(docs/limits.md). The marker with the dim cells is then the second one, whatever the panel calls it, where the ratio of
both says so too: few NK cells leave the CD4dim monocytes of the gate.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import counted
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.plausible.exchangeable import Exchangeable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_TUBES = 3
AGREE = 0.8
"""Share of the tubes that must show it."""
TAIL = 0.25
"""ln of how much wider the upper tail of the first marker must be than that of the second."""
TAIL_ONE = 0.15
"""The same for one tube, whose ratio must be unlike the study's as well."""
FOLD = 1.5
"""Ratio of one tube over the study's median, or the other way, that goes with exchanged stains."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one tube shows of the two stains."""

    record: TubeRecord
    ratio: float
    """Events of the first population over those of the second."""
    tail: float
    """ln of the second's upper tail over the first's, among cells outside the parent."""
    markers: tuple[str, str]
    outside: str
    """Population that the dim cells are not in."""


def exchanged_stains(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A finding for all tubes of a kind, or for one tube that differs from the others."""
    declared = results.sources.declared
    for relation in declared.relations(Exchangeable):
        kinds: dict[str, list[_Seen]] = defaultdict(list)
        for record in usable(results):
            seen = _seen(record, relation)
            if seen is not None:
                kinds[record.tube].append(seen)
        for tube, found in kinds.items():
            if len(found) >= LEAST_TUBES:
                yield from _of_a_kind(tube, found, relation, declared.limit(relation.least_ratio))


def _of_a_kind(tube: str, found: Sequence[_Seen], relation: Exchangeable, least: float) -> Iterator[TubeFinding]:
    tails = [seen.tail for seen in found]
    ratio, tail = median([seen.ratio for seen in found]), median(tails)
    one, other = relation.exchangeable
    first, second = found[0].markers
    if tail < -TAIL and sum(one < 0 for one in tails) >= AGREE * len(tails):
        message = (
            f"{first} is dim on cells outside {found[0].outside} and {second} is not, as if both stains were "
            f"exchanged ({counted(len(found), 'tube')}, {one}/{other} {ratio:.2g})."
        )
        if ratio < least:
            severity, advice = Severity.FAIL, "Compare the panel and `$PnS` with the stains."
        else:
            severity, advice = (
                Severity.INFO,
                f"The ratio does not say so: few cells outside {found[0].outside} show it too.",
            )
        finding = Finding(relation.check, severity, f"{message} {advice}", "", tail, f"above {-TAIL:g}")
        yield TubeFinding("", "", tube, "", finding)
        return
    if tail > TAIL:
        yield from _single(found, ratio, relation)
    if ratio < least and len({seen.record.subject for seen in found}) >= LEAST_TUBES:
        message = (
            f"Median {one}/{other} of the study is {ratio:.2g}, expected at least {least:g} in healthy blood. Check "
            f"that both stains are not exchanged; for patients with a low ratio, set `{relation.least_ratio}` under "
            "`checks:`."
        )
        limit = f"at least {least:g}"
        yield TubeFinding("", "", tube, "", Finding(relation.study_check, Severity.WARN, message, "", ratio, limit))


def _single(found: Sequence[_Seen], usual: float, relation: Exchangeable) -> Iterator[TubeFinding]:
    """One tube whose dim cells and whose ratio both say what the study's other tubes do not."""
    one, other = relation.exchangeable
    for seen in found:
        if seen.tail < -TAIL_ONE and not usual / FOLD < seen.ratio < usual * FOLD:
            first, second = seen.markers
            yield at_tube(
                seen.record, relation.check, Severity.FAIL,
                f"{first} is dim on cells outside {seen.outside} and {second} is not, and {one}/{other} is "
                f"{seen.ratio:.2g} (study median {usual:.2g}). Check whether both stains are exchanged in this tube.",
                value=seen.tail, limit=f"above {-TAIL_ONE:g}",
            )  # fmt: skip


def _seen(record: TubeRecord, relation: Exchangeable) -> _Seen | None:
    one, other = relation.exchangeable
    first, second = record.count(one), record.count(other)
    if record.result is None or first is None or second is None or not first.events or not second.events:
        return None
    traits = record.result.traits
    if one not in traits.tails or other not in traits.tails:
        return None
    markers = (traits.markers[one], traits.markers[other])
    tail = traits.tails[other] - traits.tails[one]
    return _Seen(record, first.events / second.events, tail, markers, str(first.parent))
