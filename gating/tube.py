"""One tube from file to counts: the flow of the package in two functions.

measure   read -> bind -> compensate -> place and gate -> look     what needs events
counted   count -> check                                          arithmetic after it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tregate.gating.control_events import ControlEvents, ShownControl, control_events
from tregate.gating.count.coincidence import OFF, Coincidence, PairCorrection, PairsSeen, best
from tregate.gating.count.estimates import CountingInput, PopulationCount
from tregate.gating.count.low_scatter import Shares, low_scatter
from tregate.gating.count.pairs import find_pairs
from tregate.gating.count.populations import count
from tregate.gating.engine import gate
from tregate.gating.event_prints import EventPrints, event_prints
from tregate.gating.events import (
    Binding,
    Compensation,
    DataSet,
    Density,
    Gated,
    PlacedGate,
    Prepared,
    Sample,
)
from tregate.gating.events_gone import NO_EVENTS, NO_MEMBERS
from tregate.gating.findings import Finding
from tregate.gating.intensities import Intensity, IntensityAsked, intensities
from tregate.gating.member_rows import MemberRows
from tregate.gating.prepare import prepare
from tregate.gating.qc.bead_quality import arrivals_of
from tregate.gating.qc.event_order import repeated_events
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.limits import DEFAULT, TubeLimits
from tregate.gating.qc.missing_markers import is_omitted_for_a_marker
from tregate.gating.qc.registry import Seen, check, look
from tregate.gating.read.file_bytes import FileBytes
from tregate.gating.read.survey import read
from tregate.gating.reference_gates import ReferenceGates
from tregate.gating.reference_tubes import KnownTubes
from tregate.gating.sampled_events import SampledEvents, sampled_events
from tregate.gating.shared_channels import without_shared
from tregate.gating.strategy.schema import Strategy
from tregate.gating.traits import Traits, traits
from tregate.gating.units import Marker, PopulationName


@dataclass(frozen=True, slots=True)
class TubeTask:
    """Everything that one tube's analysis needs; plain values, so that any process can do it."""

    path: Path
    strategy: Strategy
    data_set: int | None = None
    matrix_csv: Path | None = None
    counted_by: CountingInput | None = None
    no_beads: str = ""
    """Flag that says why `counted_by` is None: "washed", "bead_lot_unknown", "bead_volume_missing" ..."""
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
    """Share of the leucocytes in pairs (0 to 1) that the laboratory declares, for tubes that show none."""
    second_opinion: bool = False
    """Whether a mixture over all markers checks the gates: costs scikit-learn and 0.1 s."""
    coincidence_of: Coincidence | None = None
    """The pair factor of an earlier run or of the batch, used as it is."""
    intensities: tuple[IntensityAsked, ...] = ()
    """Markers whose intensity the tables ask for."""
    controls: tuple[ShownControl, ...] = ()
    """Control tubes that are shown on its plots."""


@dataclass(frozen=True, slots=True)
class TubeMeasured:
    """What a tube's events gave. Plain values; they do not depend on lots, volumes, names or other tubes' results
    but those its task names, so that they can be kept and counted again."""

    data_set: DataSet
    decision: str
    """Why this data set of the file."""
    binding: Binding
    compensation: Compensation
    constant: Mapping[Marker, float]
    """Stained marker whose detector recorded one value for every event -> that value."""
    n_events: int
    order: tuple[PopulationName, ...]
    parents: Mapping[PopulationName, PopulationName]
    gates: tuple[PlacedGate, ...]
    unmeasured: Mapping[PopulationName, str]
    events: Mapping[PopulationName, int]
    bead_events: int | None
    """Events of the bead gate or of its doublets; None where no beads were found a place."""
    findings: tuple[Finding, ...]
    """Of reading, preparing and gating."""
    seen: Seen
    """Of the checks that look at events."""
    second_opinion: tuple[Finding, ...]
    pairs: PairsSeen | None
    low_scatter: Shares
    """Population -> share of its events that scatter less light than its living cells would."""
    bead_arrivals: tuple[int, ...]
    prints: EventPrints
    """What the events are recognised by in other files."""
    traits: Traits
    """What is stable in a person."""
    intensities: tuple[Intensity, ...] = ()
    """Of the markers and populations that the task asks for, in its order."""
    densities: tuple[Density, ...] = field(default=(), compare=False, repr=False)
    sampled: SampledEvents | None = field(default=None, compare=False, repr=False)
    """Some events, where pictures will be drawn."""
    controls: tuple[ControlEvents, ...] = field(default=(), compare=False, repr=False)
    """Control tubes on its plots, where pictures will be drawn."""

    @property
    def gated(self) -> Gated:
        """The populations, without the membership of their events."""
        return Gated(
            self.n_events, self.order, self.parents, self.gates, self.unmeasured, NO_MEMBERS, self.events,
            bead_events=self.bead_events,
        )  # fmt: skip

    def prepared(self, path: Path) -> Prepared:
        """The sample, whose events can no longer be asked for."""
        sample = Sample(path, self.data_set, NO_EVENTS, self.decision)
        return Prepared(sample, self.binding, self.compensation, {}, {}, constant=self.constant)


