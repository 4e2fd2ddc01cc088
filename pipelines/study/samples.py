"""samples.csv: one row a file."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tregate.gating.errors import Problem
from tregate.gating.read.regular_file import is_regular
from tregate.pipelines.files.csv_source import CsvSource, Row, column_problems, read_csv_source
from tregate.pipelines.files.look_alikes import code_points, mistaken_for, one_way, shown
from tregate.pipelines.files.near_file import as_on_disk
from tregate.pipelines.files.number_text import is_plain, number
from tregate.pipelines.study.look_alike_names import look_alikes, rows
from tregate.pipelines.study.moments import Moment, moment_words
from tregate.pipelines.study.planned_visits import is_unscheduled
from tregate.pipelines.study.reasons import without_reason

HAEMATOLOGY_COLUMN = "lymphocytes_per_ul"
REQUIRED = ("file", "subject", "visit", "tube")
OPTIONAL = (
    "bead_lot", "bead_volume_ul", "blood_volume_ul", "beads_per_tube", "dilution",
    "compensation", "dataset", "exclude", "include_in_primary",
    "collected", "instrument", "operator", "replicate", "volume_ul", HAEMATOLOGY_COLUMN,
    "control",
)  # fmt: skip

MOST_REPEATS = 99
UNSTAINED = "unstained"
"""`control` of a tube without any stain; else it is the marker that an FMO lacks."""

LINES_SHOWN = 5
"""Line numbers that one message lists."""

_NUMBERS = frozenset(
    {"bead_volume_ul", "blood_volume_ul", "beads_per_tube", "dilution", "volume_ul", HAEMATOLOGY_COLUMN}
)
_TRUE = ("yes", "true", "1")
_FALSE = ("no", "false", "0")


@dataclass(frozen=True, slots=True)
class TubeEntry:
    """One row of samples.csv: a file, whose blood it holds, and how its beads were added."""

    file: str
    """As samples.csv writes it."""
    path: Path
    """Where that is; the file may be missing, which is the tube's own failure."""
    subject: str
    visit: str
    tube: str
    bead_lot: str = ""
    bead_volume_ul: float | None = None
    blood_volume_ul: float | None = None
    beads_per_tube: float | None = None
    dilution: float = 1.0
    states_dilution: bool = False
    """Whether the row has a dilution of its own, which a default of study.yaml does not replace."""
    compensation: Path | None = None
    dataset: int | None = None
    exclude: str = ""
    """Why the tube is listed and not used; "" for a tube that is used."""
    include_in_primary: bool = True
    collected: Moment | None = None
    """When the blood was drawn."""
    instrument: str = ""
    operator: str = ""
    replicate: int = 1
    """Number of the repeat of a visit; from 2 on `visit` says so too."""
    volume_ul: float | None = None
    """Volume acquired [µL], where it is not the file's own."""
    haematology_per_ul: float | None = None
    """Of the haematology counter, in blood of the same draw [cells/µL]."""
    control: str = ""
    """Marker that an FMO of this kind of tube lacks, or "unstained"; "" for a sample. A control is not gated as one."""
    planned_visit: str = ""
    """Visit as samples.csv names it: of a repeat the visit that it repeats."""
    notes: Mapping[str, str] = field(default_factory=dict)
    line: int = 0
    """Line of samples.csv."""
    sheet: str = "samples.csv"
    """Name of the list: samples.xlsx is one too."""

    @property
    def key(self) -> tuple[str, str, str]:
        """(subject, visit, tube): one tube that is used, in a study without problems."""
        return self.subject, self.visit, self.tube

    @property
    def where(self) -> str:
        """Place of the row, for messages."""
        return f"{self.sheet}, line {self.line}"

    @property
    def wants_beads(self) -> bool:
        """Whether the row says that beads were added."""
        return bool(self.bead_lot) or self.bead_volume_ul is not None or self.beads_per_tube is not None


def load_samples(
    path: Path,
    shown_as: str,
    visits: Sequence[str],
    tubes: Sequence[str],
    distinct: Collection[str] = (),
    unscheduled: Collection[str] = (),
) -> tuple[tuple[TubeEntry, ...], list[Problem], list[Problem]]:
    """Entries in file order, everything wrong with the list, and what was read in another way than written.

    `visits`, `tubes`: the names study.yaml gives; where one is empty, that column is not checked. `distinct`: names
    that look alike and are different. `unscheduled`: visits outside the plan, beside those called UNS.
    """
    source, problems = read_csv_source(path, shown_as)
    problems += column_problems(source, REQUIRED, REQUIRED + OPTIONAL)
    if any(column not in source.columns for column in REQUIRED):
        return (), problems, _notes(source)
    entries = []
    readings = []
    for row in source.rows:
        reading = _Reading(row, shown_as, path.parent, source.decimal_commas)
        readings.append(reading)
        entries.append(reading.entry())
        problems += reading.problems
    if not entries and not problems:
        problems.append(Problem(shown_as, 1, "the file has a header and no rows.", "List the FCS files, one per row."))
    outside = ["" if is_unscheduled(e.planned_visit, unscheduled) else e.planned_visit for e in entries]
    problems += _unplanned(entries, shown_as, "visit", outside, visits)
    problems += _unplanned(entries, shown_as, "tube", [e.tube for e in entries], tubes)
    problems += _repeats(entries, shown_as)
    used = [entry for entry in entries if not entry.exclude]
    problems += look_alikes(_lines_of(used, "subject"), "subject", shown_as, distinct)
    notes = [*_notes(source), *_otherwise(readings, shown_as)]
    return tuple(entries), sorted(problems, key=lambda problem: problem.line or 0), notes


