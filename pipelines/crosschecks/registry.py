"""All checks between the tubes of a visit and over a batch, by name. A new one is a function and a line here.

The first five and `beads_per_cell` look at relations that the table definition declares as `plausible`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from tregate.pipelines.crosschecks.batch_shift import batch_shift
from tregate.pipelines.crosschecks.bead_lots import bead_lot_expired, bead_lots_mixed
from tregate.pipelines.crosschecks.beads_per_cell import beads_per_cell
from tregate.pipelines.crosschecks.bridged_counts import bridged_counts
from tregate.pipelines.crosschecks.carried_stains import carried_stains
from tregate.pipelines.crosschecks.exchanged_stains import exchanged_stains
from tregate.pipelines.crosschecks.fold_windows import fold_windows
from tregate.pipelines.crosschecks.intensity_checks import intensity_drift, intensity_settings
from tregate.pipelines.crosschecks.lot_concentration import lot_concentration
from tregate.pipelines.crosschecks.odd_lot import odd_lot
from tregate.pipelines.crosschecks.odd_volume import odd_volume
from tregate.pipelines.crosschecks.one_factor import one_factor
from tregate.pipelines.crosschecks.outliers import gate_outlier, percent_outlier
from tregate.pipelines.crosschecks.parts_in_one_tube import parts_in_one_tube, ratio_in_one_tube
from tregate.pipelines.crosschecks.parts_of_a_visit import parts_of_a_visit
from tregate.pipelines.crosschecks.plausible_blood import plausible_blood
from tregate.pipelines.crosschecks.replicates import replicates, replicates_missing
from tregate.pipelines.crosschecks.same_blood import same_blood
from tregate.pipelines.crosschecks.same_events import same_events
from tregate.pipelines.crosschecks.same_share import same_share
from tregate.pipelines.crosschecks.tube_labels import acquisition_days, tube_labels
from tregate.pipelines.crosschecks.visit_dates import (
    instruments,
    one_draw,
    out_of_window,
    outside_the_plan,
    sample_age,
)
from tregate.pipelines.crosschecks.whose_blood import whose_blood
from tregate.pipelines.study.crosscheck_limits import DEFAULT, StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding

StudyCheck = Callable[[Results, StudyLimits], Iterator[TubeFinding]]

CHECKS: Mapping[str, StudyCheck] = {
    "same_blood": same_blood,
    "same_share": same_share,
    "parts_in_one_tube": parts_in_one_tube,
    "ratio_in_one_tube": ratio_in_one_tube,
    "parts_of_a_visit": parts_of_a_visit,
    "fold_windows": fold_windows,
    "plausible_blood": plausible_blood,
    "one_factor": one_factor,
    "odd_volume": odd_volume,
    "odd_lot": odd_lot,
    "lot_concentration": lot_concentration,
    "same_events": same_events,
    "tube_labels": tube_labels,
    "acquisition_days": acquisition_days,
    "out_of_window": out_of_window,
    "outside_the_plan": outside_the_plan,
    "sample_age": sample_age,
    "one_draw": one_draw,
    "instruments": instruments,
    "exchanged_stains": exchanged_stains,
    "carried_stains": carried_stains,
    "whose_blood": whose_blood,
    "bead_lot_expired": bead_lot_expired,
    "bead_lots_mixed": bead_lots_mixed,
    "bridged_counts": bridged_counts,
    "beads_per_cell": beads_per_cell,
    "gate_outlier": gate_outlier,
    "percent_outlier": percent_outlier,
    "batch_shift": batch_shift,
    "replicates": replicates,
    "replicates_missing": replicates_missing,
    "intensity_settings": intensity_settings,
    "intensity_drift": intensity_drift,
}


OF_THE_COURSE = frozenset(
    {
        *("fold_windows", "plausible_blood", "tube_labels", "acquisition_days", "outside_the_plan"),
        *("odd_lot", "lot_concentration"),
    }
)
"""Checks that know which visit is which, or say which lot a visit had: none of them is made of a blinded study."""
BLIND: Mapping[str, StudyCheck] = {
    **{name: check for name, check in CHECKS.items() if name not in OF_THE_COURSE},
    "batch_shift": partial(batch_shift, blind=True),
}
"""The checks of a blinded study."""


def findings_between(
    results: Results, limits: StudyLimits = DEFAULT, *, blind: bool = False
) -> tuple[TubeFinding, ...]:
    """Every check's findings, in the registry's order; of a blinded study those of `BLIND`."""
    made = BLIND if blind else CHECKS
    return tuple(dict.fromkeys(found for one in made.values() for found in one(results, limits)))


def cross_check(results: Results, limits: StudyLimits = DEFAULT, *, blind: bool = False) -> Results:
    """The results with what was found between tubes added to what was found of each."""
    results.values.make((subject, visit) for subject in results.subjects for visit in results.visits)
    between = findings_between(results, limits, blind=blind)
    return replace(results, findings=(*results.findings, *between), kept=results.values)
