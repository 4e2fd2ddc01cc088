"""`tregate export --to gatingml`: the gates of every tube as Gating-ML 2.0, each read back by FlowKit."""

from functools import partial
from pathlib import Path

from tregate.gating.events import Sample
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.export_table import Row, counts_of, export_rows, write_rows
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.gates_on_file import on_given_file, on_own_file
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
    names, beside = NameGiver(".xml"), NameGiver(".fcs")
    version = str(run.record["program"]["version"])
    about = f"Written by tregate {version} from a finished run"
    out.mkdir(parents=True, exist_ok=True)
    for tube in tubes_again(run, gate=True):
        name, file = names.of(tube.entry), beside.of(tube.entry)
        if asked.with_fcs:
            held = on_own_file(tube, out / file, version, partial(_write, about, file), _members)
        else:
            held = on_given_file(tube, partial(_write, about, ""), _members)
        if held is not None and held.made.ids:
            write_text(out / name, held.text)
            files.append(name)
        if held is not None and asked.with_fcs:
            files.append(file)
        rows += export_rows(tube, held, name, counted)
    write_rows(rows, out)
    return ("export.csv", *files)


def _write(about: str, file: str, tube: TubeAgain) -> tuple[str, Document]:
    """`file`: the one that is written beside the document, "" where none is."""
    assert tube.prepared is not None
    assert tube.gated is not None
    where = f"{about}: {tube.entry.file}, data set {tube.prepared.sample.data_set.number}. Time is in seconds."
    if file:
        where += f" The gates are for {file}, which tregate wrote with them, and for no other file."
    made = gating_ml_document(tube.prepared, tube.strategy, tube.gated, tube.spillover, where, file)
    return made.text, made


def _members(text: str, made: Document, sample: Sample) -> Masks:
    return flowkit_members(text, sample, made.ids)
