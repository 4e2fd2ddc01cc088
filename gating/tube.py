"""One tube from file to counts: the flow of the package in one function.

read -> bind -> compensate -> place and gate -> count -> check
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tregate.gating.count import count
from tregate.gating.count.coincidence import OFF, Coincidence, PairCorrection, PairsSeen, best
from tregate.gating.count.estimates import BeadLoad, PopulationCount
from tregate.gating.count.pairs import find_pairs
from tregate.gating.engine import gate
from tregate.gating.event_prints import EventPrints, event_prints
from tregate.gating.events import Binding, Compensation, DataSet, Density, Gated, PlacedGate, Prepared, Sample
from tregate.gating.findings import Finding
from tregate.gating.prepare import prepare
from tregate.gating.qc import Inspected, arrivals_of, check
from tregate.gating.qc.event_order import repeated_events
from tregate.gating.qc.limits import DEFAULT, TubeLimits
from tregate.gating.read import read
from tregate.gating.reference_gates import ReferenceGates
from tregate.gating.reference_tubes import KnownTubes
from tregate.gating.shared_channels import without_shared
from tregate.gating.strategy.schema import Strategy
from tregate.gating.traits import Traits, traits
from tregate.gating.units import PopulationName


@dataclass(frozen=True, slots=True)
class TubeTask:
    """Everything that one tube's analysis needs; plain values, so that any process can do it."""

    path: Path
    strategy: Strategy
    data_set: int | None = None
    matrix_csv: Path | None = None
    beads: BeadLoad | None = None
    no_beads: str = ""
    """Flag that says why `beads` is None: "washed", "bead_lot_unknown", "bead_volume_missing" ..."""
    replay: Mapping[PopulationName, PlacedGate] | None = None
    """Gates of an earlier run, used as they are."""
    elsewhere: ReferenceGates = field(default_factory=ReferenceGates)
    densities: bool = False
    """Whether pictures will be drawn."""
    limits: TubeLimits = DEFAULT
    """Of the checks."""
    coincidence: PairCorrection = "correct"
    """What is done about cells that passed in pairs."""
    declared_pairs: float | None = None
    """Share of the leucocytes in pairs (0 to 1) that the laboratory declares, for tubes that tell none."""
    second_opinion: bool = False
    """Whether a mixture over all markers checks the gates: costs scikit-learn and 0.1 s."""
    coincidence_of: Coincidence | None = None
    """The pair factor of an earlier run or of the batch, used as it is."""


@dataclass(frozen=True, slots=True)
class TubeResult:
    """What one tube gave."""

    data_set: DataSet
    decision: str
    """Why this data set of the file."""
    binding: Binding
    compensation: Compensation
    counts: tuple[PopulationCount, ...]
    gates: tuple[PlacedGate, ...]
    findings: tuple[Finding, ...]
    densities: tuple[Density, ...] = ()
    bead_arrivals: tuple[int, ...] = ()
    """Beads per equal stretch of the run, for the picture of beads over time."""
    grounds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Population -> itself and all it is gated within or made of."""
    coincidence: Coincidence = OFF
    """What its counts are multiplied by for cells in pairs."""
    pairs: PairsSeen | None = None
    """Leucocytes that passed in pairs; None where the tube does not show them, or where none is asked for."""
    prints: EventPrints = field(default_factory=EventPrints)
    """What the events are recognised by in other files."""
    traits: Traits = field(default_factory=Traits)
    """What is stable in a person: levels of markers, dim cells."""


def analyse(order: TubeTask) -> TubeResult:
    """Read, prepare, gate, count and check one tube.

    Raises TubeError (its `stage` says where) where the tube cannot be gated.
    """
    return analyse_gated(order)[0]


def analyse_gated(order: TubeTask) -> tuple[TubeResult, Gated]:
    """As `analyse`, with the membership of every event: for those who know which cell each event was."""
    prepared, gated = gate_tube(order)
    return count_tube(order, prepared, gated), gated


def gate_tube(order: TubeTask) -> tuple[Prepared, Gated]:
    """Read, prepare and gate one tube; nothing is counted.

    Raises TubeError (its `stage` says where) where the tube cannot be gated.
    """
    sample = read(order.path, order.data_set)
    prepared = prepare(sample, order.strategy, order.matrix_csv)
    others = KnownTubes(order.strategy, order.elsewhere)
    gated = gate(prepared, order.strategy, order.replay, order.densities, others)
    return prepared, without_shared(gated, prepared.binding, order.strategy)


def count_tube(order: TubeTask, prepared: Prepared, gated: Gated) -> TubeResult:
    """Count and check one gated tube, with the beads of `order`. Raises CountError for an impossible load."""
    pairs = None if order.coincidence == "none" else find_pairs(prepared, gated, order.strategy)
    factor = coincidence_of(order, pairs)
    counts = count(gated, order.strategy, order.beads, order.no_beads, factor)
    tube = Inspected(prepared, gated, order.strategy, counts, order.beads, order.no_beads, order.limits, factor)
    sample = prepared.sample
    prints = event_prints(sample)
    findings = (*repeated_events(prints), *check(tube))
    if order.second_opinion:
        from tregate.gating.qc.second_opinion import second_opinion

        findings = (*findings, *second_opinion(tube))
    return TubeResult(
        data_set=sample.data_set,
        decision=sample.decision,
        binding=prepared.binding,
        compensation=prepared.compensation,
        counts=counts,
        gates=gated.gates,
        findings=(*repairs_told(sample), *prepared.findings, *gated.findings, *findings),
        densities=gated.densities,
        bead_arrivals=arrivals_of(tube),
        grounds={name: order.strategy.grounds(name) for name in order.strategy.populations},
        coincidence=factor,
        pairs=pairs,
        prints=prints,
        traits=traits(prepared, gated, order.strategy),
    )


def coincidence_of(order: TubeTask, pairs: PairsSeen | None, batch: Coincidence | None = None) -> Coincidence:
    """The pair factor of a tube: as stored, by its own pairs, by its batch's, or as declared; OFF if not asked for."""
    if order.coincidence == "none":
        return OFF
    factor = order.coincidence_of or best(pairs, batch, order.declared_pairs)
    return replace(factor, applied=order.coincidence == "correct")


def repairs_told(sample: Sample) -> tuple[Finding, ...]:
    """What the reader mended, and what it doubts, as findings."""
    repairs = (Finding(f"repair_{r.name.replace('-', '_')}", r.severity, r.message) for r in sample.data_set.repairs)
    return (*repairs, *sample.data_set.findings)
