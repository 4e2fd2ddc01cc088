"""study.yaml + samples.csv + bead_lots.csv + strategies -> Study, or every problem at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import wraps
from pathlib import Path, PurePath
from typing import Any

from pydantic import ValidationError

from tregate.gating.count.coincidence import PairCorrection
from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.qc.limits import TubeLimits
from tregate.gating.read.regular_file import ReadFile, is_file_or_odd, noted_reads, open_regular
from tregate.gating.strategy.load import find, load_strategy, shipped_names
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.schema_errors import problems_in
from tregate.gating.strategy.yaml_source import Source, read_yaml
from tregate.pipelines.files.near_file import there
from tregate.pipelines.study.absent_markers import absent_problems, with_absent
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.bead_defaults import BeadDefault, with_defaults
from tregate.pipelines.study.bead_statements import bead_problems
from tregate.pipelines.study.blinding import Blinding, blinded
from tregate.pipelines.study.control_column import unknown_controls
from tregate.pipelines.study.counting import counting_problems, mixed_ways, with_counting
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.lots import BeadLot, load_lots
from tregate.pipelines.study.misnamed import misnamed_studies, rename
from tregate.pipelines.study.own_limits import default_limits, own, study_limits, tube_limits
from tregate.pipelines.study.planned_visits import PlannedVisit
from tregate.pipelines.study.replicates import averaged_tubes, replicate_problems
from tregate.pipelines.study.samples import TubeEntry, load_samples
from tregate.pipelines.study.sources import TableSources, resolve
from tregate.pipelines.study.study_contradictions import (
    analysis_problems,
    arm_problems,
    control_problems,
    default_problems,
    limit_problems,
    measure_problems,
    own_words,
    visit_problems,
)
from tregate.pipelines.study.study_file import StudyFile
from tregate.pipelines.study.subjects import Subject, Subjects, load_subjects
from tregate.pipelines.study.tables_definition import LoadedTables, load_tables

STUDY_FILE = "study.yaml"
_DATA = frozenset({".fcs", ".lmd", ".csv", ".tsv", ".xlsx", ".xls", ".wsp", ".zip"})


@dataclass(frozen=True, slots=True)
class Study:
    """What is to be done, whole and without contradictions. Nothing of it is read from an FCS file."""

    name: str
    file: Path
    """study.yaml."""
    visits: tuple[str, ...]
    """Planned, in order."""
    baseline: str
    strategies: Mapping[str, Strategy]
    """Tube name -> how it is gated."""
    tables: LoadedTables
    table_sources: TableSources
    """Which tube gives which figure."""
    entries: tuple[TubeEntry, ...]
    """Every row of samples.csv, in file order, excluded ones too."""
    lots: Mapping[str, BeadLot]
    preparation_cv_percent: float | None = None
    """None: none is declared, which the notes of the tables report."""
    coincidence: PairCorrection = "correct"
    """What is done about cells that passed the laser in pairs."""
    second_opinion: bool = False
    """Whether a mixture over all markers checks the gates of every tube."""
    coincidence_percent: float | None = None
    """Share of the leucocytes in pairs [%], for tubes that do not show it; None: not declared."""
    analysis: Analysis = field(default_factory=Analysis)
    tube_limits: TubeLimits = field(default_factory=TubeLimits)
    """Limits of the checks on one tube, with the study's own."""
    study_limits: StudyLimits = field(default_factory=StudyLimits)
    """Limits of the checks between tubes, with the study's own."""
    parsed: Mapping[Path, ReadFile] = field(default_factory=dict, compare=False)
    """Size and SHA-256 of the bytes that were parsed: study.yaml, samples.csv, bead lots, strategies, tables."""
    samples_file: Path = Path("samples.csv")
    lots_file: Path | None = None
    people: Subjects = field(default_factory=dict)
    """Rows of subjects.csv by subject; empty without it."""
    people_file: Path | None = None
    beads: Mapping[str, BeadDefault] = field(default_factory=dict)
    """Defaults by tube; `entries` have them already."""
    laboratory: str = ""
    controls: Path | None = None
    """Folder of single-stain controls; None where study.yaml names none."""
    blinding: Blinding | None = None
    """None: arms, visits and dates are what the files say."""
    plan: tuple[PlannedVisit, ...] = ()
    """`visits` with their target days and windows."""
    notes: tuple[Problem, ...] = ()
    """What was read in another way than it is written, each at its place."""

    @property
    def folder(self) -> Path:
        return self.file.parent

    @property
    def used(self) -> tuple[TubeEntry, ...]:
        """The tubes that are gated, in file order."""
        return tuple(entry for entry in self.entries if not entry.exclude)

    @property
    def subjects(self) -> tuple[str, ...]:
        """In the order of their first row, excluded rows included: their empty cells say that they are."""
        return tuple(dict.fromkeys(entry.subject for entry in self.entries if entry.subject))


