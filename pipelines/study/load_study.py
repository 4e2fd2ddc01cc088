"""study.yaml + samples.csv + bead_lots.csv + strategies -> Study, or every problem at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import Annotated, Any

from pydantic import Field, ValidationError

from tregate.gating.count.coincidence import PairCorrection
from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.qc.limits import TubeLimits
from tregate.gating.read.regular_file import is_file_or_odd
from tregate.gating.strategy.load import find, load_strategy, shipped_names
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.schema_errors import problems_in
from tregate.gating.strategy.yaml_source import Source, read_yaml
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.lots import BeadLot, load_lots
from tregate.pipelines.study.samples import TubeEntry, load_samples
from tregate.pipelines.study.sources import TableSources, resolve
from tregate.pipelines.study.tables_definition import LoadedTables, load_tables
from tregate.pipelines.study.text_or_number_name import Name

STUDY_FILE = "study.yaml"


class StudyFile(Model):
    """study.yaml as it is written."""

    study: Name
    samples: str = "samples.csv"
    bead_lots: str | None = None
    visits: Annotated[tuple[Name, ...], Field(min_length=1)]
    baseline: Name | None = None
    tubes: Annotated[dict[Name, str], Field(min_length=1)]
    tables: str
    preparation_cv_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    coincidence: PairCorrection = "correct"
    coincidence_percent: Annotated[float, Field(ge=0, lt=50)] | None = None
    second_opinion: bool = False
    analysis: Analysis = Analysis()
    checks: dict[str, Annotated[float, Field(strict=True)]] = Field(default_factory=dict)
    """Limits by name. Strict: `true` is no limit of 1."""
    lloq: dict[str, Annotated[float, Field(gt=0, strict=True)]] = Field(default_factory=dict)
    """Measure -> lower limit of quantification of the laboratory's own validation, in the measure's unit."""


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
    """None: nobody declared one, which is told beside the tables."""
    coincidence: PairCorrection = "correct"
    """What is done about cells that passed the laser in pairs."""
    second_opinion: bool = False
    """Whether a mixture over all markers checks the gates of every tube."""
    coincidence_percent: float | None = None
    """Share of the leucocytes in pairs [%], for tubes that do not tell it; None: not declared."""
    analysis: Analysis = field(default_factory=Analysis)
    tube_limits: TubeLimits = field(default_factory=TubeLimits)
    """Limits of the checks on one tube, with the study's own."""
    study_limits: StudyLimits = field(default_factory=StudyLimits)
    """Limits of the checks between tubes, with the study's own."""
    samples_file: Path = Path("samples.csv")
    lots_file: Path | None = None

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