def repeat_of(visit: str, replicate: int) -> str:
    """Name of a repeat of a visit: a visit of its own, which no table plans."""
    return visit if replicate == 1 or not visit else f"{visit} repeat {replicate}"


def is_only_control(entry: TubeEntry) -> bool:
    """Whether `control` alone says that the tube is no sample."""
    return bool(entry.control) and entry.exclude == _as_control(entry.control)


def _as_control(control: str) -> str:
    """Why a control is not gated as a sample; "" for a sample."""
    if not control:
        return ""
    return f"control ({UNSTAINED})" if control.casefold() == UNSTAINED else f"control (FMO {control})"


class _Reading:
    """One row on its way to a TubeEntry, gathering what is wrong with it."""

    def __init__(self, row: Row, file: str, folder: Path, decimal_commas: bool) -> None:
        self.row = row
        self.file = file
        self.folder = folder
        self.decimal_commas = decimal_commas
        self.problems: list[Problem] = []
        self.otherwise: list[tuple[str, str, str]] = []
        """(column, as written, as read) of cells that are read in another way than they are written."""

    def entry(self) -> TubeEntry:
        visit, replicate, control = self._name("visit"), self._replicate(), self._name("control")
        exclude = self._exclude() or _as_control(control)
        for column in REQUIRED[:1] if exclude else REQUIRED:
            if not self.row.get(column):
                note = self.row.get("note")
                why = f" ({note})" if note else ""
                self._fault(f"`{column}` is empty{why}.", "Fill it in, or give a reason in `exclude`.")
        matrix = self.row.get("compensation")
        if matrix and not is_regular(as_on_disk(self.folder, matrix)):
            self._fault(f'`compensation`: the file "{matrix}" does not exist.', f"Expected it in {self.folder}.")
        return TubeEntry(
            file=self.row.get("file"),
            path=self._path(),
            subject=self._name("subject"),
            visit=repeat_of(visit, replicate),
            tube=self._name("tube"),
            bead_lot=self._name("bead_lot"),
            bead_volume_ul=self._number("bead_volume_ul"),
            blood_volume_ul=self._number("blood_volume_ul"),
            beads_per_tube=self._number("beads_per_tube"),
            dilution=self._number("dilution") or 1.0,
            states_dilution=bool(self.row.get("dilution")),
            compensation=as_on_disk(self.folder, matrix) if matrix else None,
            dataset=self._data_set(),
            exclude=exclude,
            include_in_primary=self._yes_no("include_in_primary"),
            collected=self._collected(),
            instrument=self._name("instrument"),
            operator=self._name("operator"),
            replicate=replicate,
            volume_ul=self._number("volume_ul"),
            haematology_per_ul=self._number(HAEMATOLOGY_COLUMN),
            control=control,
            planned_visit=visit,
            notes={name: text for name, text in self.row.cells.items() if name.startswith("note")},
            line=self.row.line,
            sheet=Path(self.file).name,
        )

    def _fault(self, message: str, remedy: str = "") -> None:
        self.problems.append(Problem(self.file, self.row.line, message, remedy))

    def _name(self, column: str) -> str:
        """A name as the eye reads it: two spellings that look the same are one name."""
        written = self.row.get(column)
        name = one_way(written)
        if name != written:
            self.otherwise.append((column, written, name))
        return name

    def _exclude(self) -> str:
        text = self.row.get("exclude")
        if without_reason(text) == "no":
            message = f'`exclude`: "{text}" is no reason, and a tube with a text here is not used.'
            self._fault(message, "Leave it empty for a tube that is used; else write why it is not.")
            return ""
        return text

    def _path(self) -> Path:
        written = self.row.get("file")
        path = as_on_disk(self.folder, written)
        if path != self.folder / written:
            self.otherwise.append(("file", written, os.path.relpath(path, self.folder)))
        return path

    def _number(self, column: str) -> float | None:
        text = self.row.get(column)
        if not text:
            return None
        value = number(text, decimal_commas=self.decimal_commas)
        if isinstance(value, str):
            self._fault(f"`{column}`: {value}.", "Write 2 for 1:2." if column == "dilution" else "")
            return None
        if not is_plain(text):
            self.otherwise.append((column, text, f"{value:.15g}"))
        if value <= 0:
            self._fault(f"`{column}`: {text} must be above 0.", "Leave it empty if it is unknown.")
            return None
        return value

    def _data_set(self) -> int | None:
        text = self.row.get("dataset")
        if not text:
            return None
        if text.isascii() and text.isdigit() and int(text) >= 1:
            return int(text)
        self._fault(f'`dataset`: "{text}" is not a number of a data set (1, 2, ...).', "`tregate inspect` lists them.")
        return None

    def _replicate(self) -> int:
        text = self.row.get("replicate")
        if not text:
            return 1
        if text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_REPEATS:
            return int(text)
        self._fault(f'`replicate`: "{text}" is not a number from 1 to {MOST_REPEATS}.', "Number repeats 1, 2, 3.")
        return 1

    def _collected(self) -> Moment | None:
        text = self.row.get("collected")
        found = Moment.read(text) if text else None
        if text and found is None:
            message = f'`collected`: "{text}" is not a date, or date and time.'
            self._fault(message, f"Write it as {moment_words(text)}.")
        return found

    def _yes_no(self, column: str) -> bool:
        text = self.row.get(column).lower()
        if text in _FALSE:
            return False
        if text and text not in _TRUE:
            self._fault(f'`{column}`: "{self.row.get(column)}" is neither `yes` nor `no`.')
        return True