def _with_hashes(load: Callable[[str | Path, bool], Study]) -> Callable[..., Study]:
    """The same, with what its files were when they were parsed."""

    @wraps(load)
    def noting(path: str | Path, unblinded: bool = False) -> Study:
        with noted_reads() as read:
            study = load(path, unblinded)
        return replace(study, parsed=read)

    return noting


@_with_hashes
def load_study(path: str | Path, unblinded: bool = False) -> Study:
    """The study of a `study.yaml`, or of the folder that holds one. No FCS file is read.

    Parameters
    ----------
    path : study.yaml, or its folder
    unblinded : whether arms and visits are as the files say although the study is `blind`

    Returns
    -------
    Study: visits, tubes with their strategies, every row of samples.csv, bead lots [beads/µL], limits of the checks

    Raises
    ------
    ConfigurationError : with every problem of study.yaml, samples.csv, bead_lots.csv, the strategies and their
        panels, and the table definition

    Examples
    --------
    >>> study = load_study("trial")
    >>> study.visits
    ('D1', 'D8')
    >>> len(study.used)
    12
    """
    path = Path(path)
    file = path / STUDY_FILE if path.is_dir() else path
    folder = file.parent
    if not is_file_or_odd(file):
        near = misnamed_studies(folder) if file.name == STUDY_FILE else ()
        remedy = rename(near) or "`tregate init FOLDER` writes one for a folder of FCS files."
        raise ConfigurationError([Problem(shown(file), None, "the file does not exist.", remedy)])
    if _is_of_data(file):
        remedy = "Name the folder of the FCS files, or the study.yaml in it."
        raise ConfigurationError([Problem(shown(file), None, "this file is no study.yaml.", remedy)])
    source = read_yaml(file, shown(file))
    problems = list(source.repeated)
    written = _study_file(source, problems)
    data: dict[str, Any] = source.data if isinstance(source.data, dict) else {}

    strategies = _strategies(data.get("tubes"), source, folder, problems)
    tables = _tables(data.get("tables"), source, folder, problems)
    samples = _sheet(folder, _text(data.get("samples"), "samples.csv"))
    visits = written.visit_names if written else _names(data.get("visits"))
    tubes = tuple(written.tubes) if written else _names(data.get("tubes"))
    distinct = written.distinct if written else ()
    unscheduled = written.unscheduled if written else _names(data.get("unscheduled"))
    entries, faults, notes = load_samples(samples, shown(samples), visits, tubes, distinct, unscheduled)
    problems += faults
    problems += unknown_controls(entries, strategies, shown(samples))
    if entries and all(entry.exclude for entry in entries):
        message = f"no tube is used: each of the {len(entries)} rows has a reason in `exclude` or is a control."
        problems.append(Problem(shown(samples), None, message, "Empty `exclude` or `control` of tubes to be gated."))
    lots: dict[str, BeadLot] = {}
    lots_file = _sheet(folder, data["bead_lots"]) if isinstance(data.get("bead_lots"), str) else None
    if lots_file is not None:
        lots, faults, lot_notes = load_lots(lots_file, shown(lots_file))
        problems += faults
        notes += lot_notes
    people: dict[str, Subject] = {}
    people_file = _sheet(folder, written.subjects) if written is not None and written.subjects else None
    if people_file is not None:
        known = {entry.subject for entry in entries}
        people, faults = load_subjects(people_file, shown(people_file), known, distinct)
        problems += faults
    if written is not None:
        problems += arm_problems(written, source, people)
        problems += default_problems(written, source, strategies)
        entries = with_defaults(entries, written.beads)
        limits = study_limits(written.checks)
        where = "bead_lots" if lots_file is None else shown(lots_file)
        problems += bead_problems(entries, lots, written.counting, limits, shown(samples), where)
        problems += visit_problems(written, source)
        problems += analysis_problems(written, source, entries)
        declared = {} if tables is None else tables.definition.limits
        problems += limit_problems(written, source, default_limits(strategies.values(), declared))
        problems += absent_problems(written.absent, strategies, source)
        problems += control_problems(written, source, folder)
        strategies = with_absent(strategies, written.absent)
        problems += counting_problems(written.counting, written.tubes, strategies, source)
        problems += replicate_problems(written.replicates, written.tubes, source)
        problems += mixed_ways(entries, written.counting, strategies, shown(samples))
        strategies = with_counting(strategies, written.counting)
        problems += [] if tables is None else measure_problems(written, source, tables)
    if entries and not any(there(entry.path) for entry in entries):
        message = f"none of the {len(entries)} files in the column `file` exists."
        backslashes = any("\\" in entry.file for entry in entries)
        asked = "write / between folders, not \\." if backslashes else "check whether the folder was moved."
        remedy = f"File names are relative to {samples.parent.resolve()}: {asked}"
        problems.append(Problem(shown(samples), None, message, remedy))
    table_sources = None
    if tables is not None and not problems:
        try:
            table_sources = resolve(
                tables,
                strategies,
                own(tables.definition.limits, written.checks if written else {}),
                written.lloq if written else {},
                averaged_tubes(written.replicates) if written else (),
            )
        except ConfigurationError as error:
            problems += own_words(error.problems, tables, source)
    if problems or written is None or tables is None or table_sources is None:
        raise ConfigurationError(list(dict.fromkeys(problems)))
    study = Study(
        name=written.study,
        file=file,
        visits=written.visit_names,
        plan=written.visits,
        laboratory=written.laboratory or "",
        baseline=written.baseline_visit,
        strategies=strategies,
        tables=tables,
        table_sources=table_sources,
        entries=entries,
        lots=lots,
        preparation_cv_percent=written.preparation_cv_percent,
        coincidence=written.coincidence,
        coincidence_percent=written.coincidence_percent,
        second_opinion=written.second_opinion,
        analysis=written.analysis,
        tube_limits=tube_limits(strategies, written.checks),
        study_limits=study_limits(written.checks),
        samples_file=samples,
        lots_file=lots_file,
        people=people,
        people_file=people_file,
        beads=written.beads,
        controls=None if written.controls is None else file.parent / written.controls,
        notes=tuple(notes),
    )
    return blinded(study) if written.blind and not unblinded else study


