"""`tregate export --to compensation`: the spillover matrix of every tube, as it was applied."""

from collections.abc import Mapping
from pathlib import Path

from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.tubes_again import tubes_again
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.table import Cell, Table

COLUMNS = ("subject", "visit", "tube", "file", "matrix", "source", "reason")


def write_matrices(run: FinishedRun, out: Path, events: Mapping[str, str]) -> tuple[str, ...]:
    """Write a CSV per distinct matrix (header: detectors; a row a dye, in that order) and compensation.csv.

    compensation.csv names the matrix of every tube, or says why it has none.
    """
    known: dict[tuple[tuple[str, ...], tuple[tuple[float, ...], ...]], str] = {}
    rows: list[tuple[Cell, ...]] = []
    out.mkdir(parents=True, exist_ok=True)
    for tube in tubes_again(run, gate=False):
        name, source, reason = "", "", tube.failed
        if tube.prepared is not None:
            source = tube.prepared.compensation.source
            reason = "" if tube.spillover is not None else "no compensation was applied"
        if tube.spillover is not None:
            channels = tuple(map(str, tube.spillover.channels))
            values = tuple(tuple(float(value) for value in row) for row in tube.spillover.matrix)
            if (channels, values) not in known:
                known[channels, values] = f"matrix_{len(known) + 1}.csv"
                write_csv(Table("matrix", channels, values), out / known[channels, values], digits=None)
            name = known[channels, values]
        rows.append((*tube.entry.key, tube.entry.file, name, source, reason))
    write_csv(Table("compensation", COLUMNS, tuple(rows)), out / "compensation.csv", digits=None)
    return ("compensation.csv", *known.values())
