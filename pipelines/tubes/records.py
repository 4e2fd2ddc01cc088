"""What a run knows of each tube once it was gated: the plain values that tables and cross-checks read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from tregate.gating.count import flags
from tregate.gating.count.estimates import CountingInput, PopulationCount
from tregate.gating.events import PlacedGate
from tregate.gating.findings import Finding
from tregate.gating.tube import TubeResult
from tregate.pipelines.tubes.circumstances import UNKNOWN, Circumstances
from tregate.pipelines.tubes.gate_positions import Position, positions
from tregate.pipelines.tubes.packed import Packed


@dataclass(frozen=True)
class TubeRecord:
    """One row of samples.csv and what came of it."""

    subject: str
    visit: str
    tube: str
    """Name of the tube in study.yaml: "T"."""
    file: str
    strategy_name: str
    """The `strategy:` key of the strategy, not its path."""
    washed: bool
    result: TubeResult | None
    """None where the tube failed or is excluded."""
    failed: str = ""
    """Stage at which the tube failed: "read", "panel" ...; "" where it did not."""
    excluded: str = ""
    """Reason of the `exclude` column; "" where the tube is used."""
    counted_by: CountingInput | None = None
    """What its concentrations are calculated from, with the declared CVs."""
    bead_lot: str = ""
    """Lot as samples.csv names it, known or not."""
    bead_lot_expires: date | None = None
    acquired: date | None = None
    """Day of acquisition: of the file, else declared; None where neither states it."""
    include_in_primary: bool = True
    circumstances: Circumstances = UNKNOWN
    """Who, where and when, by samples.csv and by the file."""

    @property
    def planned_visit(self) -> str:
        """Its visit; of a repeat the visit that it repeats."""
        return self.circumstances.planned_visit or self.visit

    def count(self, population: str) -> PopulationCount | None:
        """The population's count; None where the tube has no result or no such population."""
        counts = () if self.result is None else self.result.counts
        return counts.of(population) if isinstance(counts, Packed) else self._counts.get(population)

    @cached_property
    def parents(self) -> Mapping[str, str]:
        """Population -> its parent; none where the tube has no result."""
        counts = () if self.result is None else self.result.counts
        return _as_mapping(tuple((str(count.population), str(count.parent)) for count in counts))

    @cached_property
    def not_cells(self) -> frozenset[str]:
        """Populations that are no cells and hold none: beads and their doublets."""
        counts = () if self.result is None else self.result.counts
        above = set[str]()
        for count in counts:
            here = "" if flags.NOT_CELLS in count.flags else str(count.population)
            while here in self.parents and here not in above:
                above.add(here)
                here = self.parents[here]
        return _one_of_equal(frozenset(self.parents) - above)

    @property
    def positions(self) -> tuple[tuple[PlacedGate, tuple[Position, ...]], ...]:
        """Every gate with the numbers by which it is compared; none where the tube has no result."""
        gates = () if self.result is None else self.result.gates
        return _positions(gates) if isinstance(gates, Packed) else self._kept_positions

    @cached_property
    def _kept_positions(self) -> tuple[tuple[PlacedGate, tuple[Position, ...]], ...]:
        return _positions(() if self.result is None else self.result.gates)

    @cached_property
    def _counts(self) -> Mapping[str, PopulationCount]:
        return {} if self.result is None else {str(count.population): count for count in self.result.counts}


def _positions(gates: Sequence[PlacedGate]) -> tuple[tuple[PlacedGate, tuple[Position, ...]], ...]:
    return tuple((gate, positions(gate)) for gate in gates)


@cache
def _one_of_equal(names: frozenset[str]) -> frozenset[str]:
    """The tubes of a study have a few such sets."""
    return names


@dataclass(frozen=True, slots=True)
class TubeFinding:
    """A finding at its place in the study: one row of findings.csv.

    An empty `subject`, `visit` or `tube` means all of them: a shift of a whole visit has no subject.
    """

    subject: str
    visit: str
    tube: str
    file: str
    finding: Finding
    files: tuple[str, ...] = ()
    """The tubes of a finding about several tubes of one kind; empty: `file`, or all tubes of the place."""
    of_setup: bool = False
    """Declared by its check: a cause that tubes share by how the study is set up (volume, bead lot) is one
    finding for all of them."""

    def is_of(self, record: TubeRecord) -> bool:
        """Whether it is about this tube itself, not about a visit, a kind of tube or the study."""
        if record.file in self.files:
            return True
        place = (self.subject, self.visit, self.tube) == (record.subject, record.visit, record.tube)
        return place and self.file in ("", record.file)


def findings_of(record: TubeRecord) -> tuple[TubeFinding, ...]:
    """What the tube's own checks found."""
    if record.result is None:
        return ()
    return tuple(
        TubeFinding(record.subject, record.visit, record.tube, record.file, finding)
        for finding in record.result.findings
    )


@cache
def _as_mapping(pairs: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """One for all tubes that have equal pairs."""
    return dict(pairs)
