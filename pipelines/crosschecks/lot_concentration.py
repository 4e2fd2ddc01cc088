"""Beads/µL of the lots of a study, beside each other and beside what counting beads hold."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.crosschecks.per_tube import beads_of
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def lot_concentration(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Lots that differ more than lots of one product do, and lots far from what counting beads hold."""
    per_ul: dict[str, float] = {}
    for record in usable(results):
        if record.counted_by is not None and record.counted_by.beads_per_ul is not None and record.bead_lot:
            per_ul[record.bead_lot] = float(record.counted_by.beads_per_ul)
    if not per_ul:
        return
    low, high = min(per_ul, key=lambda lot: per_ul[lot]), max(per_ul, key=lambda lot: per_ul[lot])
    apart = per_ul[high] / per_ul[low] - 1.0
    odd = {lot for lot, value in per_ul.items() if not limits.lot_beads_low <= value <= limits.lot_beads_high}
    if apart > limits.lots_apart:
        message = (
            f"Bead lots differ by {100 * apart:.0f} %: {low} holds {per_ul[low]:g}/µL and {high} "
            f"{per_ul[high]:g}/µL. Lots "
            "of one product differ by a few per cent; check both against their vials."
        )
        finding = Finding("lot_concentration", Severity.WARN, message, "", apart, f"at most {limits.lots_apart:g}")
        yield from _at_lots(results, odd or {low, high}, finding)
    elif odd:
        lot = sorted(odd)[0]
        message = (
            f"Bead lot {lot} holds {per_ul[lot]:g}/µL; common counting beads hold about 1000. If that is not the "
            "product's "
            "number, cells/µL are wrong by the same factor."
        )
        limit = f"{limits.lot_beads_low:g} to {limits.lot_beads_high:g}"
        yield from _at_lots(results, odd, Finding("lot_concentration", Severity.WARN, message, "", per_ul[lot], limit))


def _at_lots(results: Results, lots: set[str], finding: Finding) -> Iterator[TubeFinding]:
    """The finding for each kind of tube where all its tubes have the lot, else at each tube."""
    kinds: dict[str, list[TubeRecord]] = defaultdict(list)
    for record in usable(results):
        if record.counted_by is not None and record.bead_lot:
            kinds[record.tube].append(record)
    for tube, records in kinds.items():
        if all(record.bead_lot in lots for record in records):
            yield TubeFinding("", "", tube, "", replace(finding, population=beads_of(records[0])))
            continue
        for record in records:
            if record.bead_lot in lots:
                here = replace(finding, population=beads_of(record))
                yield TubeFinding(record.subject, record.visit, record.tube, record.file, here, of_setup=True)
