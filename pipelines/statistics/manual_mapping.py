"""A mapping file: how a table that FlowJo, Kaluza or another program exported becomes manual values."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.schema_errors import problems_in
from tregate.gating.strategy.yaml_source import read_yaml
from tregate.pipelines.files.csv_source import Row, read_csv_source
from tregate.pipelines.files.number_text import number
from tregate.pipelines.statistics.manual_values import Manual

Places = Mapping[str, tuple[str, str]]
"""Name of a file of the run -> its subject and visit."""
SHOWN = 5


class TableMapping(Model):
    """Wide tables have `values`: column -> measure; long ones `gate`, `value` and `gates`: gate -> measure."""

    sample: str = ""
    """Column that names the sample; the first one where it is not stated."""
    pattern: str | None = None
    """Regular expression with groups subject and visit; without it the sample is the name of a file of the run."""
    values: dict[str, str] = Field(default_factory=dict)
    gate: str = ""
    value: str = ""
    gates: dict[str, str] = Field(default_factory=dict)
    factor: dict[str, float] = Field(default_factory=dict)
    """Measure -> what its numbers are multiplied by."""
    reader: str = ""
    skip: Annotated[tuple[str, ...], Field()] = ("Mean", "SD", "CV", "Median", "Min", "Max")
    """Samples that are none: summary rows."""

    @model_validator(mode="after")
    def _one_form(self) -> "TableMapping":
        long = bool(self.gate and self.value and self.gates)
        if bool(self.values) == long:
            raise ValueError("give either `values` (column: measure), or `gate`, `value` and `gates` (gate: measure)")
        if self.pattern is not None:
            try:
                groups = re.compile(self.pattern).groupindex
            except re.error as error:
                raise ValueError(f"pattern is no regular expression: {error}") from None
            if not {"subject", "visit"} <= set(groups):
                raise ValueError("pattern needs the groups (?P<subject>...) and (?P<visit>...)")
        return self


def read_mapping(path: Path) -> TableMapping:
    """The mapping file. Raises ConfigurationError with every problem."""
    source = read_yaml(path)
    try:
        mapping = TableMapping.model_validate(source.data)
    except ValidationError as error:
        raise ConfigurationError([*source.repeated, *problems_in(error, source, TableMapping)]) from None
    if source.repeated:
        raise ConfigurationError(source.repeated)
    return mapping


def mapped_values(path: Path, mapping: TableMapping, places: Places, measures: tuple[str, ...]) -> list[Manual]:
    """The values of an exported table.

    Raises ConfigurationError with every problem: a column that is missing, a measure that the run does not have, a
    sample that is no tube of the run, a value that is no number, a value given twice.
    """
    source, problems = read_csv_source(path, str(path), unnamed=True)
    wanted = [*mapping.values, *(one for one in (mapping.gate, mapping.value, mapping.sample) if one)]
    lacking = [name for name in wanted if name not in source.columns]
    if lacking:
        remedy = f"Columns: {', '.join(source.columns[:SHOWN])}."
        problems += [Problem(str(path), 1, f'the column "{name}" is missing.', remedy) for name in lacking]
    targets = [*mapping.values.values(), *mapping.gates.values(), *mapping.factor]
    for measure in dict.fromkeys(one for one in targets if one not in measures):
        remedy = f"Known: {', '.join(measures[:SHOWN])}."
        problems.append(Problem(str(path), None, f'the run has no measure "{measure}".', remedy))
    found: list[Manual] = []
    seen: dict[tuple[Any, ...], int] = {}
    for row in source.rows if not problems else ():
        for one in _of_row(row, mapping, source.columns[0], places, str(path), source.decimal_commas):
            if isinstance(one, Problem):
                problems.append(one)
            elif (one.key, one.reader) in seen:
                message = f"{' '.join(one.key)} stands in line {seen[one.key, one.reader]} too."
                problems.append(Problem(str(path), row.line, message, "Export each sample once."))
            else:
                seen[one.key, one.reader] = row.line
                found.append(one)
    if not problems and not found:
        problems.append(Problem(str(path), None, "the mapping names no value of the table.", "Check the mapping."))
    if problems:
        raise ConfigurationError(problems)
    return found


def _of_row(
    row: Row, mapping: TableMapping, first: str, places: Places, file: str, decimal_commas: bool
) -> Iterator[Manual | Problem]:
    sample = row.get(mapping.sample or first).strip()
    if not sample or sample in mapping.skip:
        return
    gate = row.get(mapping.gate).strip() if mapping.gate else ""
    cells = [(measure, row.get(column)) for column, measure in mapping.values.items()]
    if gate in mapping.gates:
        cells.append((mapping.gates[gate], row.get(mapping.value)))
    if not cells:
        return
    place = _place(sample, mapping, places)
    if place is None:
        what = "does not fit the pattern" if mapping.pattern else "is no file of the run"
        yield Problem(file, row.line, f'the sample "{sample[:60]}" {what}.', "Change `pattern`, or add it to `skip`.")
        return
    for measure, text in cells:
        plain = text.strip().removesuffix("%").strip()
        if not plain or plain.lower() in ("n/a", "nan", "-"):
            continue
        value = number(plain, decimal_commas=decimal_commas)
        if isinstance(value, str):
            yield Problem(file, row.line, f"{measure}: {value}.", "Correct the value.")
        elif value < 0:
            yield Problem(file, row.line, f"{measure} is negative: {value:g}.", "Correct the value.")
        else:
            yield Manual((*place, measure), mapping.reader, value * mapping.factor.get(measure, 1.0))


def _place(sample: str, mapping: TableMapping, places: Places) -> tuple[str, str] | None:
    if mapping.pattern is not None:
        match = re.search(mapping.pattern, sample)
        return None if match is None else (match["subject"], match["visit"])
    name = PurePosixPath(sample.replace("\\", "/")).name
    return places.get(name) or next((place for file, place in places.items() if PurePosixPath(file).stem == name), None)
