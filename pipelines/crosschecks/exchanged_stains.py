"""CD4 and CD8 exchanged over a whole study: some CD3- lymphocytes are dim for CD8, next to none for CD4."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_TUBES = 3
AGREE = 0.8
"""Share of the tubes that must show it."""
TAIL = 0.25
"""ln of how much wider the upper tail of the marker called CD4 must be than that of CD8."""
TAIL_ONE = 0.15
"""The same for one tube, whose CD4/CD8 must be unlike the study's as well."""
FOLD = 1.5
"""CD4/CD8 of one tube over the study's median, or the other way, that goes with exchanged stains."""
Pair = tuple[TubeRecord, str, str, float, float]
"""Tube, CD4 population, CD8 population, ratio of their events, ln tail of CD8 over CD4."""


def exchanged_stains(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Told of every tube of a kind. A third of NK cells are CD8dim and CD3- [domain; Poli 2009]; CD4 has no such cells
    in the lymphocyte gate, so the marker with the dim CD3- cells is CD8, whatever the panel calls it.
    """
    kinds: dict[str, list[Pair]] = defaultdict(list)
    for record in usable(results):
        for one, other, ratio, tail in _pairs(record):
            kinds[record.tube].append((record, one, other, ratio, tail))
    for tube, found in kinds.items():
        if len(found) < LEAST_TUBES:
            continue
        tails = [tail for *_, tail in found]
        ratio = median([ratio for *_, ratio, _ in found])
        one, other = found[0][1], found[0][2]
        if median(tails) < -TAIL and sum(tail < 0 for tail in tails) >= AGREE * len(tails):
            message = (
                "The marker called CD4 is dim on CD3- lymphocytes and CD8 is not, as if both were exchanged "
                f"({len(found)} "
                f"tubes, {one}/{other} {ratio:.2g}). Compare the panel and `$PnS` with the stains."
            )
            finding = Finding("stains_exchanged", Severity.FAIL, message, "", median(tails), f"above {-TAIL:g}")
            yield TubeFinding("", "", tube, "", finding)
        elif median(tails) > TAIL:
            yield from _single(found, ratio)
        if (
            median(tails) >= -TAIL
            and ratio < limits.cd4_cd8_study_low
            and len({record.subject for record, *_ in found}) >= LEAST_TUBES
        ):
            message = (
                f"Median {one}/{other} of the study is {ratio:.2g}; healthy blood has 1 to 4. Check that both stains "
                "are not "
                "exchanged; for patients with low CD4 set `cd4_cd8_study_low` under `checks:`."
            )
            limit = f"at least {limits.cd4_cd8_study_low:g}"
            yield TubeFinding("", "", tube, "", Finding("cd4_cd8_study", Severity.WARN, message, "", ratio, limit))


def _single(found: Sequence[Pair], usual: float) -> Iterator[TubeFinding]:
    """One tube whose dim cells and whose CD4/CD8 both say what the study's other tubes do not."""
    for record, one, other, ratio, tail in found:
        if tail < -TAIL_ONE and not usual / FOLD < ratio < usual * FOLD:
            message = (
                f"The marker called CD4 is dim on CD3- lymphocytes and CD8 is not, and {one}/{other} is {ratio:.2g} "
                "where "
                f"the study has {usual:.2g}. Check that both stains are not exchanged in this tube."
            )
            yield at_tube(record, "stains_exchanged", Severity.FAIL, message, value=tail, limit=f"above {-TAIL_ONE:g}")


def _pairs(record: TubeRecord) -> Iterator[tuple[str, str, float, float]]:
    """(CD4 population, CD8 population, ratio of their events, ln tail of CD8 over CD4)."""
    traits = {} if record.result is None else record.result.traits
    fours = [key.split(" ", 2)[2] for key in traits if key.startswith("tail CD4 ")]
    eights = [key.split(" ", 2)[2] for key in traits if key.startswith("tail CD8 ")]
    for four in fours:
        for eight in eights:
            first, second = record.count(four), record.count(eight)
            if first is None or second is None or not first.events or not second.events:
                continue
            yield four, eight, first.events / second.events, traits[f"tail CD8 {eight}"] - traits[f"tail CD4 {four}"]
