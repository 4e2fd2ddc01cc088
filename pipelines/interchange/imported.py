"""`tregate import`: gates of another program as a strategy, as places for replay, and as a comparison of counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tregate.gating.engine import gate
from tregate.gating.errors import CompensationError, ConfigurationError, Problem, TubeError
from tregate.gating.events import Sample
from tregate.gating.prepare import prepare
from tregate.gating.units import PopulationName
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.table import Table
from tregate.pipelines.interchange.agreement import Line, agreement_table, because
from tregate.pipelines.interchange.compensated_gates import with_usable_matrix, without_compensated
from tregate.pipelines.interchange.drawn import Drawn, DrawnApart, DrawnMatrix, DrawnSample
from tregate.pipelines.interchange.exchanged import disagreeing, exchanged
from tregate.pipelines.interchange.imported_study import ImportedTube, write_study
from tregate.pipelines.interchange.on_files import on_files
from tregate.pipelines.interchange.programs import drawn_of
from tregate.pipelines.interchange.sample_files import Matched
from tregate.pipelines.interchange.taken_over import take_over

OWN_FILES = ("study.yaml", "samples.csv", "strategy.yaml", "gates.csv")
"""Files that an import writes and a person may have edited: they are not replaced."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sample that is not in the study: another one is the same file."""

    file: str
    sample: str
    kept: str
    same_gates: bool
    """Whether nothing is lost: both have the same gates."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote."""

    lines: tuple[Line, ...]
    matched: tuple[Matched, ...]
    files: tuple[str, ...]
    """Names of the files written, in the folder."""
    only_by_gates: tuple[str, ...] = ()
    """Files on which the fixed shapes of a strategy count otherwise than the places of gates.csv."""
    exchanged: tuple[str, ...] = ()
    """Files whose height and width of scatter were taken for each other, as the stored counts say."""
    apart: tuple[DrawnApart, ...] = ()
    """Gates that are drawn for no sample."""
    left_out: tuple[LeftOut, ...] = ()
    """Samples that have a file in common with another, whose gates the study has."""


def import_file(path: Path, folder: Path, out: Path) -> Imported:
    """Read the gates of `path`, gate the FCS files of `folder` by them, and write the result into `out`.

    Raises ConfigurationError where the file cannot be read, the folder holds no FCS file, or no sample fits a file.
    """
    with np.errstate(all="ignore"):  # numbers that are too large become infinite, and are refused for that
        drawn = drawn_of(path)
    matched = on_files(path, drawn, folder)
    there = [name for name in OWN_FILES if (out / name).exists()]
    if there:
        message = f"the folder contains {', '.join(there)}, which an import does not replace."
        raise ConfigurationError([Problem(str(out), None, message, "Give a new folder with --out.")])
    out.mkdir(parents=True, exist_ok=True)
    return _write(drawn, matched, out)


_Counted = tuple[dict[str, int], dict[str, str], bool]
"""Path -> events; path -> why there is no count; whether the strategy's shapes alone give the same counts."""


@dataclass(frozen=True, slots=True)
class _Gated:
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


def _write(drawn: Drawn, matched: Sequence[Matched], out: Path) -> Imported:
    matrices: dict[DrawnMatrix, str] = {}
    every = [
        one if one.sample is None else _gated(number, one, one.sample, drawn, matrices, out)
        for number, one in enumerate(matched, start=1)
    ]
    gated = [one for one in every if isinstance(one, _Gated)]
    kept = _one_a_file(gated)
    lines = [
        line for one in every for line in (_lines(one, kept) if isinstance(one, _Gated) else _lines_without_file(one))
    ]
    lines += [
        Line("", one.where, g, None, _why_not(g.refused, "")) for one in drawn.apart if one.missed for g in one.gates
    ]
    tubes = [one.tube for one in gated if kept.get(one.tube.sample.path) is one]
    used = [name for name in matrices.values() if any(tube.matrix == name for tube in tubes)]
    for name in set(matrices.values()).difference(used):
        (out / name).unlink()
    study = write_study(tubes, out)
    write_csv(agreement_table(lines), out / "agreement.csv", digits=None)
    return Imported(
        lines=tuple(lines),
        matched=tuple(matched),
        files=(*used, *study, "agreement.csv"),
        only_by_gates=tuple(one.matched.file for one in gated if not one.same),
        exchanged=tuple(one.matched.file for one in gated if one.turned),
        apart=drawn.apart,
        left_out=tuple(_left_out(gated, kept)),
    )


