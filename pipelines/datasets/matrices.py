"""`tregate export --to compensation` and `flowjo-matrix`: the spillover matrix of every tube, as it was applied."""

from collections.abc import Callable
from pathlib import Path

from tregate.gating.events import Spillover
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.tubes_again import tubes_again
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.interchange.flowjo_matrix import matrix_file_text

COLUMNS = ("subject", "visit", "tube", "file", "matrix", "source", "reason")

Values = tuple[tuple[str, ...], tuple[tuple[float, ...], ...]]
"""Detectors, and a row a dye in that order."""
Written = Callable[[Spillover, Path], None]


def write_matrices(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write a CSV per distinct matrix (header: detectors; a row a dye, in that order) and compensation.csv.

    compensation.csv names the matrix of every tube, or says why it has none.
    """
    return _write(run, out, ".csv", _as_csv)


def write_flowjo_matrices(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write a FlowJo 10 matrix file (.mtx) per distinct matrix, and compensation.csv as `write_matrices` does."""
    return _write(run, out, ".mtx", _as_mtx)


def _write(run: FinishedRun, out: Path, ending: str, write: Written) -> tuple[str, ...]:
    known: dict[Values, str] = {}
    rows: list[tuple[Cell, ...]] = []
    out.mkdir(parents=True, exist_ok=True)
    for tube in tubes_again(run, gate=False):
        name, source, reason = "", "", tube.failed
        if tube.prepared is not None:
            source = tube.prepared.compensation.source
            reason = "" if tube.spillover is not None else "no compensation was applied"
        if tube.spillover is not None:
            values = values_of(tube.spillover)
            if values not in known:
                known[values] = f"matrix_{len(known) + 1}{ending}"
                write(tube.spillover, out / known[values])
            name = known[values]
        rows.append((*tube.entry.key, tube.entry.file, name, source, reason))
    write_csv(Table("compensation", COLUMNS, tuple(rows)), out / "compensation.csv", digits=None)
    return ("compensation.csv", *known.values())


def values_of(spillover: Spillover) -> Values:
    """The matrix without its source: what makes two matrices one."""
    return tuple(map(str, spillover.channels)), tuple(tuple(map(float, row)) for row in spillover.matrix)


def _as_csv(spillover: Spillover, path: Path) -> None:
    write_csv(Table("matrix", *values_of(spillover)), path, digits=None)


def _as_mtx(spillover: Spillover, path: Path) -> None:
    write_text(path, matrix_file_text(spillover, f"tregate {path.stem}"))
