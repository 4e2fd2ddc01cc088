"""A tube whose events stay in memory, to be gated again and again with a moved gate: what a person looks at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tregate.gating.control_events import ControlEvents, control_events
from tregate.gating.count.low_scatter import low_scatter
from tregate.gating.count.pairs import find_pairs
from tregate.gating.count.populations import count
from tregate.gating.engine import gate, parent_view
from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import Gated, PlacedGate, Prepared
from tregate.gating.geometry.scaled import FloatArray, to_scaled
from tregate.gating.geometry.shapes import Axis, Range
from tregate.gating.intensities import intensities
from tregate.gating.member_rows import MemberRows
from tregate.gating.placement import NotPlaced, Placed, place
from tregate.gating.prepare import prepare
from tregate.gating.read.file_bytes import FileBytes
from tregate.gating.read.survey import read
from tregate.gating.reference_tubes import KnownTubes
from tregate.gating.shared_channels import without_shared
from tregate.gating.strategy.gates import Gate
from tregate.gating.tube import TubeResult, TubeTask, coincidence_of, counting_input_of
from tregate.gating.units import Marker, PopulationName

Gates = Mapping[PopulationName, PlacedGate]


@dataclass(frozen=True, slots=True)
class HeldTube:
    """A tube that was read and prepared once."""

    order: TubeTask
    prepared: Prepared

    def gated(self, placed: Gates, drawn: Collection[str] | None = ()) -> Gated:
        """The populations with these gates as they are; other gates find their places.

        drawn: populations whose parents are binned for pictures; None bins all, () none.
        """
        others = KnownTubes(self.order.strategy, self.order.elsewhere)
        draws = drawn is None or bool(drawn)
        gated = gate(self.prepared, self.order.strategy, placed, draws, others, drawn)
        return without_shared(gated, self.prepared.binding, self.order.strategy)

    def result(self, gated: Gated, before: TubeResult) -> TubeResult:
        """`before` with other gates: gates, counts, pair factor and intensities as a run makes them of this tube alone.

        Findings, pictures and what does not depend on gates stay. Raises CountError for an impossible load of beads.
        """
        order, strategy = self.order, self.order.strategy
        is_asked = order.coincidence != "none" and order.counted_by is not None
        pairs = find_pairs(self.prepared, gated, strategy) if is_asked else before.pairs
        factor = before.coincidence if pairs == before.pairs else coincidence_of(order, pairs)
        load = counting_input_of(order, self.prepared.sample.data_set)
        shares = low_scatter(self.prepared, gated, strategy, MemberRows(gated))
        return replace(
            before,
            gates=gated.gates,
            counts=count(gated, strategy, load, order.no_beads, factor, shares),
            coincidence=factor,
            pairs=pairs,
            intensities=intensities(self.prepared, gated, strategy.panel, order.intensities),
        )

    def dots(self, gated: Gated, population: str, axes: Sequence[Axis], at_most: int) -> tuple[FloatArray, ...]:
        """Positions of some events of a population on each axis' scale, (n,) with n <= at_most: every k-th event."""
        rows = np.flatnonzero(gated.mask(PopulationName(population)))
        chosen = rows[:: max(1, -(-len(rows) // at_most))]
        frame = EventSubset(Block(self.prepared, 0, gated.n_events)).thinned(chosen)
        return tuple(to_scaled(axis.scale, frame.values(axis.marker)) for axis in axes)

    def control(self, gated: Gated, name: str, at_most: int) -> ControlEvents:
        """A control tube on the plots that `gated` has binned. Raises KeyError for a name that is no control."""
        shown = {one.name: one for one in self.order.controls}
        return control_events(shown[name], self.prepared, gated, self.order.strategy, at_most)

    def otherwise(self, population: str, placed: Gates) -> Placed:
        """Where the strategy's fallback would place the gate, below gates that are as `placed`.

        Raises NotPlaced where the gate has no fallback, or the fallback finds no place.
        """
        axes, spec = self._choice(population)
        second = getattr(spec, "otherwise", None)
        if second is None:
            raise NotPlaced(f"the strategy has no fallback for {population}")
        view = parent_view(self.prepared, self.order.strategy, PopulationName(population), placed)
        seen = tuple(view.axis(axis) for axis in axes)
        if isinstance(second, float):
            at = view.number(axes[0], second)
            above = getattr(spec, "keep", "above") == "above"
            return Placed(Range(seen[0], at, None) if above else Range(seen[0], None, at), {}, "fixed")
        return place(second, view, seen)

    def _choice(self, population: str) -> tuple[tuple[str, ...], Gate]:
        """The first of the strategy's gates whose markers this file has."""
        bound = self.prepared.binding.channels
        for axes, spec in self.order.strategy.populations[population].choices():
            if all(Marker(axis) in bound for axis in axes):
                return tuple(axes), spec
        raise NotPlaced(f"the file lacks a marker of {population}")


def hold(order: TubeTask, file: FileBytes | None = None) -> HeldTube:
    """Read and prepare a tube. Raises TubeError where it cannot be gated, OSError where it cannot be read."""
    return HeldTube(order, prepare(read(order.path, order.data_set, file), order.strategy, order.matrix_csv))
