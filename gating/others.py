"""The other tubes of a study as a place sees them: gates lent, and control files gated up to the same parent."""

from gating.elsewhere import ControlTube, Elsewhere
from gating.engine import parent_view
from gating.errors import TubeError
from gating.events import PlacedGate
from gating.placement import NotPlaced, View
from gating.prepare import prepare
from gating.read import read
from gating.strategy.schema import Strategy
from gating.units import PopulationName


class OtherTubes:
    """Answers `borrow` and `control`; remembers that the batch was asked for and not known yet."""

    def __init__(self, strategy: Strategy, elsewhere: Elsewhere) -> None:
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