def _gated(
    number: int, one: Matched, sample: Sample, drawn: Drawn, matrices: dict[DrawnMatrix, str], out: Path
) -> _Gated:
    tube, found = _tube(one.drawn, sample, drawn.program, matrices, out)
    turned = exchanged(one.drawn) if drawn.may_exchange and disagreeing(one.drawn.gates, found[0]) else None
    if turned is not None:
        other_tube, other = _tube(turned, sample, drawn.program, matrices, out)
        if disagreeing(one.drawn.gates, other[0]) < disagreeing(one.drawn.gates, found[0]):
            return _Gated(number, one, other_tube, *other, turned=True)
    return _Gated(number, one, tube, *found, turned=False)


def _one_a_file(gated: Sequence[_Gated]) -> dict[Path, _Gated]:
    """File -> the sample whose gates the study has: of several the first with the fewest counts that differ."""
    kept: dict[Path, _Gated] = {}
    for one in gated:
        if one.tube.taken.strategy is None or not one.counts:
            continue
        before = kept.get(one.tube.sample.path)
        if before is None or one.n_disagreeing < before.n_disagreeing:
            kept[one.tube.sample.path] = one
    return kept


def _left_out(gated: Sequence[_Gated], kept: Mapping[Path, _Gated]) -> Iterator[LeftOut]:
    for one in gated:
        other = kept.get(one.tube.sample.path)
        if other is not None and other is not one and one.counts:
            same = one.drawn_as == other.drawn_as
            yield LeftOut(one.matched.file, one.called, other.called, same_gates=same)


def _lines(one: _Gated, kept: Mapping[Path, _Gated]) -> Iterator[Line]:
    """The rows of a sample on its file."""
    taken, sample = one.tube.taken, one.tube.sample
    other_matrix = one.tube.matrix != "" and _differs(one.matched.drawn.matrix, sample)
    other = kept.get(sample.path, one)
    apart = "" if other is one else f"not in the study, which has the gates of {other.called} for this file"
    for drawn in one.matched.drawn.gates:
        path = drawn.path
        yield Line(
            file=one.matched.file,
            sample=one.matched.drawn.name,
            gate=drawn,
            count=one.counts.get(path),
            refused=f"gate refused: {taken.refused[path]}" if path in taken.refused else one.why.get(path, ""),
            because=because(drawn, sample, other_matrix),
            renamed=_renamed(path, taken.names.get(path, path)),
            apart=apart,
        )


def _renamed(path: str, called: str) -> str:
    if called == path:
        return ""
    return f'called "{called}" in the strategy, which cannot use "{path}" as a name'


def _lines_without_file(one: Matched) -> Iterator[Line]:
    return (Line("", one.drawn.name, g, None, _why_not(g.refused, one.by)) for g in one.drawn.gates)


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


def _why_not(refused: str, by: str) -> str:
    return f"gate refused: {refused}" if refused else by


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


def _differs(matrix: DrawnMatrix | None, sample: Sample) -> bool:
    """Whether the workspace's matrix is none of those that the file states."""
    if matrix is None:
        return False
    stated = {tuple(map(str, one.channels)): one.matrix for one in sample.data_set.spillovers}
    own = stated.get(matrix.detectors)
    return own is None or any(
        abs(float(a) - b) > 1e-6 for row, theirs in zip(own, matrix.rows, strict=True)
        for a, b in zip(row, theirs, strict=True)
    )  # fmt: skip
