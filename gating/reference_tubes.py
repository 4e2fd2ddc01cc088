"""The other tubes of a study as a place sees them: borrowed gates, and control files gated up to the same parent."""

from collections.abc import Mapping

from tregate.gating.engine import parent_view
from tregate.gating.errors import TubeError
from tregate.gating.events import PlacedGate, Sample
from tregate.gating.panel import bind
from tregate.gating.placement import NotPlaced, View
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.reference_gates import ControlTube, ReferenceGates
from tregate.gating.strategy.panel import MarkerAliases
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import PopulationName


class KnownTubes:
    """Answers `borrow` and `control` from the gates and files that the pipeline brought."""

    def __init__(self, strategy: Strategy, elsewhere: ReferenceGates) -> None:
        self._strategy = strategy
        self._elsewhere = elsewhere

    @property
    def is_baseline(self) -> bool:
        return self._elsewhere.is_baseline

    def baseline_gate(self, population: str) -> PlacedGate | None:
        return self._elsewhere.baseline_gate(population)

    def borrowed_gate(self, source: str, tube: str | None, population: str) -> PlacedGate | None:
        return self._elsewhere.borrowed_gate(source, tube, population)

    def control(self, tube: str, population: PopulationName, channels: Mapping[str, str]) -> View | None:
        """channels: marker -> channel of the tube that asks, for a marker that the control was not stained with."""
        file = self._elsewhere.controls.get(tube)
        return None if file is None else self._gated_control(file, tube, population, channels)

    def _gated_control(
        self, file: ControlTube, tube: str, population: PopulationName, channels: Mapping[str, str]
    ) -> View:
        try:
            sample = read(file.path, file.data_set)
            strategy = with_channels(self._strategy, sample, channels)
            prepared = prepare(sample, strategy, file.matrix_csv)
        except TubeError as error:
            raise NotPlaced(f"the control tube {tube} cannot be used: {error}") from None
        return parent_view(prepared, strategy, population)


def with_channels(strategy: Strategy, sample: Sample, channels: Mapping[str, str]) -> Strategy:
    """The strategy for a control without some stains: a marker that its file does not name has the channel of the
    tube that asks. An FMO tube lacks the very marker whose threshold it shows."""
    missing = bind(sample.parameters, strategy.panel, strategy.markers).missing
    there = {str(parameter.name) for parameter in sample.parameters}
    taken = {str(m): channels[str(m)] for m in missing if channels.get(str(m)) in there}
    if not taken:
        return strategy
    known = strategy.panel.markers
    markers = {
        **known,
        **{m: MarkerAliases(aliases=known[m].aliases if m in known else (), channel=c) for m, c in taken.items()},
    }
    return strategy.model_copy(update={"panel": strategy.panel.model_copy(update={"markers": markers})})
