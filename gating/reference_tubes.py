"""The other tubes of a study as a place sees them: gates lent, and control files gated up to the same parent."""

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
    """Answers `borrow` and `control`; remembers that the batch was asked for and not known yet."""

    def __init__(self, strategy: Strategy, elsewhere: ReferenceGates) -> None:
        self._strategy = strategy
        self._elsewhere = elsewhere
        self.batch_wanted = False

    @property
    def is_baseline(self) -> bool:
        return self._elsewhere.is_baseline

    def locked(self, population: str) -> PlacedGate | None:
        return self._elsewhere.locked(population)

    def lent(self, source: str, tube: str | None, population: str) -> PlacedGate | None:
        if source == "batch" and not self._elsewhere.batch:
            self.batch_wanted = True
        return self._elsewhere.lent(source, tube, population)

    def control(self, tube: str, population: PopulationName) -> View | None:
        file = self._elsewhere.controls.get(tube)
        return None if file is None else self._gated_control(file, tube, population)

    def _gated_control(self, file: ControlTube, tube: str, population: PopulationName) -> View:
        try:
            prepared = prepare(read(file.path, file.data_set), self._strategy, file.matrix_csv)
        except TubeError as error:
            raise NotPlaced(f"the control tube {tube} cannot be used: {error}") from None
        return parent_view(prepared, self._strategy, population)
