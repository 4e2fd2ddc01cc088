"""A table definition: cells, measures, tables (sheets), what is shown where, and what is plausible."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.load import find, shipped_names
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.schema_errors import problems_in
from tregate.gating.strategy.yaml_source import Source, read_yaml
from tregate.pipelines.plausible.declared_relations import Relations
from tregate.pipelines.study.batch_declarations import BatchShares
from tregate.pipelines.study.measure_declarations import Cells, Measure
from tregate.pipelines.study.sheet_declarations import Columns, Picture, Shown
from tregate.pipelines.study.tables_extends import extended

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""Of cells, measures and sheets: they become column and file names."""


class TableDefinition(Model):
    """A table definition as it is written, with what it extends."""

    tables: str
    about: str = ""
    extends: str | None = None
    """Another definition, whose entries are read first."""
    choices: dict[str, str] = Field(default_factory=dict)
    """Choice -> option that is used. A choice has no default: a definition is chosen, never assumed."""
    cells: Annotated[dict[Name, Cells], Field(min_length=1)]
    measures: Annotated[dict[Name, Measure], Field(min_length=1)]
    sheets: Annotated[dict[Name, Columns], Field(min_length=1)]
    """Table (name of its CSV file) -> its measures, columns in order."""
    figures: dict[Name, Picture] = Field(default_factory=dict)
    """Figure (name of its files) -> what it shows."""
    shown: Shown = Shown()
    limits: dict[str, Annotated[float, Field(strict=True)]] = Field(default_factory=dict)
    """Limits by name, which study.yaml may set under `checks:`."""
    plausible: Relations = ()
    batch: BatchShares = BatchShares()


@dataclass(frozen=True, slots=True)
class LoadedTables:
    """A table definition with the lines of its own file (not of what it extends)."""

    definition: TableDefinition
    source: Source
    path: Path
    notes: tuple[Problem, ...] = ()
    """Ids, codes and units that are in no shipped list."""


def load_tables(reference: str, beside: Path | None = None) -> LoadedTables:
    """The table definition of a shipped name, or of a path relative to `beside` (current folder where None).

    Raises ConfigurationError with every problem.
    """
    from tregate.pipelines.study.catalogue_checks import unchecked
    from tregate.pipelines.study.tables_contradictions import contradictions

    path = _found(reference, beside, Problem(reference, None, ""))
    source, data = _layers(path, ())
    try:
        definition = TableDefinition.model_validate(data.data)
    except ValidationError as error:
        found = [*source.repeated, *problems_in(error, data, TableDefinition)]
        raise ConfigurationError(found) from None
    problems = [*source.repeated, *contradictions(definition, data)]
    if problems:
        raise ConfigurationError(problems)
    notes = (Problem(data.file, data.line(at), message, remedy) for at, message, remedy in unchecked(definition))
    return LoadedTables(definition, data, path, tuple(notes))


def _layers(path: Path, above: tuple[Path, ...]) -> tuple[Source, Source]:
    """The file as written, and with what it extends: the base's entries, then its own (whose lines it keeps)."""
    source = read_yaml(path)
    base = source.data.get("extends") if isinstance(source.data, dict) else None
    if not isinstance(base, str):
        return source, source
    line = source.line(("extends",))
    found = _found(base, path.parent, Problem(source.file, line, ""))
    if found.resolve() in {*(one.resolve() for one in above), path.resolve()}:
        message = f'extends: "{base}" is extended by this definition itself.'
        raise ConfigurationError([Problem(source.file, line, message, "Name another definition.")])
    load_tables(str(found))  # the base must be right by itself: what is wrong then is in this file
    _, whole = _layers(found, (*above, path))
    return source, extended(whole, source)


def _found(reference: str, beside: Path | None, where: Problem) -> Path:
    path = find(reference, "tables", beside)
    if path is None:
        names = ", ".join(shipped_names("tables"))
        message = f'the table definition "{reference}" does not exist.'
        raise ConfigurationError([Problem(where.file, where.line, message, f"Use a shipped one ({names}) or a path.")])
    return path


def data_of(definition: TableDefinition) -> dict[str, Any]:
    """The definition as plain data, for a run's record."""
    return definition.model_dump(mode="json", exclude_defaults=True)
