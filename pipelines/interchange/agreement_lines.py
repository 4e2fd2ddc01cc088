"""The rows of agreement.csv that a sample gives, on its file or without one."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tregate.gating.events import Sample
from tregate.pipelines.interchange.agreement import Line, because
from tregate.pipelines.interchange.drawn import DrawnApart, DrawnMatrix
from tregate.pipelines.interchange.gated_sample import GatedSample
from tregate.pipelines.interchange.sample_files import Matched


def lines_on_file(one: GatedSample, kept: Mapping[Path, GatedSample]) -> Iterator[Line]:
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


def lines_without_file(one: Matched) -> Iterator[Line]:
    """The rows of a sample that no file fits."""
    return (Line("", one.drawn.name, g, None, _why_not(g.refused, one.by)) for g in one.drawn.gates)


def lines_apart(one: DrawnApart) -> Iterator[Line]:
    """The rows of gates that are drawn for no sample."""
    return (Line("", one.where, g, None, _why_not(g.refused, "")) for g in one.gates if one.missed)


def _why_not(refused: str, by: str) -> str:
    return f"gate refused: {refused}" if refused else by


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
