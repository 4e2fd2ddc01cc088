"""One sample of another program gated on its file, and what its gates count there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tregate.gating.engine import gate
from tregate.gating.errors import CompensationError, TubeError
from tregate.gating.events import Sample
from tregate.gating.prepare import prepare
from tregate.gating.units import PopulationName
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.table import Table
from tregate.pipelines.interchange.compensated_gates import with_usable_matrix, without_compensated
from tregate.pipelines.interchange.drawn import Drawn, DrawnMatrix, DrawnSample
from tregate.pipelines.interchange.exchanged import disagreeing, exchanged
from tregate.pipelines.interchange.imported_study import ImportedTube
from tregate.pipelines.interchange.sample_files import Matched
from tregate.pipelines.interchange.taken_over import take_over

_Counted = tuple[dict[str, int], dict[str, str], bool]
"""Path -> events; path -> why there is no count; whether the strategy's shapes alone give the same counts."""


@dataclass(frozen=True, slots=True)
class GatedSample:
    """One sample on its file, and what its gates count there."""

    number: int
    """Place of the sample in the file of gates, from 1."""
    matched: Matched
    tube: ImportedTube
    counts: Mapping[str, int]
    """Path -> events."""
    why: Mapping[str, str]
    """Path -> why there is no count."""
    same: bool
    """Whether the strategy's shapes alone give the same counts."""
    turned: bool
    """Whether height and width of scatter were taken for each other."""

    @property
    def called(self) -> str:
        return f'sample {self.number} ("{self.matched.drawn.name}")'

    @property
    def n_disagreeing(self) -> int:
        return disagreeing(self.matched.drawn.gates, self.counts)

    @property
    def drawn_as(self) -> object:
        """Equal for two samples with the same gates."""
        return self.matched.drawn.gates, self.tube.matrix


def gate_sample(
    number: int, one: Matched, sample: Sample, drawn: Drawn, matrices: dict[DrawnMatrix, str], out: Path
) -> GatedSample:
    """Gate a sample on its file, with height and width of scatter exchanged where fewer counts then differ.

    Matrices that are not in `matrices` yet are written into `out`, and added with the names of their files.
    """
    tube, found = _tube(one.drawn, sample, drawn.program, matrices, out)
    turned = exchanged(one.drawn) if drawn.may_exchange and disagreeing(one.drawn.gates, found[0]) else None
    if turned is not None:
        other_tube, other = _tube(turned, sample, drawn.program, matrices, out)
        if disagreeing(one.drawn.gates, other[0]) < disagreeing(one.drawn.gates, found[0]):
            return GatedSample(number, one, other_tube, *other, turned=True)
    return GatedSample(number, one, tube, *found, turned=False)


def _tube(
    drawn: DrawnSample, sample: Sample, program: str, matrices: dict[DrawnMatrix, str], out: Path
) -> tuple[ImportedTube, _Counted]:
    """The sample gated on its file; without its compensated gates where the file cannot be compensated."""
    usable = with_usable_matrix(drawn)
    tube = _taken(usable, sample, program, matrices, out)
    try:
        return tube, _counts(tube, out)
    except CompensationError as error:
        said = str(error).partition(". ")[0]
        tube = _taken(without_compensated(usable, said[:1].lower() + said[1:]), sample, program, matrices, out)
        return tube, _counts(tube, out)


def _taken(
    drawn: DrawnSample, sample: Sample, program: str, matrices: dict[DrawnMatrix, str], out: Path
) -> ImportedTube:
    with np.errstate(all="ignore"):
        taken = take_over(drawn, sample, program)
    matrix = drawn.matrix if taken.uses_matrix else None
    return ImportedTube(drawn, sample, taken, "" if matrix is None else _matrix_file(matrix, matrices, out))


def _counts(tube: ImportedTube, out: Path) -> _Counted:
    """Raises CompensationError."""
    strategy = tube.taken.strategy
    if strategy is None:
        return {}, {}, True
    matrix = out / tube.matrix if tube.matrix else None
    try:
        prepared = prepare(tube.sample, strategy, matrix)
        gated = gate(prepared, strategy, tube.taken.placed)
        same = dict(gate(prepared, strategy).events) == dict(gated.events)
    except CompensationError:
        raise
    except TubeError as error:
        return {}, {g.path: f"not gated: {error}" for g in tube.drawn.gates}, True
    names = {path: PopulationName(name) for path, name in tube.taken.names.items()}
    unmeasured = gated.unmeasured
    why = {path: f"not measured: {unmeasured[name]}" for path, name in names.items() if name in unmeasured}
    return {path: gated.events[name] for path, name in names.items() if path not in why}, why, same


def _matrix_file(matrix: DrawnMatrix, known: dict[DrawnMatrix, str], out: Path) -> str:
    if matrix not in known:
        known[matrix] = f"matrix_{len(known) + 1}.csv"
        write_csv(Table("matrix", matrix.detectors, matrix.rows), out / known[matrix], digits=None)
    return known[matrix]