def _notes(source: CsvSource) -> list[Problem]:
    return [Problem(source.file, None, f"{note}.") for note in source.notes]


def _otherwise(readings: Sequence[_Reading], file: str) -> list[Problem]:
    """What each cell was read as, once a way of writing."""
    lines: dict[tuple[str, str, str], list[int]] = {}
    for reading in readings:
        for cell in reading.otherwise:
            lines.setdefault(cell, []).append(reading.row.line)
    notes = []
    numbers: dict[str, list[int]] = {}
    for (column, written, read), at in lines.items():
        if column in _NUMBERS:
            numbers.setdefault(f'`{column}` is read with another decimal or thousands mark ("{written}" as {read})', at)
            continue
        marks = f" ({odd})" if (odd := code_points(written)) else ""
        notes.append(
            Problem(file, at[0], f'`{column}` "{shown(written)}"{marks} is read as "{shown(read)}": {rows(at)}.')
        )
    notes += [Problem(file, at[0], f"{message}: {rows(at)}.") for message, at in numbers.items()]
    return notes


def _lines_of(entries: Sequence[TubeEntry], column: str) -> dict[str, list[int]]:
    lines: dict[str, list[int]] = {}
    for entry in entries:
        if name := str(getattr(entry, column)):
            lines.setdefault(name, []).append(entry.line)
    return lines


def _unplanned(
    entries: Sequence[TubeEntry], file: str, column: str, names: Sequence[str], planned: Sequence[str]
) -> list[Problem]:
    key = f"{column}s"
    lines: dict[str, list[int]] = {}
    for entry, name in zip(entries, names, strict=True):
        if planned and name and name not in planned and not entry.exclude:
            lines.setdefault(name, []).append(entry.line)
    return [
        Problem(
            file,
            first,
            f'the {column} "{name}" is not in `{key}` of study.yaml ({", ".join(planned)}){_also(more)}.',
            f'Did you mean "{near}"?'
            if (near := _meant(name, planned))
            else f"Correct it here, or add it to `{key}` in study.yaml.",
        )
        for name, (first, *more) in lines.items()
    ]


def _meant(name: str, planned: Sequence[str]) -> str:
    """The planned name that looks like this one; never one that merely has another number."""
    alike = [other for other in planned if mistaken_for(other) & mistaken_for(name)]
    return alike[0] if len(alike) == 1 else ""


def _also(lines: Sequence[int]) -> str:
    """Further lines with the same mistake."""
    if not lines:
        return ""
    shown = ", ".join(map(str, lines[:LINES_SHOWN]))
    rest = f" and {len(lines) - LINES_SHOWN} more" if len(lines) > LINES_SHOWN else ""
    return f"; also in line{'s' if len(lines) > 1 else ''} {shown}{rest}"


def _repeats(entries: Sequence[TubeEntry], file: str) -> list[Problem]:
    """The same file twice, the same tube of a subject and visit twice; excluded rows may repeat."""
    used = [entry for entry in entries if not entry.exclude]

    def twice(name: Callable[[TubeEntry], object], words: Callable[[TubeEntry], str], remedy: str) -> list[Problem]:
        first: dict[object, int] = {}
        found = []
        for entry in used:
            line = first.setdefault(name(entry), entry.line)
            if line != entry.line:
                found.append(Problem(file, entry.line, f"{words(entry)} (first on line {line}).", remedy))
        return found

    same_file = twice(
        lambda entry: (os.path.realpath(entry.path), entry.dataset),
        lambda entry: f'the file "{entry.file}" is listed twice',
        "Each file belongs to one tube: correct one of the rows.",
    )
    same_tube = twice(
        lambda entry: entry.key if all(entry.key) else entry.line,
        lambda entry: f"subject {entry.subject}, visit {entry.visit}, tube {entry.tube} is listed twice",
        "Give a reason in `exclude` for the one that is not used, or number repeats in `replicate`.",
    )
    return same_file + same_tube
