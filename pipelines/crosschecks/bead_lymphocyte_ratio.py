"""Beads against lymphocytes: a tube far from its batch had another volume of one of them.

Source: docs/sources.md#checks-between-tubes.
"""

import math
from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.gating.wording import number_text
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median, spread
from tregate.pipelines.crosschecks.visits import sound
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


def bead_lymphocyte_ratio(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Robust z of ln(beads / lymphocytes) within the tubes of one name."""
    groups: dict[str, list[tuple[TubeRecord, float]]] = {}
    for record in sound(results):
        cells = record.count("lymphocytes")
        if cells is not None and cells.events and cells.bead_events and cells.cells_per_ul is not None:
            ratio = math.log(cells.bead_events / cells.events)
            groups.setdefault(record.tube, []).append((record, ratio))
    for group in groups.values():
        if len(group) < limits.least_tubes:
            continue
        ratios = [ratio for _, ratio in group]
        middle, width = median(ratios), spread(ratios, limits.bead_ratio_floor)
        for record, ratio in group:
            z = (ratio - middle) / width
            if abs(z) > limits.bead_ratio_z:
                yield at_tube(
                    record, "bead_lymphocyte_ratio", Severity.WARN,
                    f"Beads per lymphocyte: {number_text(math.exp(ratio))}, median of the {record.tube} tubes "
                    f"{number_text(math.exp(middle))}. If the patient's lymphocyte count does not explain this, "
                    "check the volumes of blood and beads.",
                    population="", value=z, limit=f"robust z from -{limits.bead_ratio_z:g} to {limits.bead_ratio_z:g}",
                )  # fmt: skip
