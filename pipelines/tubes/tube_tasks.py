"""Study -> orders: what each tube's analysis needs, and in which order tubes must be analysed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tregate.gating.count import flags
from tregate.gating.count.coincidence import Coincidence
from tregate.gating.count.estimates import CountingInput
from tregate.gating.count.other_ways import HAEMATOLOGY_MISSING, VOLUME_ABOVE_TOTAL, VOLUME_MISSING
from tregate.gating.events import DataSet
from tregate.gating.reference_gates import ReferenceGates
from tregate.gating.strategy.counting import MOST_OF_TOTAL, Counting
from tregate.gating.strategy.gates import BorrowGate, ControlGate
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult, TubeTask, counting_input_of
from tregate.gating.units import BeadsPerMicrolitre, Microlitre
from tregate.pipelines.interchange.gates_file import Gates, TubeKey
from tregate.pipelines.study.counting import is_by_beads, without_counting
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.study.samples import HAEMATOLOGY_COLUMN, TubeEntry
from tregate.pipelines.tubes.control_files import control_files, shown_controls
from tregate.pipelines.tubes.intensities_asked import intensities_asked
from tregate.pipelines.tubes.leaves import leaves
from tregate.pipelines.tubes.outcomes import Failure
from tregate.pipelines.tubes.packed import ByPopulation, Packed


@dataclass(frozen=True, slots=True)
class Job:
    """One used row of samples.csv, ready for analysis."""

    entry: TubeEntry
    order: TubeTask
    count_fault: Failure | None = None
    """Why the tube cannot be counted by beads although the row asks for it. It is gated all the same."""
    read: tuple[str, ...] = ()
    """Populations that the tables read from this kind of tube, without ancestors of others."""


def jobs(
    study: Study,
    *,
    densities: bool = False,
    replay: Mapping[TubeKey, Gates] | None = None,
    factors: Mapping[TubeKey, Coincidence] | None = None,
    placed: Mapping[TubeKey, Gates] | None = None,
) -> list[Job]:
    """A job for every used tube, in file order.

    `replay`: gates of an earlier run, used as they are. `factors`: pair factors of its batches, likewise. `placed`:
    of tubes on which a person placed gates, those that are used as they are; their other gates find their places.
    """
    made = []
    by_hand = placed or {}
    read = {tube: leaves(study.table_sources, tube, strategy) for tube, strategy in study.strategies.items()}
    asked = {tube: intensities_asked(study.table_sources, tube) for tube in study.strategies}
    by_beads = without_counting(study.strategies)
    for entry in study.used:
        strategy = (by_beads if is_by_beads(entry, study.strategies) else study.strategies)[entry.tube]
        load, no_beads, fault = counting_input(entry, strategy, study)
        order = TubeTask(
            path=entry.path,
            strategy=strategy,
            data_set=entry.dataset,
            matrix_csv=entry.compensation,
            counted_by=load,
            no_beads=no_beads,
            elsewhere=_NOTHING,
            replay=by_hand.get(entry.key, None if replay is None else replay.get(entry.key, {})),
            densities=densities,
            limits=study.tube_limits,
            coincidence=study.coincidence,
            second_opinion=study.second_opinion,
            declared_pairs=None if study.coincidence_percent is None else study.coincidence_percent / 100.0,
            coincidence_of=(factors or {}).get(entry.key),
            intensities=asked[entry.tube],
            controls=shown_controls(entry, strategy, study.entries) if densities else (),
        )
        made.append(Job(entry, order, fault, read[entry.tube]))
    return made


_NOTHING = ReferenceGates()
"""One for all tubes whose gates look at no other tube."""


# ---------------------------------------------------------------- what tubes are counted by


def counting_input(
    entry: TubeEntry, strategy: Strategy, study: Study
) -> tuple[CountingInput | None, str, Failure | None]:
    """What a tube is counted by; else the flag that says why not, and a fault where a count was asked for."""
    if strategy.washed:
        return None, flags.WASHED, _washed(entry, strategy) if entry.wants_beads else None
    if strategy.counting is not None and not is_by_beads(entry, study.strategies):
        return input_without_beads(entry, strategy.counting, study)
    if strategy.beads is None:
        return None, flags.NO_BEAD_GATE, _no_bead_gate(entry, strategy) if entry.wants_beads else None
    if not entry.wants_beads:
        return None, flags.BEAD_LOAD_MISSING, None
    lot = study.lots.get(entry.bead_lot)
    fault = _lacking(entry, study)
    if fault is not None or entry.blood_volume_ul is None:
        return None, fault.error if fault else "blood_volume_missing", fault
    load = CountingInput(
        lot=entry.bead_lot,
        blood_volume_ul=Microlitre(entry.blood_volume_ul),
        beads_per_ul=None if lot is None or lot.beads_per_ul is None else BeadsPerMicrolitre(lot.beads_per_ul),
        bead_volume_ul=None if entry.bead_volume_ul is None else Microlitre(entry.bead_volume_ul),
        beads_per_tube=entry.beads_per_tube,
        dilution=entry.dilution,
        lot_cv_percent=0.0 if lot is None else lot.cv_percent,
        bead_doublets=None if lot is None else lot.bead_doublets,
        preparation_cv_percent=study.preparation_cv_percent or 0.0,
    )
    return load, "", None


def input_without_beads(
    entry: TubeEntry, counting: Counting, study: Study
) -> tuple[CountingInput | None, str, Failure | None]:
    """What a tube is counted by that is not counted by beads; `volume_fault` says after reading what is missing."""
    where, preparation = entry.where, study.preparation_cv_percent or 0.0
    factor, factor_cv = (None, 0.0) if counting.bridge is None else (counting.bridge.factor, counting.bridge.cv_percent)
    if counting.by == "haematology":
        if entry.haematology_per_ul is None:
            message = (
                f"`{HAEMATOLOGY_COLUMN}` is empty ({where}), so there are no cells/µL. Enter the cells/µL of the "
                "haematology counter, of blood of the same draw."
            )
            return None, HAEMATOLOGY_MISSING, _fault(HAEMATOLOGY_MISSING, message)
        # each value has an error of its own, which does not cancel between visits as that of a bead lot does
        own = math.hypot(counting.cv_percent, preparation)
        load = CountingInput(
            lot="",
            blood_volume_ul=Microlitre(1.0),
            lot_cv_percent=factor_cv,
            preparation_cv_percent=own,
            haematology_per_ul=entry.haematology_per_ul,
            bridging_factor=factor,
        )
        return load, "", None
    if entry.blood_volume_ul is None:
        message = (
            f"`blood_volume_ul` is empty ({where}), so there are no cells/µL. Enter the volume of blood pipetted into "
            "the tube [µL]."
        )
        return None, "blood_volume_missing", _fault("blood_volume_missing", message)
    load = CountingInput(
        lot="",
        blood_volume_ul=Microlitre(entry.blood_volume_ul),
        dilution=entry.dilution,
        lot_cv_percent=math.hypot(counting.cv_percent, factor_cv),
        preparation_cv_percent=preparation,
        acquired_ul=entry.volume_ul,
        bridging_factor=factor,
    )
    return load, "", None


def volume_fault(job: Job, data_set: DataSet) -> Failure | None:
    """A tube is counted by volume, and its file and row state none of which the unit is certain, or too much of it."""
    counting = job.order.strategy.counting
    load = counting_input_of(job.order, data_set)
    if counting is None or counting.by != "volume" or load is None:
        return None
    total = counting.total_volume_ul or 1.0
    if load.acquired_ul is not None:
        if load.acquired_ul <= MOST_OF_TOTAL * total:
            return None
        return _fault(
            VOLUME_ABOVE_TOTAL,
            f"The file states that {load.acquired_ul:.4g} µL were acquired ($VOL), and `total_volume_ul` of `counting` "
            f"in study.yaml that {total:g} µL were in the tube, so there are no cells/µL. Correct `total_volume_ul`, "
            "or enter the volume acquired in `volume_ul`.",
        )
    return _fault(
        VOLUME_MISSING,
        f"The file states no volume of which the unit is certain, and `volume_ul` is empty "
        f"({job.entry.where}), so there are no cells/µL. Enter the volume acquired [µL].",
    )


def _lacking(entry: TubeEntry, study: Study) -> Failure | None:
    """What is missing before beads can be counted into cells/µL."""
    lot, where = study.lots.get(entry.bead_lot), entry.where
    name = f'Bead lot "{entry.bead_lot}"' if study.blinding is None else "The bead lot"
    if entry.bead_lot and lot is None:
        return _fault(
            "bead_lot_unknown",
            f"{name} ({where}) is not in the list of bead lots, so there are no cells/µL. Add "
            "the lot with its beads/µL and expiry, or correct the row.",
        )
    if entry.blood_volume_ul is None:
        return _fault(
            "blood_volume_missing",
            f"`blood_volume_ul` is empty ({where}), so there are no cells/µL. Enter the volume of blood pipetted "
            "into the tube [µL].",
        )
    if entry.beads_per_tube is not None:
        return None
    if not entry.bead_lot:
        return _fault(
            "bead_lot_missing",
            f"A bead volume has no `bead_lot` ({where}), so there are no cells/µL. Enter the lot number as in the "
            "list of bead lots.",
        )
    if entry.bead_volume_ul is None:
        return _fault(
            "bead_volume_missing",
            f"`bead_volume_ul` is empty ({where}), so there are no cells/µL. Enter the volume of beads pipetted "
            "into the tube [µL], or `beads_per_tube` for a product that states it.",
        )
    if lot is None or lot.beads_per_ul is None:
        return _fault(
            "bead_concentration_missing",
            f"{name} has no `beads_per_ul`, so there are no cells/µL. Enter it in the list of "
            f"bead lots, or `beads_per_tube` in {where}.",
        )
    return None


def _washed(entry: TubeEntry, strategy: Strategy) -> Failure:
    return _fault(
        "washed_tube_with_beads",
        f"The washed tube ({entry.where}) has a bead load, but washing removes beads, so there "
        "are no cells/µL; percentages are reported. Empty the bead columns of this row, or correct its `tube`.",
    )


def _no_bead_gate(entry: TubeEntry, strategy: Strategy) -> Failure:
    return _fault(
        "strategy_without_beads",
        f'The row ({entry.where}) declares beads, but the strategy "{strategy.strategy}" counts none, '
        "so there are no cells/µL. Add `beads:` to the strategy, or empty the bead columns of this row.",
    )


def no_beads_seen(job: Job, result: TubeResult) -> Failure | None:
    """Beads went in, says the row, and the bead gate holds none."""
    if job.order.strategy.counting is not None:
        return volume_fault(job, result.data_set)
    if job.order.counted_by is None or any(count.bead_events for count in result.counts):
        return None
    return _fault(
        flags.NO_BEADS,
        f"No beads in the file although the row ({job.entry.where}) declares a bead load, so there are "
        "no cells/µL; percentages are reported. Review the bead gate, and check that the acquisition did not "
        "exclude beads.",
    )


def _fault(error: str, message: str) -> Failure:
    return Failure("count", error, message)


# ---------------------------------------------------------------- tubes that look at other tubes


def stages(all_jobs: Sequence[Job], study: Study) -> list[list[Job]]:
    """Jobs so that each comes after the tubes whose gates it borrows; file order within a stage."""
    waiting = list(all_jobs)
    present = {job.entry.key for job in all_jobs}
    done: set[TubeKey] = set()
    ordered: list[list[Job]] = []
    while waiting:
        ready = [job for job in waiting if (sources(job, study) & present) <= done]
        if not ready:
            ready = waiting
        ordered.append(ready)
        done.update(job.entry.key for job in ready)
        waiting = [job for job in waiting if job.entry.key not in done]
    return ordered


def sources(job: Job, study: Study) -> set[TubeKey]:
    """(subject, visit, tube) of the tubes that this tube's gates are borrowed from."""
    subject, visit, tube = job.entry.key
    found: set[TubeKey] = set()
    if job.order.strategy.lock_at_baseline:
        found.add((subject, study.baseline, tube))
    for gate in _looking_elsewhere(job.order.strategy):
        if isinstance(gate, BorrowGate) and gate.source == "baseline":
            found.add((subject, study.baseline, tube))
        elif isinstance(gate, BorrowGate) and gate.source == "tube" and gate.tube is not None:
            found.add((subject, visit, gate.tube))
    return found - {job.entry.key}


