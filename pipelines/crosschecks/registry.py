"""All checks between the tubes of a visit and over a batch, by name. A new one is a function and a line here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from tregate.pipelines.crosschecks.batch_shift import batch_shift
from tregate.pipelines.crosschecks.bead_inputs import lot_concentration, odd_lot, odd_volume
from tregate.pipelines.crosschecks.bead_lots import bead_lot_expired, bead_lots_mixed
from tregate.pipelines.crosschecks.bead_lymphocyte_ratio import bead_lymphocyte_ratio
from tregate.pipelines.crosschecks.cd3_between_tubes import cd3_between_tubes
from tregate.pipelines.crosschecks.exchanged_stains import exchanged_stains
from tregate.pipelines.crosschecks.lymphosum import lymphosum
from tregate.pipelines.crosschecks.one_factor import one_factor
from tregate.pipelines.crosschecks.outliers import gate_outlier, percent_outlier
from tregate.pipelines.crosschecks.plausible_blood import plausible_blood
from tregate.pipelines.crosschecks.same_events import same_events
from tregate.pipelines.crosschecks.t_cell_sums import cd4_cd8_of_cd3, cd4_cd8_ratio
from tregate.pipelines.crosschecks.treg_fold import treg_fold
from tregate.pipelines.crosschecks.tube_labels import acquisition_days, tube_labels
from tregate.pipelines.crosschecks.whose_blood import whose_blood
from tregate.pipelines.study.crosscheck_limits import DEFAULT, StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding

StudyCheck = Callable[[Results, StudyLimits], Iterator[TubeFinding]]

CHECKS: Mapping[str, StudyCheck] = {
    "cd3_between_tubes": cd3_between_tubes,
    "cd4_cd8_of_cd3": cd4_cd8_of_cd3,
    "cd4_cd8_ratio": cd4_cd8_ratio,
    "lymphosum": lymphosum,
    "treg_fold": treg_fold,
    "plausible_blood": plausible_blood,
    "one_factor": one_factor,
    "odd_volume": odd_volume,
    "odd_lot": odd_lot,
    "lot_concentration": lot_concentration,
    "same_events": same_events,
    "tube_labels": tube_labels,
    "acquisition_days": acquisition_days,
    "exchanged_stains": exchanged_stains,
    "whose_blood": whose_blood,
    "bead_lot_expired": bead_lot_expired,
    "bead_lots_mixed": bead_lots_mixed,
    "bead_lymphocyte_ratio": bead_lymphocyte_ratio,
    "gate_outlier": gate_outlier,
    "percent_outlier": percent_outlier,
    "batch_shift": batch_shift,
}


def findings_between(results: Results, limits: StudyLimits = DEFAULT) -> tuple[TubeFinding, ...]:
    """Every check's findings, in the registry's order."""
    return tuple(dict.fromkeys(found for one in CHECKS.values() for found in one(results, limits)))


def cross_check(results: Results, limits: StudyLimits = DEFAULT) -> Results:
    """The results with what was found between tubes added to what was found of each."""
    return replace(results, findings=(*results.findings, *findings_between(results, limits)))