def _is_of_data(file: Path) -> bool:
    """Whether the file is one of those beside a study.yaml: an FCS file by whatever name, or a sheet."""
    if file.suffix.lower() in _DATA:
        return True
    try:
        with open_regular(file) as opened:
            return opened.read(3) == b"FCS"
    except OSError:
        return False  # read_yaml says why


def only_matching(study: Study, glob: str) -> Study:
    """The study as if samples.csv listed only the files whose name or path matches.

    Raises ConfigurationError where none does.
    """
    kept = tuple(
        entry
        for entry in study.entries
        if fnmatchcase(entry.file, glob) or fnmatchcase(PurePath(entry.file).name, glob)
    )
    if not any(not entry.exclude for entry in kept):
        remedy = f"Write it as in the column `file`, for example '{study.entries[0].file}'."
        raise ConfigurationError([Problem("--only", None, f'no file of the study matches "{glob}".', remedy)])
    return replace(study, entries=kept)


def _study_file(source: Source, problems: list[Problem]) -> StudyFile | None:
    if not isinstance(source.data, dict):
        remedy = "`tregate init FOLDER` writes a study.yaml to start from."
        problems.append(Problem(source.file, 1, "expected keys such as `study:`, `visits:`, `tubes:`.", remedy))
        return None
    try:
        return StudyFile.model_validate(source.data)
    except ValidationError as error:
        problems += problems_in(error, source, StudyFile)
        return None


def _strategies(tubes: object, source: Source, folder: Path, problems: list[Problem]) -> dict[str, Strategy]:
    loaded: dict[str, Strategy] = {}
    read: dict[str, Strategy | None] = {}
    for tube, reference in tubes.items() if isinstance(tubes, dict) else ():
        if not isinstance(reference, str):
            continue
        if reference not in read:
            read[reference] = None
            if find(reference, "strategies", folder) is None:
                message = f'tube "{tube}": the strategy "{reference}" does not exist.'
                names = ", ".join(shipped_names("strategies"))
                remedy = f"Use a shipped strategy ({names}) or a path from {folder.resolve()}."
                problems.append(Problem(source.file, source.line(("tubes", tube)), message, remedy))
            else:
                try:
                    read[reference] = load_strategy(reference, folder)
                except ConfigurationError as error:
                    problems += error.problems
        strategy = read[reference]
        if strategy is not None:
            loaded[str(tube)] = strategy
    return loaded


def _tables(reference: object, source: Source, folder: Path, problems: list[Problem]) -> LoadedTables | None:
    if not isinstance(reference, str):
        return None
    if find(reference, "tables", folder) is None:
        shipped = ", ".join(shipped_names("tables"))
        message = f'the table definition "{reference}" does not exist.'
        remedy = f"Use a shipped one ({shipped}) or a path from {folder.resolve()}."
        problems.append(Problem(source.file, source.line(("tables",)), message, remedy))
        return None
    try:
        return load_tables(reference, folder)
    except ConfigurationError as error:
        problems += error.problems
        return None


def _sheet(folder: Path, name: str) -> Path:
    """The sheet of this name; where it is missing, an Excel workbook of the same name."""
    path = folder / name
    workbook = path.with_suffix(".xlsx")
    return workbook if not there(path) and there(workbook) else path


def _names(value: object) -> tuple[str, ...]:
    """Names as far as a faulty study.yaml gives them, so that samples.csv can be checked all the same."""
    if not isinstance(value, list | dict):
        return ()
    return tuple(str(item.get("name", "") if isinstance(item, dict) else item) for item in value)


def _text(value: object, default: str) -> str:
    return value if isinstance(value, str) and value else default


def shown(path: Path) -> str:
    """The path as a person would type it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
