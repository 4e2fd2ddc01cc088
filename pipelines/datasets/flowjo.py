"""`tregate export --to flowjo`: the run as a FlowJo 10 workspace, every tube read back by FlowKit."""

from collections import Counter
from functools import partial
from pathlib import Path

from tregate.gating.events import Sample
from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.export_table import Row, counts_of, export_rows, write_rows
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.gates_on_file import on_given_file, on_own_file
from tregate.pipelines.datasets.matrices import Values, values_of
from tregate.pipelines.datasets.tubes_again import NameGiver, TubeAgain, tubes_again
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.interchange.flowjo_document import SamplePlace, flowjo_sample
from tregate.pipelines.interchange.flowjo_workspace import sample_text, workspace_members, workspace_text
from tregate.pipelines.interchange.flowkit_members import Masks
from tregate.pipelines.interchange.tree_writer import Document

FILE = "tregate.wsp"


def write_flowjo(run: FinishedRun, out: Path, asked: Asked) -> tuple[str, ...]:
    """Write the workspace, and export.csv with every population of every tube: written, or why not.

    The sample of each tube is applied by FlowKit, and the membership of every event compared with that of the run.
    Raises ConfigurationError, after everything is written, where a membership or a count of the run differs.
    """
    counted = counts_of(run)
    rows: list[Row] = []
    files: list[str] = []
    samples: list[str] = []
    groups: dict[str, list[int]] = {}
    names: Counter[str] = Counter()
    beside = NameGiver(".fcs")
    matrices: dict[Values, str] = {}
    version = str(run.record["program"]["version"])
    out.mkdir(parents=True, exist_ok=True)
    for tube in tubes_again(run, gate=True):
        path = out / beside.of(tube.entry) if asked.with_fcs else tube.entry.path
        name, uri = _free_name(path.name, names), path.absolute().as_uri()
        place = SamplePlace(len(samples) + 1, name, uri, _matrix_name(tube, matrices))
        write, members = partial(_write, place), partial(_members, place)
        if asked.with_fcs:
            held = on_own_file(tube, path, version, write, members)
        else:
            held = on_given_file(tube, write, members)
        if held is not None:
            samples.append(held.text)
            groups.setdefault(tube.entry.tube, []).append(place.number)
            files += [path.name] if asked.with_fcs else []
        rows += export_rows(tube, held, FILE, counted)
    if samples:
        write_text(out / FILE, workspace_text(samples, groups))
    write_rows(rows, out)
    return ("export.csv", *([FILE] if samples else []), *files)


def _write(place: SamplePlace, tube: TubeAgain) -> tuple[str, Document]:
    assert tube.prepared is not None
    assert tube.gated is not None
    element, made = flowjo_sample(tube.prepared, tube.strategy, tube.gated, tube.spillover, place)
    return sample_text(element), made


def _members(place: SamplePlace, text: str, made: Document, sample: Sample) -> Masks:
    """By FlowKit from a workspace of this sample alone."""
    alone = workspace_text([text], {"tube": [place.number]})
    return workspace_members(alone, sample, place.name, made.ids)


def _free_name(name: str, given: Counter[str]) -> str:
    """The file's name; FlowKit tells samples by it, so that no two may have one."""
    given[name] += 1
    return name if given[name] == 1 else _free_name(f"{name} ({given[name]})", given)


def _matrix_name(tube: TubeAgain, known: dict[Values, str]) -> str:
    """A name for the tube's matrix; the same matrix has one name."""
    if tube.spillover is None:
        return ""
    return known.setdefault(values_of(tube.spillover), f"tregate {len(known) + 1} ({tube.spillover.source})")