def load_study(path: str | Path) -> Study:
    """The study of a `study.yaml`, or of the folder that holds one. No FCS file is read.

    Parameters
    ----------
    path : study.yaml, or its folder

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
        remedy = "`tregate init FOLDER` writes one for a folder of FCS files."
        raise ConfigurationError([Problem(shown(file), None, "the file does not exist.", remedy)])
    source = read_yaml(file, shown(file))
    problems = list(source.repeated)
    written = _study_file(source, problems)
    data: dict[str, Any] = source.data if isinstance(source.data, dict) else {}

    strategies = _strategies(data.get("tubes"), source, folder, problems)
    tables = _tables(data.get("tables"), source, folder, problems)
    samples = folder / _text(data.get("samples"), "samples.csv")
    visits = written.visits if written else _names(data.get("visits"))
    tubes = tuple(written.tubes) if written else _names(data.get("tubes"))
    entries, faults = load_samples(samples, shown(samples), visits, tubes)
    problems += faults
    lots: dict[str, BeadLot] = {}
    lots_file = data.get("bead_lots")
    if isinstance(lots_file, str):
        lots, faults = load_lots(folder / lots_file, shown(folder / lots_file))
        problems += faults
    if written is not None:
        problems += _visit_problems(written, source)
        problems += _analysis_problems(written, source, entries)
        declared = (*named_limits(strategies.values()), *(() if tables is None else tables.definition.limits))
        problems += _limit_problems(written, source, declared)
        problems += [] if tables is None else _measure_problems(written, source, tables)
    if entries and not any(entry.path.exists() for entry in entries):
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
                _own(tables.definition.limits, written.checks if written else {}),
                written.lloq if written else {},
            )
        except ConfigurationError as error:
            problems += error.problems
    if problems or written is None or tables is None or table_sources is None:
        raise ConfigurationError(list(dict.fromkeys(problems)))
    return Study(
        name=written.study,
        file=file,
        visits=written.visits,
        baseline=_baseline(written),
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
        tube_limits=_tube_limits(strategies, written.checks),
        study_limits=replace(StudyLimits(), **_own(numbers_of(StudyLimits()), written.checks)),
        samples_file=samples,
        lots_file=folder / written.bead_lots if written.bead_lots else None,
    )


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


def _visit_problems(written: StudyFile, source: Source) -> list[Problem]:
    problems = []
    twice = sorted({visit for visit in written.visits if written.visits.count(visit) > 1})
    if twice:
        message = f"visits: {', '.join(twice)} is listed twice."
        problems.append(Problem(source.file, source.line(("visits",)), message, "Give each visit one name."))
    if written.baseline is not None and written.baseline not in written.visits:
        message = f'baseline: "{written.baseline}" is not one of the planned visits ({", ".join(written.visits)}).'
        problems.append(Problem(source.file, source.line(("baseline",)), message))
    return problems


def _analysis_problems(written: StudyFile, source: Source, entries: tuple[TubeEntry, ...]) -> list[Problem]:
    baseline = _baseline(written)
    subjects = {entry.subject for entry in entries}
    line = source.line(("analysis",))
    found = written.analysis.problems(written.visits, baseline, subjects)
    return [Problem(source.file, line, f"{message}.") for message in found]


def _measure_problems(written: StudyFile, source: Source, tables: LoadedTables) -> list[Problem]:
    primary, places = written.analysis.primary_measure, Declared(tables.definition).places()
    problems = []
    if primary is not None and primary not in places:
        message = f'analysis: the tables have no primary_measure "{primary}".'
        line = source.line(("analysis", "primary_measure"))
        problems.append(Problem(source.file, line, message, f"Measures: {', '.join(places)}."))
    for name in written.lloq:
        if name not in tables.definition.measures:
            message = f'lloq: the tables have no measure "{name}".'
            remedy = f"Measures: {', '.join(tables.definition.measures)}."
            problems.append(Problem(source.file, source.line(("lloq", name)), message, remedy))
    return problems


def _baseline(written: StudyFile) -> str:
    return written.visits[0] if written.baseline is None else written.baseline


def _limit_problems(written: StudyFile, source: Source, declared: Collection[str]) -> list[Problem]:
    known = sorted({*numbers_of(TubeLimits()), *numbers_of(StudyLimits()), *declared})
    return [
        Problem(
            source.file,
            source.line(("checks", name)),
            f'checks: "{name}" is not a limit of a check.',
            f"Limits: {', '.join(known)}.",
        )
        for name in written.checks
        if name not in known
    ]


def _tube_limits(strategies: Mapping[str, Strategy], written: Mapping[str, float]) -> TubeLimits:
    named = _own(named_limits(strategies.values()), written)
    return replace(TubeLimits(), **_own(numbers_of(TubeLimits()), written), named=named)


def named_limits(strategies: Iterable[Strategy]) -> tuple[str, ...]:
    """Limits of the strategies' named checks of percentages, which a study may set itself."""
    checks = (check for strategy in strategies for check in strategy.checks if check.within is not None)
    return tuple(dict.fromkeys(f"{check.name}_{end}" for check in checks for end in ("low", "high")))


def _own(known: Collection[str], written: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in written.items() if name in known}


def numbers_of(limits: TubeLimits | StudyLimits) -> frozenset[str]:
    """Names of the limits that are one number."""
    return frozenset(f.name for f in fields(limits) if isinstance(getattr(limits, f.name), float | int))


def _names(value: object) -> tuple[str, ...]:
    """Names as far as a faulty study.yaml gives them, so that samples.csv can be checked all the same."""
    return tuple(str(item) for item in value) if isinstance(value, list | dict) else ()


def _text(value: object, default: str) -> str:
    return value if isinstance(value, str) and value else default


def shown(path: Path) -> str:
    """The path as a person would type it from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
