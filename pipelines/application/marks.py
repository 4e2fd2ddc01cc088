"""What is wrong with a study, each problem beside the cell or key that it is about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.application.wording import on_the_page
from tregate.pipelines.application.workspace import SHEETS, Workspace
from tregate.pipelines.files.kept_sheet import KeptSheet
from tregate.pipelines.study.load_study import STUDY_FILE, load_study, shown
from tregate.pipelines.tubes.tube_tasks import jobs
from tregate.pipelines.tubes.uncounted import without_bead_load

_QUOTED = re.compile(r"`(\w+)`")
_NAMED = re.compile(r'\b(visit|tube|bead lot|subject|file) "?([^"]*)', re.IGNORECASE)
_COLUMNS = {"bead lot": "bead_lot"}
BEADS = ("bead_lot", "bead_volume_ul", "beads_per_tube")
_LOT_OF_A_KIND = re.compile(r'^Bead lot "')
_NO_VISITS = re.compile(r"^visits needs at least 1 ")


def quick_problems(space: Workspace) -> tuple[list[Problem], list[Problem], Problem | None]:
    """Problems and notes of the study's own files, tubes that cannot be counted among them, and whether tubes have no
    bead load; no FCS file is opened."""
    try:
        study = load_study(space.folder)
        samples, listed = shown(study.samples_file), jobs(study)
        faults = [
            Problem(samples, job.entry.line, f"{job.entry.file}: {job.count_fault.stage}: {job.count_fault.message}")
            for job in listed
            if job.count_fault is not None
        ]
        return faults, list(study.notes), without_bead_load(study, listed)
    except ConfigurationError as error:
        return list(error.problems), [], None


@dataclass(frozen=True, slots=True)
class _Places:
    """The cells of a sheet, as problems name them."""

    columns: tuple[str, ...]
    rows: list[list[str]]
    by_line: dict[int, int]

    @classmethod
    def of(cls, sheet: KeptSheet) -> "_Places":
        rows = sheet.shown
        return cls(sheet.columns, [sheet.cells(row) for row in rows], {row.line: i for i, row in enumerate(rows)})

    def cells(self, problem: Problem) -> Iterator[tuple[int, str]]:
        """(row, column) of a problem's cells; none where it is about the sheet as a whole."""
        at = self.by_line.get(problem.line or 0)
        if at is None:
            return
        message = self.message(problem)
        if _LOT_OF_A_KIND.match(message) and "bead_lot" not in self.filled(at):
            return  # no row names the lot: that of a kind of tube in study.yaml does
        if "bead columns" in message and (filled := self.filled(at)):
            yield from ((at, column) for column in filled)
            return
        column, value = self.column(message)
        yield at, column
        if value and re.search(r"; also in lines? ", problem.message):
            place = self.columns.index(column)
            yield from ((i, column) for i, row in enumerate(self.rows) if i != at and row[place] == value)

    def filled(self, row: int) -> list[str]:
        """The bead columns that a row fills."""
        return [name for name in BEADS if name in self.columns and self.rows[row][self.columns.index(name)]]

    def without_file(self, row: int, message: str) -> str:
        """A message about one tube, without the name of its file before it, which may hold any words."""
        file = self.rows[row][self.columns.index("file")] if "file" in self.columns else ""
        return message.removeprefix(f"{file}: ") if file else message

    def message(self, problem: Problem) -> str:
        """The message of a problem, without file and stage where it is about a row."""
        at = self.by_line.get(problem.line or 0)
        return problem.message if at is None else self.without_file(at, problem.message).removeprefix("count: ")

    def column(self, message: str) -> tuple[str, str]:
        """The column that a message names, and the value that it quotes."""
        for name in _QUOTED.findall(message):
            if name in self.columns:
                return name, ""
        for kind, value in _NAMED.findall(message):
            name = _COLUMNS.get(kind.lower(), kind.lower())
            if name in self.columns:
                return name, value
        return self.columns[0], ""


def marks_json(space: Workspace, problems: Sequence[Problem], notes: Sequence[Problem] = ()) -> dict[str, Any]:
    """Problems by sheet, row and column, and those of no cell.

    problems: of load_study, or of `tregate check --json`. A problem of several rows marks each of them.
    """
    sheets: dict[str, _Places] = {}
    names: dict[str, str] = {shown(space.study_file): "study"}
    for name in SHEETS:
        try:
            kept, there = space.sheet(name)
        except ConfigurationError:
            continue
        if there:
            sheets[name] = _Places.of(kept)
            names[shown(space.path_of(name))] = name
    marked: dict[str, list[dict[str, Any]]] = {name: [] for name in SHEETS}
    rest: list[dict[str, Any]] = []
    for level, found in (("problem", problems), ("note", notes)):
        for one in found:
            name = names.get(one.file, "")
            message = sheets[name].message(one) if name in sheets else one.message
            words = on_the_page(f"{message} {one.remedy}".strip())
            cells = list(sheets[name].cells(one)) if name in sheets else []
            if cells:
                for row, column in cells:
                    marked[name].append({"row": row, "column": column, "level": level, "words": words})
            else:
                place = one.file if one.line is None else f"{one.file}, line {one.line}"
                if name == "samples" and _LOT_OF_A_KIND.match(message):
                    place = "Study, beads"
                entry = {"place": place, "sheet": name, "level": level, "words": words}
                if _NO_VISITS.match(one.message):
                    entry["cure"] = "visits"
                if entry not in rest:
                    rest.append(entry)
    return {"marks": marked, "rest": rest, "problems": len(problems)}


def from_json(found: dict[str, Any]) -> tuple[list[Problem], list[Problem]]:
    """Problems and notes of what `tregate check --json` printed, with the faults of single tubes."""

    def read(name: str) -> list[Problem]:
        return [Problem(one["file"], one["line"], one["message"], one["remedy"]) for one in found.get(name) or ()]

    no_value = found.get("no_value")
    more = [Problem(STUDY_FILE, None, no_value["message"], no_value["remedy"])] if no_value else []
    return [*read("problems"), *read("tube_faults"), *more], read("notes")