@dataclass(frozen=True, slots=True)
class TubeResult:
    """What one tube gave."""

    data_set: DataSet
    decision: str
    """Why this data set of the file."""
    binding: Binding
    compensation: Compensation
    counts: Sequence[PopulationCount]
    gates: Sequence[PlacedGate]
    findings: tuple[Finding, ...]
    densities: tuple[Density, ...] = ()
    sampled: SampledEvents | None = field(default=None, compare=False, repr=False)
    """Some events, where pictures will be drawn."""
    controls: tuple[ControlEvents, ...] = field(default=(), compare=False, repr=False)
    """Control tubes on its plots, where pictures will be drawn."""
    bead_arrivals: tuple[int, ...] = ()
    """Beads per equal stretch of the run, for the picture of beads over time."""
    grounds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Population -> itself and all it is gated within or made of."""
    stands_for: Mapping[str, str] = field(default_factory=dict)
    """Population that places a learned gate's second one -> the learned population."""
    coincidence: Coincidence = OFF
    """What its counts are multiplied by for cells in pairs."""
    pairs: PairsSeen | None = None
    """Leucocytes that passed in pairs; None where the tube does not show them, or where none is asked for."""
    prints: EventPrints = field(default_factory=EventPrints)
    """What the events are recognised by in other files."""
    traits: Traits = field(default_factory=Traits)
    """What is stable in a person: levels of markers, dim cells."""
    intensities: tuple[Intensity, ...] = ()
    """Of the markers and populations that the tables ask for."""


def analyse(order: TubeTask) -> TubeResult:
    """Read, prepare, gate, count and check one tube.

    Raises TubeError (its `stage` says where) where the tube cannot be gated.
    """
    return counted(measure(order), order)


def analyse_gated(order: TubeTask) -> tuple[TubeResult, Gated]:
    """As `analyse`, with the membership of every event: for those who know which cell each event was."""
    prepared, gated = gate_tube(order)
    return count_tube(order, prepared, gated), gated


def measure(order: TubeTask, file: FileBytes | None = None) -> TubeMeasured:
    """All that needs the tube's events: read, prepare, gate, and look at them. Nothing in it depends on beads added.

    file: the bytes of `order.path`, where they were read already.
    Raises TubeError (its `stage` says where) where the tube cannot be gated.
    """
    return _measured(order, *gate_tube(order, file))


def gate_tube(order: TubeTask, file: FileBytes | None = None) -> tuple[Prepared, Gated]:
    """Read, prepare and gate one tube; nothing is counted.

    Raises TubeError (its `stage` says where) where the tube cannot be gated.
    """
    sample = read(order.path, order.data_set, file)
    prepared = prepare(sample, order.strategy, order.matrix_csv)
    others = KnownTubes(order.strategy, order.elsewhere)
    gated = gate(prepared, order.strategy, order.replay, order.densities, others)
    return prepared, without_shared(gated, prepared.binding, order.strategy)


def count_tube(order: TubeTask, prepared: Prepared, gated: Gated) -> TubeResult:
    """Count and check one gated tube, with the beads of `order`. Raises CountError for an impossible load."""
    return counted(_measured(order, prepared, gated), order)


