"""A laboratory's own validation: what each tube stands for (validation.csv), and declared limits (limits.yaml)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.near_names import nearest
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.yaml_source import read_yaml
from tregate.pipelines.files.csv_source import Row, column_problems, read_csv_source
from tregate.pipelines.files.number_text import number

DESIGN, LIMITS = "validation.csv", "limits.yaml"
EXPERIMENTS = ("precision", "blank", "low", "linearity", "carry_over", "stability")
REQUIRED = ("experiment", "subject", "visit", "specimen")
FACTORS = ("instrument", "lot", "operator", "day")
"""From the widest to the narrowest: each is nested in those before it."""
OPTIONAL = (*FACTORS, "repeat", "expected", "hours", "order", "sequence")
_NUMBERS = {"linearity": "expected", "carry_over": "order", "stability": "hours"}
"""Experiment -> the column of a number that it needs."""

Positive = Annotated[float, Field(gt=0)]


class Acceptance(Model):
    """Limits of one measure; what is not stated is reported without a verdict. CV in %, else in the measure's unit."""

    repeatability: Positive | None = None
    within_laboratory: Positive | None = None
    lob: Positive | None = None
    lod: Positive | None = None
    lloq: Positive | None = None
    lloq_cv: Positive = 25.0
    """CV [%] that a level has to keep to count for the LLOQ."""
    nonlinearity: Positive | None = None
    """Largest deviation of a level from the line [%]."""
    carry_over: Positive | None = None
    """Of the high specimen's value [%]."""
    stability: Positive | None = None
    """Largest change from the start [%]."""


@dataclass(frozen=True, slots=True)
class Point:
    """One tube, or the tubes of one subject and visit, in an experiment."""

    experiment: str
    place: tuple[str, str]
    """Subject and visit, as in samples.csv."""
    specimen: str
    factors: Mapping[str, str]
    number: float | None = None
    """Expected value, hours, or place in the sequence."""
    sequence: str = ""


def read_design(folder: Path, places: Sequence[tuple[str, str]]) -> list[Point]:
    """The rows of validation.csv. `places`: subjects and visits of the study.

    Raises ConfigurationError with every problem.
    """
    path = folder / DESIGN
    source, problems = read_csv_source(path, str(path))
    problems += column_problems(source, REQUIRED, (*REQUIRED, *OPTIONAL)) if source.columns else []
    found: list[Point] = []
    seen: dict[tuple[str, ...], int] = {}
    for row in source.rows if not problems else ():
        point = _point(row, str(path), decimal_commas=source.decimal_commas)
        if isinstance(point, Problem):
            problems.append(point)
        elif point.place not in places:
            message = f'the study has no tube of subject "{point.place[0]}" at visit "{point.place[1]}".'
            problems.append(Problem(str(path), row.line, message, "Add it to samples.csv, or correct the row."))
        elif (point.experiment, *point.place) in seen:
            line = seen[point.experiment, *point.place]
            problems.append(Problem(str(path), row.line, f"the same tubes stand in line {line}.", "Remove one."))
        else:
            seen[point.experiment, *point.place] = row.line
            found.append(point)
    if not problems and not found:
        problems.append(Problem(str(path), None, "the file has no rows.", "Enter one row per tube."))
    if problems:
        raise ConfigurationError(problems)
    return found


def _point(row: Row, file: str, *, decimal_commas: bool) -> Point | Problem:
    experiment = row.get("experiment")
    if experiment not in EXPERIMENTS:
        near = nearest(experiment, EXPERIMENTS)
        remedy = f'Did you mean "{near}"?' if near else f"Known: {', '.join(EXPERIMENTS)}."
        return Problem(file, row.line, f'there is no experiment "{experiment}".', remedy)
    if not row.get("specimen"):
        return Problem(file, row.line, "`specimen` is empty.", "Name the specimen.")
    value: float | None = None
    column = _NUMBERS.get(experiment)
    if column is not None:
        read = number(row.get(column), decimal_commas=decimal_commas) if row.get(column) else "it is empty"
        if isinstance(read, str):
            return Problem(file, row.line, f"`{column}`: {read}.", f"An experiment of {experiment} needs it.")
        if read < 0:
            return Problem(file, row.line, f"`{column}` is negative: {read:g}.", "Enter 0 or more.")
        value = float(read)
    factors = {name: row.get(name) for name in (*FACTORS, "repeat")}
    place = (row.get("subject"), row.get("visit"))
    return Point(experiment, place, row.get("specimen"), factors, value, row.get("sequence"))


def read_limits(folder: Path, measures: Sequence[str]) -> dict[str, Acceptance]:
    """Measure -> its limits, of limits.yaml. Raises ConfigurationError with every problem."""
    source = read_yaml(folder / LIMITS)
    data = source.data if isinstance(source.data, dict) else {}
    problems = list(source.repeated)
    for name in data:
        if name not in measures:
            near = nearest(str(name), measures)
            remedy = f'Did you mean "{near}"?' if near else f"Known: {', '.join(measures[:8])}."
            problems.append(Problem(source.file, source.line((name,)), f'the run has no measure "{name}".', remedy))
    if not data:
        problems.append(Problem(source.file, 1, "no measure is named.", "Write measure: {limit: value}."))
    try:
        limits = TypeAdapter(dict[str, Acceptance]).validate_python(
            {name: {} if value is None else value for name, value in data.items()}
        )
    except ValidationError as error:
        for one in error.errors():
            where = tuple(part for part in one["loc"] if isinstance(part, str | int))
            key = ".".join(map(str, where))
            problems.append(Problem(source.file, source.line(where), f"{key}: {one['msg']}."))
        limits = {}
    if problems:
        raise ConfigurationError(problems)
    return limits
