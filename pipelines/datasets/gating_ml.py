"""`tregate export --to gatingml`: the gates of every tube as Gating-ML 2.0, each read back by FlowKit."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.units import PopulationName
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.tubes_again import NameGiver, TubeAgain, tubes_again
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import read_csv, write_csv
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.interchange.flowkit_members import Masks, NotAppliedError, flowkit_members
from tregate.pipelines.interchange.gating_ml_document import Document, gating_ml_document

COLUMNS = (
    "subject", "visit", "tube", "file", "document", "population", "gate_id", "form",
    "status", "reason", "events", "flowkit_events", "differing_events",
)  # fmt: skip
WRITTEN, REFUSED, SKIPPED, DIFFERS = "written", "refused", "step skipped", "differs"
SHOWN = 3

Row = tuple[Cell, ...]
Counted = Mapping[tuple[str, str, str, str], Cell]


def write_gating_ml(run: FinishedRun, out: Path, events: Mapping[str, str]) -> tuple[str, ...]:
    """Write a document per tube, and export.csv with every population of every tube: written, or why not.

    Each document is applied by FlowKit, and the membership of every event compared with that of the run.
    Raises ConfigurationError, after everything is written, where a membership or a count of the run differs.
    """
    counted = _counts(run)
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
        rows += _rows(tube, made, name, counted)
    write_csv(Table("export", COLUMNS, tuple(rows)), out / "export.csv", digits=None)
    wrong = [row for row in rows if row[COLUMNS.index("status")] == DIFFERS]
    if wrong:
        raise ConfigurationError([Problem(str(out / "export.csv"), None, _differing(wrong), "Do not use these gates.")])
    return ("export.csv", *files)


def _counts(run: FinishedRun) -> Counted:
    keys = ("subject", "visit", "tube", "population")
    table = read_csv(run.folder / "counts.csv", text=(*keys, "file", "parent", "flags"))
    return {
        (str(r["subject"]), str(r["visit"]), str(r["tube"]), str(r["population"])): r["events"] for r in table.records()
    }


def _document(tube: TubeAgain, about: str) -> Document | None:
    if tube.prepared is None or tube.gated is None:
        return None
    data_set = tube.prepared.sample.data_set
    where = f"{about}: {tube.entry.file}, data set {data_set.number}. Time is in seconds."
    return gating_ml_document(tube.prepared, tube.strategy, tube.gated, tube.spillover, where)


def _rows(tube: TubeAgain, made: Document | None, name: str, counted: Counted) -> Iterator[Row]:
    place = (*tube.entry.key, tube.entry.file)
    nothing = (None, None, None)
    if made is None or tube.prepared is None or tube.gated is None:
        yield (*place, "", "", "", "", REFUSED, tube.failed, *nothing)
        return
    theirs: Masks = {}
    unchecked = ""
    try:
        theirs = flowkit_members(made.text, tube.prepared.sample, made.ids) if made.ids else {}
    except NotAppliedError as error:
        unchecked = str(error)
    for population in tube.strategy.populations:
        if population in made.refused:
            yield (*place, "", population, "", "", REFUSED, made.refused[population], *nothing)
        elif population in made.skipped:
            reason = f"the run did not make this step: its events are those of {made.skipped[population]}"
            yield (*place, "", population, "", "", SKIPPED, reason, *nothing)
        else:
            ours = tube.gated.mask(PopulationName(population))
            events = int(ours.sum())
            recorded = counted.get((*tube.entry.key, population))
            found: tuple[int | None, int | None] = (None, None)
            status, reason = WRITTEN, unchecked and f"not checked: {unchecked}"
            if not unchecked:
                found = (int(theirs[population].sum()), int((theirs[population] != ours).sum()))
            if found[1]:
                status, reason = DIFFERS, f"FlowKit places {found[1]} events otherwise"
            if recorded != events:
                status, reason = DIFFERS, f"counts.csv has {recorded} events and the gate has {events}"
            gate = made.ids[population], made.forms[population]
            yield (*place, name, population, *gate, status, reason, events, *found)


def _differing(wrong: list[Row]) -> str:
    column = COLUMNS.index("population")
    named = ", ".join(f"{row[0]} {row[1]} {row[2]} {row[column]}" for row in wrong[:SHOWN])
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    number = "gate holds" if len(wrong) == 1 else "gates hold"
    return f"{len(wrong)} written {number} other events than the run: {named}{more}."
