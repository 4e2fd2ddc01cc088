"""export.csv: every population of every tube, written for another program or why not, and what FlowKit counts."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.units import PopulationName
from tregate.pipelines.datasets.finished_run import FinishedRun
from tregate.pipelines.datasets.gates_on_file import OnFile
from tregate.pipelines.datasets.tubes_again import TubeAgain
from tregate.pipelines.files.csv_file import read_csv, write_csv
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.interchange.flowkit_members import NotAppliedError

COLUMNS = (
    "subject", "visit", "tube", "file", "document", "population", "gate_id", "form",
    "status", "reason", "events", "flowkit_events", "differing_events",
)  # fmt: skip
WRITTEN, REFUSED, SKIPPED, DIFFERS = "written", "refused", "step skipped", "differs"
REMEDY = "; with --with-fcs it is written, on a channel of its own"
SHOWN = 3

Row = tuple[Cell, ...]
Counted = Mapping[tuple[str, str, str, str], Cell]


def counts_of(run: FinishedRun) -> Counted:
    """(subject, visit, tube, population) -> events in counts.csv."""
    keys = ("subject", "visit", "tube", "population")
    table = read_csv(run.folder / "counts.csv", text=(*keys, "file", "parent", "flags"))
    return {
        (str(r["subject"]), str(r["visit"]), str(r["tube"]), str(r["population"])): r["events"] for r in table.records()
    }


def export_rows(tube: TubeAgain, held: OnFile | None, name: str, counted: Counted) -> Iterator[Row]:
    """Rows of one tube. `name`: of the file that holds its gates."""
    place = (*tube.entry.key, tube.entry.file)
    nothing = (None, None, None)
    if held is None or tube.gated is None:
        yield (*place, "", "", "", "", REFUSED, tube.failed, *nothing)
        return
    made, theirs, unchecked = held.made, held.checked, ""
    if isinstance(theirs, NotAppliedError):
        theirs, unchecked = {}, str(theirs)
    for population in tube.strategy.populations:
        if population in made.refused:
            remedy = REMEDY if population in made.formless else ""
            yield (*place, "", population, "", "", REFUSED, f"{made.refused[population]}{remedy}", *nothing)
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


def refused_in(out: Path) -> str:
    """How many populations an export refused, as a sentence; "" for none."""
    records = list(read_csv(out / "export.csv", text=COLUMNS[:10]).records())
    reasons = [str(record["reason"]) for record in records if record["status"] == REFUSED]
    if not reasons:
        return ""
    way_out = any(REMEDY in reason for reason in reasons)
    remedy = "; --with-fcs writes those whose shape has no form there" if way_out else ""
    return f"Refused: {len(reasons)} of {len(records)} populations, see export.csv{remedy}."


def write_rows(rows: Sequence[Row], out: Path) -> None:
    """Write export.csv. Raises ConfigurationError, once it is written, where a membership or a count differs."""
    write_csv(Table("export", COLUMNS, tuple(rows)), out / "export.csv", digits=None)
    wrong = [row for row in rows if row[COLUMNS.index("status")] == DIFFERS]
    if wrong:
        raise ConfigurationError([Problem(str(out / "export.csv"), None, _differing(wrong), "Do not use these gates.")])


def _differing(wrong: list[Row]) -> str:
    column = COLUMNS.index("population")
    named = ", ".join(f"{row[0]} {row[1]} {row[2]} {row[column]}" for row in wrong[:SHOWN])
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    number = "gate holds" if len(wrong) == 1 else "gates hold"
    return f"{len(wrong)} written {number} other events than the run: {named}{more}."
