"""Beads against cells: a tube far from its batch had another volume of one of them.

Source: docs/sources.md#checks-between-tubes.
"""

import math
from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.gating.wording import number_text
from tregate.pipelines.crosschecks.per_tube import at_tube, beads_of
from tregate.pipelines.crosschecks.robust import median, spread
from tregate.pipelines.crosschecks.visits import sound
from tregate.pipelines.plausible.beads_per import BeadsPer
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def beads_per_cell(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Robust z of ln(beads / cells) within the tubes of one name."""
    for relation in results.sources.declared.relations(BeadsPer):
        groups: dict[str, list[tuple[TubeRecord, float]]] = {}
        for record in sound(results):
            cells = record.count(relation.beads_per)
            if cells is not None and cells.events and cells.bead_events and cells.cells_per_ul is not None:
                ratio = math.log(cells.bead_events / cells.events)
                groups.setdefault(record.tube, []).append((record, ratio))
        for group in groups.values():
            if len(group) >= limits.least_tubes:
                yield from _standing_out(group, relation, results)


def _standing_out(group: list[tuple[TubeRecord, float]], relation: BeadsPer, results: Results) -> Iterator[TubeFinding]:
    declared = results.sources.declared
    largest, floor = declared.limit(relation.z), declared.limit(relation.floor)
    ratios = [ratio for _, ratio in group]
    middle, width = median(ratios), spread(ratios, floor)
    for record, ratio in group:
        z = (ratio - middle) / width
        if abs(z) > largest:
            yield at_tube(
                record, relation.check, Severity.WARN,
                f"Beads per {relation.called}: {number_text(math.exp(ratio))}, median of the {record.tube} tubes "
                f"{number_text(math.exp(middle))}. If the patient's {relation.called} count does not explain this, "
                "check the volumes of blood and beads.",
                population=beads_of(record), value=z, limit=f"robust z from -{largest:g} to {largest:g}",
            )  # fmt: skip