def _measured(order: TubeTask, prepared: Prepared, gated: Gated) -> TubeMeasured:
    tube = Inspected(prepared, gated, order.strategy, (), None, "", order.limits)
    second: tuple[Finding, ...] = ()
    if order.second_opinion:
        from tregate.gating.qc.second_opinion import second_opinion

        second = tuple(second_opinion(tube))
    beads, members = tube.beads, MemberRows(gated)
    sample = prepared.sample
    of_gating = (one for one in gated.findings if not is_omitted_for_a_marker(tube, one))
    return TubeMeasured(
        data_set=sample.data_set,
        decision=sample.decision,
        binding=prepared.binding,
        compensation=prepared.compensation,
        constant=prepared.constant,
        n_events=gated.n_events,
        order=gated.order,
        parents=gated.parents,
        gates=gated.gates,
        unmeasured=gated.unmeasured,
        events=gated.events,
        bead_events=None if beads is None else beads.events,
        findings=(*repair_findings(sample), *prepared.findings, *of_gating),
        seen=look(tube),
        second_opinion=second,
        pairs=None if order.coincidence == "none" else find_pairs(prepared, gated, order.strategy),
        low_scatter=low_scatter(prepared, gated, order.strategy, members),
        bead_arrivals=arrivals_of(tube),
        prints=event_prints(sample),
        traits=traits(prepared, gated, order.strategy, members),
        intensities=intensities(prepared, gated, order.strategy.panel, order.intensities),
        densities=gated.densities,
        sampled=_sampled(prepared, gated) if order.densities else None,
        controls=_controls(order, prepared, gated),
    )


def _controls(order: TubeTask, prepared: Prepared, gated: Gated) -> tuple[ControlEvents, ...]:
    """Of the control tubes, what the pictures show."""
    shown = order.controls if order.densities else ()
    return tuple(control_events(one, prepared, gated, order.strategy) for one in shown)


def _sampled(prepared: Prepared, gated: Gated) -> SampledEvents:
    """Some events on every axis of the pictures."""
    axes = [axis for one in gated.densities for axis in (one.x, one.y) if axis is not None]
    return sampled_events(prepared, gated, list({axis.marker: axis for axis in axes}.values()))


def counted(measured: TubeMeasured, order: TubeTask) -> TubeResult:
    """Counts, concentrations and findings of a tube whose events were measured; arithmetic with the beads of `order`.

    Raises CountError for an impossible load.
    """
    strategy = order.strategy
    gated, prepared = measured.gated, measured.prepared(order.path)
    factor = coincidence_of(order, measured.pairs)
    load = counting_input_of(order, measured.data_set)
    counts = count(gated, strategy, load, order.no_beads, factor, measured.low_scatter)
    tube = Inspected(
        prepared, gated, strategy, counts, load, order.no_beads, order.limits, factor, measured.low_scatter
    )
    return TubeResult(
        data_set=measured.data_set,
        decision=measured.decision,
        binding=measured.binding,
        compensation=measured.compensation,
        counts=counts,
        gates=measured.gates,
        findings=(
            *measured.findings,
            *repeated_events(measured.prints),
            *check(tube, measured.seen),
            *measured.second_opinion,
        ),
        densities=measured.densities,
        sampled=measured.sampled,
        controls=measured.controls,
        bead_arrivals=measured.bead_arrivals,
        grounds=strategy.all_grounds,
        stands_for=strategy.stands_for,
        coincidence=factor,
        pairs=measured.pairs,
        prints=measured.prints,
        traits=measured.traits,
        intensities=measured.intensities,
    )


def counting_input_of(order: TubeTask, data_set: DataSet) -> CountingInput | None:
    """What the tube is counted by; a volume that samples.csv does not state is the file's own."""
    load, counting = order.counted_by, order.strategy.counting
    if load is None or counting is None or counting.by != "volume" or load.acquired_ul is not None:
        return load
    return replace(load, acquired_ul=data_set.volume_ul)


def coincidence_of(order: TubeTask, pairs: PairsSeen | None, batch: Coincidence | None = None) -> Coincidence:
    """The pair factor of a tube: as stored, by its own pairs, by its batch's, or as declared; OFF if not asked for."""
    if order.coincidence == "none":
        return OFF
    factor = order.coincidence_of or best(pairs, batch, order.declared_pairs)
    return replace(factor, applied=order.coincidence == "correct")


def repair_findings(sample: Sample) -> tuple[Finding, ...]:
    """Repairs and doubts of the reader, as findings."""
    repairs = (Finding(f"repair_{r.name.replace('-', '_')}", r.severity, r.message) for r in sample.data_set.repairs)
    return (*repairs, *sample.data_set.findings)
