"""`tregate export --to gatingml`: the gates of every tube as Gating-ML 2.0, each read back by FlowKit."""

from functools import partial
from pathlib import Path

from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.export_table import Row, counts_of, export_rows, write_rows
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.tubes_again import NameGiver, TubeAgain, tubes_again
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.interchange.flowkit_members import Masks, flowkit_members
from tregate.pipelines.interchange.gating_ml_document import gating_ml_document
from tregate.pipelines.interchange.tree_writer import Document


def write_gating_ml(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write a document per tube, and export.csv with every population of every tube: written, or why not.

    Each document is applied by FlowKit, and the membership of every event compared with that of the run.
    Raises ConfigurationError, after everything is written, where a membership or a count of the run differs.
    """
    counted = counts_of(run)
    rows: list[Row] = []
    files: list[str] = []
    names = NameGiver(".xml")
    about = f"Written by tregate {run.record['program']['version']} from a finished run"
    out.mkdir(parents=True, exist_ok=True)
    for tube in tubes_again(run, gate=True):
        name = names.of(tube.entry)
        made = _document(tube, about)
        if made is not None and made.ids:
            write_text(out / name, made.text)
            files.append(name)
        rows += export_rows(tube, made, name, counted, partial(_members, tube))
    write_rows(rows, out)
    return ("export.csv", *files)


def _document(tube: TubeAgain, about: str) -> Document | None:
    if tube.prepared is None or tube.gated is None:
        return None
    data_set = tube.prepared.sample.data_set
    where = f"{about}: {tube.entry.file}, data set {data_set.number}. Time is in seconds."
    return gating_ml_document(tube.prepared, tube.strategy, tube.gated, tube.spillover, where)


def _members(tube: TubeAgain, made: Document) -> Masks:
    assert tube.prepared is not None
    return flowkit_members(made.text, tube.prepared.sample, made.ids)
