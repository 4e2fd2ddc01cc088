"""The other tubes of a study as a place sees them: borrowed gates, and control files gated up to the same parent."""

from tregate.gating.engine import parent_view
from tregate.gating.errors import TubeError
from tregate.gating.events import PlacedGate
from tregate.gating.placement import NotPlaced, View
from tregate.gating.prepare import prepare
from tregate.gating.read import read
from tregate.gating.reference_gates import ControlTube, ReferenceGates
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

    def control(self, tube: str, population: PopulationName) -> View | None:
        file = self._elsewhere.controls.get(tube)
        return None if file is None else self._gated_control(file, tube, population)

    def _gated_control(self, file: ControlTube, tube: str, population: PopulationName) -> View:
        try:
            prepared = prepare(read(file.path, file.data_set), self._strategy, file.matrix_csv)
        except TubeError as error:
            raise NotPlaced(f"the control tube {tube} cannot be used: {error}") from None
        return parent_view(prepared, self._strategy, population)
