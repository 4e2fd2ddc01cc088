"""All checks between the tubes of a visit and over a batch, by name. A new one is a function and a line here.

The first five and `beads_per_cell` look at relations that the table definition declares as `plausible`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from tregate.pipelines.crosschecks.batch_shift import batch_shift
from tregate.pipelines.crosschecks.bead_lots import bead_lot_expired, bead_lots_mixed
from tregate.pipelines.crosschecks.beads_per_cell import beads_per_cell
from tregate.pipelines.crosschecks.fold_windows import fold_windows
from tregate.pipelines.crosschecks.outliers import gate_outlier, percent_outlier
from tregate.pipelines.crosschecks.parts_in_one_tube import parts_in_one_tube, ratio_in_one_tube
from tregate.pipelines.crosschecks.parts_of_a_visit import parts_of_a_visit
from tregate.pipelines.crosschecks.same_blood import same_blood
from tregate.pipelines.study.crosscheck_limits import DEFAULT, StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding

StudyCheck = Callable[[Results, StudyLimits], Iterator[TubeFinding]]

CHECKS: Mapping[str, StudyCheck] = {
    "same_blood": same_blood,
    "parts_in_one_tube": parts_in_one_tube,
    "ratio_in_one_tube": ratio_in_one_tube,
    "parts_of_a_visit": parts_of_a_visit,
    "fold_windows": fold_windows,
    "bead_lot_expired": bead_lot_expired,
    "bead_lots_mixed": bead_lots_mixed,
    "beads_per_cell": beads_per_cell,
    "gate_outlier": gate_outlier,
    "percent_outlier": percent_outlier,
    "batch_shift": batch_shift,
}


def findings_between(results: Results, limits: StudyLimits = DEFAULT) -> tuple[TubeFinding, ...]:
    """Every check's findings, in the registry's order."""
    return tuple(dict.fromkeys(found for one in CHECKS.values() for found in one(results, limits)))


def cross_check(results: Results, limits: StudyLimits = DEFAULT) -> Results:
    """The results with what was found between tubes added to what was found of each."""
    return replace(results, findings=(*results.findings, *findings_between(results, limits)), kept=results.values)
