"""What study.yaml says that cannot be meant: against itself, its strategies, its table definition and its sheet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tregate.gating.errors import Problem
from tregate.gating.strategy.load import find
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import Source
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.look_alike_names import look_alikes
from tregate.pipelines.study.own_limits import crossed
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.study.sources import counts_beads
from tregate.pipelines.study.study_file import StudyFile
from tregate.pipelines.study.subjects import Subjects, arms_of
from tregate.pipelines.study.tables_definition import LoadedTables


def visit_problems(written: StudyFile, source: Source) -> list[Problem]:
    problems = []
    twice = sorted({visit for visit in written.visit_names if written.visit_names.count(visit) > 1})
    if twice:
        message = f"visits: {', '.join(twice)} is listed twice."
        problems.append(Problem(source.file, source.line(("visits",)), message, "Give each visit one name."))
    if written.baseline is not None and written.baseline not in written.visit_names:
        message = f'baseline: "{written.baseline}" is not one of the planned visits ({", ".join(written.visit_names)}).'
        problems.append(Problem(source.file, source.line(("baseline",)), message))
    line = source.line(("visits",))
    planned = sorted(set(written.unscheduled) & set(written.visit_names))
    if planned:
        message = f"unscheduled: {', '.join(planned)} is a planned visit too."
        problems.append(Problem(source.file, source.line(("unscheduled",)), message, "Name it in one of the two."))
    alike = look_alikes(dict.fromkeys(written.visit_names, ()), "visit", source.file, written.distinct)
    return [*problems, *(replace(problem, line=line) for problem in alike)]


def default_problems(written: StudyFile, source: Source, strategies: Mapping[str, Strategy]) -> list[Problem]:
    problems = []
    for tube in written.beads:
        line = source.line(("beads", tube))
        strategy = strategies.get(tube)
        if tube not in written.tubes:
            message = f'beads: "{tube}" is not one of tubes ({", ".join(written.tubes)}).'
            problems.append(Problem(source.file, line, message))
        elif strategy is not None and not counts_beads(strategy):
            why = "is washed" if strategy.washed else "counts no beads"
            message = f'beads: tube "{tube}" {why} (strategy "{strategy.strategy}"), so it has no cells/µL of its own.'
            problems.append(Problem(source.file, line, message, "Remove it here."))
    return problems


def control_problems(written: StudyFile, source: Source, folder: Path) -> list[Problem]:
    """A folder of controls that does not exist."""
    if written.controls is None or (folder / written.controls).is_dir():
        return []
    message = f'controls: the folder "{written.controls}" does not exist.'
    return [Problem(source.file, source.line(("controls",)), message, f"Expected it in {folder.resolve()}.")]


def own_words(found: Sequence[Problem], tables: LoadedTables, source: Source) -> Sequence[Problem]:
    """Problems of a shipped table definition, reported at study.yaml, which is the file to correct."""
    if find(tables.definition.tables, "tables", None) != tables.path:
        return found
    more = f" So for {len(found) - 1} more measures." if len(found) > 1 else ""
    remedy = (
        "Keep one kind of tube for each strategy in `tubes:` and samples.csv (give the others a reason in `exclude`), "
        "or name a table definition of your own in `tables:`."
    )
    return [Problem(source.file, source.line(("tubes",)), f"{found[0].message}{more}", remedy)]


def analysis_problems(written: StudyFile, source: Source, entries: tuple[TubeEntry, ...]) -> list[Problem]:
    baseline = written.baseline_visit
    subjects = {entry.subject for entry in entries}
    line = source.line(("analysis",))
    found = written.analysis.problems(written.visit_names, baseline, subjects)
    return [Problem(source.file, line, f"{message}.") for message in found]


def arm_problems(written: StudyFile, source: Source, people: Subjects) -> list[Problem]:
    """What the analysis asks of subjects.csv that it does not have."""
    arms, reference = arms_of(people), written.analysis.reference_arm
    if reference is None or reference in arms:
        return []
    message = f'analysis: no subject is in the reference_arm "{reference}".'
    return [Problem(source.file, source.line(("analysis", "reference_arm")), message, f"Arms: {', '.join(arms)}.")]


def measure_problems(written: StudyFile, source: Source, tables: LoadedTables) -> list[Problem]:
    primary, places = written.analysis.primary_measure, Declared(tables.definition).places()
    problems = []
    if primary is not None and primary not in places:
        message = f'analysis: the tables have no primary_measure "{primary}".'
        line = source.line(("analysis", "primary_measure"))
        problems.append(Problem(source.file, line, message, f"Measures: {', '.join(places)}."))
    for key, measure in written.analysis.named_measures:
        if measure not in places:
            message = f'analysis: the tables have no measure "{measure}" ({key}).'
            line = source.line(("analysis", key))
            problems.append(Problem(source.file, line, message, f"Measures: {', '.join(places)}."))
    for name in written.lloq:
        if name not in tables.definition.measures:
            message = f'lloq: the tables have no measure "{name}".'
            remedy = f"Measures: {', '.join(tables.definition.measures)}."
            problems.append(Problem(source.file, source.line(("lloq", name)), message, remedy))
    return problems


def limit_problems(written: StudyFile, source: Source, defaults: Mapping[str, float | None]) -> Iterator[Problem]:
    """Limits that no check has, and windows whose low end is above the high one. `defaults`: every limit there is."""
    for name in written.checks:
        if name not in defaults:
            message = f'checks: "{name}" is not a limit of a check.'
            yield _of_limit(name, source, message, f"Limits: {', '.join(sorted(defaults))}.")
    for name, low, high in crossed(written.checks, defaults):
        window = name.rpartition("_")[0]
        message = f"checks: {window}_low {low:g} is above {window}_high {high:g}, so that no value is within."
        yield _of_limit(name, source, message, "Correct one of them, or set both.")


def _of_limit(name: str, source: Source, message: str, remedy: str) -> Problem:
    return Problem(source.file, source.line(("checks", name)), message, remedy)
