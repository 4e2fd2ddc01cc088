"""`tregate export --to flowjo`: the run as a FlowJo 10 workspace, every tube read back by FlowKit."""

from collections import Counter
from functools import partial
from pathlib import Path

from tregate.pipelines.datasets.asked import Asked
from tregate.pipelines.datasets.export_table import Row, counts_of, export_rows, write_rows
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.matrices import Values, values_of
from tregate.pipelines.datasets.tubes_again import TubeAgain, tubes_again
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
    samples: list[str] = []
    groups: dict[str, list[int]] = {}
    names: Counter[str] = Counter()
    matrices: dict[Values, str] = {}
    out.mkdir(parents=True, exist_ok=True)
    for tube in tubes_again(run, gate=True):
        name = _free_name(tube.entry.path.name, names)
        place = SamplePlace(len(samples) + 1, name, tube.entry.path.absolute().as_uri(), _matrix_name(tube, matrices))
        made: Document | None = None
        text = ""
        if tube.prepared is not None and tube.gated is not None:
            element, made = flowjo_sample(tube.prepared, tube.strategy, tube.gated, tube.spillover, place)
            text = sample_text(element)
            samples.append(text)
            groups.setdefault(tube.entry.tube, []).append(place.number)
        rows += export_rows(tube, made, FILE, counted, partial(_members, tube, place, text))
    if samples:
        write_text(out / FILE, workspace_text(samples, groups))
    write_rows(rows, out)
    return ("export.csv", *([FILE] if samples else []))


def _members(tube: TubeAgain, place: SamplePlace, text: str, made: Document) -> Masks:
    """By FlowKit from a workspace of this sample alone."""
    assert tube.prepared is not None
    alone = workspace_text([text], {tube.entry.tube: [place.number]})
    return workspace_members(alone, tube.prepared.sample, place.name, made.ids)


def _free_name(name: str, given: Counter[str]) -> str:
    """The file's name; FlowKit tells samples by it, so that no two may have one."""
    given[name] += 1
    return name if given[name] == 1 else _free_name(f"{name} ({given[name]})", given)


def _matrix_name(tube: TubeAgain, known: dict[Values, str]) -> str:
    """A name for the tube's matrix; the same matrix has one name."""
    if tube.spillover is None:
        return ""
    return known.setdefault(values_of(tube.spillover), f"tregate {len(known) + 1} ({tube.spillover.source})")