def with_reference_gates(
    job: Job, study: Study, results: Mapping[TubeKey, TubeResult], entries: Sequence[TubeEntry]
) -> Job:
    """The job with what its gates may use of other tubes: their placed gates, and control files."""
    wanted = list(_looking_elsewhere(job.order.strategy))
    if not wanted and not job.order.strategy.lock_at_baseline:
        return job
    subject, visit, tube = job.entry.key
    tubes = {
        other: _gates(results[subject, visit, other])
        for gate in wanted
        if isinstance(gate, BorrowGate) and (other := gate.tube) is not None and (subject, visit, other) in results
    }
    controls = control_files(job.entry, job.order.strategy, entries)
    first = results.get((subject, study.baseline, tube))
    baseline = _gates(first) if first is not None and visit != study.baseline else {}
    elsewhere = ReferenceGates(baseline, visit == study.baseline, {}, tubes, controls)
    return replace(job, order=replace(job.order, elsewhere=elsewhere))


def with_batch(job: Job, batch: Gates) -> Job:
    """The job with the batch's median places."""
    return replace(job, order=replace(job.order, elsewhere=replace(job.order.elsewhere, batch=batch)))


def _gates(result: TubeResult) -> Gates:
    gates = result.gates
    return ByPopulation(gates) if isinstance(gates, Packed) else {gate.population: gate for gate in gates}


def _looking_elsewhere(strategy: Strategy) -> list[BorrowGate | ControlGate]:
    return [gate for gate in strategy.methods() if isinstance(gate, BorrowGate | ControlGate)]
