"""The visit tables that a definition declares: one row per subject and planned visit, whatever became of its tubes."""

from collections.abc import Callable, Mapping, Sequence

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.sheet_declarations import Column
from tregate.pipelines.tabulate.counting_limit import counting_limit
from tregate.pipelines.tabulate.flags import joined
from tregate.pipelines.tabulate.folds import fold, fold_with_limits
from tregate.pipelines.tabulate.measurements import Measurement, Measurements, measurements_of
from tregate.pipelines.tabulate.results import Results

Cells = Mapping[str, Cell]
At = tuple[Measurement, Measurement]
"""A measure at the row's visit and at the subject's baseline."""


def visit_tables(results: Results, places: Sequence[tuple[str, str]] | None = None) -> dict[str, Table]:
    """Every sheet of the definition, by name. `places`: (subject, visit) of the rows; None: all planned ones."""
    declared, measurements = results.sources.declared, measurements_of(results)
    rows = _places(results) if places is None else places
    return {
        sheet: Table.from_records(
            sheet,
            columns_of(declared, sheet),
            [_row(results, measurements, columns, subject, visit) for subject, visit in rows],
        )
        for sheet, columns in declared.sheets.items()
    }


def columns_of(declared: Declared, sheet: str) -> tuple[str, ...]:
    """Columns of a sheet: measures in their order, fold changes, flags."""
    columns = declared.sheets[sheet]
    made = (name for part in _PARTS for column in columns for name in part(declared, column, None)[0])
    return ("subject", "visit", *made, "flags")


def _row(
    results: Results, measurements: Measurements, columns: Sequence[Column], subject: str, visit: str
) -> dict[str, Cell]:
    row: dict[str, Cell] = {"subject": subject, "visit": visit}
    marks = _marks(results.sources.declared, [measurements[column.measure, subject, visit] for column in columns])
    for part in _PARTS:
        for column in columns:
            at = (measurements[column.measure, subject, visit], measurements[column.measure, subject, results.baseline])
            cells, flags = part(results.sources.declared, column, at)
            row |= cells
            marks += flags
    return {**row, "flags": joined(marks)}


def _marks(declared: Declared, row: Sequence[Measurement]) -> list[str]:
    """The flags of the row's values. A check of a tube names its cells, unless it concerns every value of the row.

    Where it concerns one value of the cells and not another it names the measure: Treg/µL rests on beads, and Treg % of
    CD4+ does not.
    """
    there = [made for made in row if made.value is not None]
    whole = {flag for made in there for flag in made.flags if all(flag in other.flags for other in there)}

    def named(flag: str, made: Measurement) -> str:
        cells = declared.flag_name(made.measure)
        alike = (other for other in there if declared.flag_name(other.measure) == cells)
        return f"{flag}:{cells if all(flag in other.flags for other in alike) else made.measure}"

    return [
        named(flag, made) if made.value is not None and ":" not in flag and flag not in whole else flag
        for made in row
        for flag in made.flags
    ]


Part = Callable[[Declared, Column, At | None], tuple[Cells, tuple[str, ...]]]
"""(definition, column, measurements or None for the names alone) -> cells by column name, and flags of the row."""


def _values(declared: Declared, column: Column, at: At | None) -> tuple[Cells, tuple[str, ...]]:
    """The value, its limits where it has any, and which definition it follows where there is a choice."""
    now, name = (None if at is None else at[0]), column.measure
    cells: dict[str, Cell] = {name: None if now is None else now.value}
    if column.limits is True and declared.counted(name):
        cells[f"{name}_low"] = None if now is None else now.low
        cells[f"{name}_high"] = None if now is None else now.high
    choice = declared.choice_of(name)
    if choice is not None:
        cells[f"{choice}_definition"] = declared.choices[choice]
    return cells, ()


def _folds(declared: Declared, column: Column, at: At | None) -> tuple[Cells, tuple[str, ...]]:
    """The fold change from baseline."""
    if not column.fold:
        return {}, ()
    name = declared.fold_column(column.measure)
    if at is None:
        return {name: None}, ()
    change, why_not = fold(*at, name)
    return {name: change}, why_not


def _limits_last(declared: Declared, column: Column, at: At | None) -> tuple[Cells, tuple[str, ...]]:
    """Limits of measures that are made of measures, and of those whose limits are not beside the value."""
    name = column.measure
    if not column.limits or (column.limits is True and declared.counted(name)):
        return {}, ()
    now = None if at is None else at[0]
    return {f"{name}_low": None if now is None else now.low, f"{name}_high": None if now is None else now.high}, ()


def _fold_limits(declared: Declared, column: Column, at: At | None) -> tuple[Cells, tuple[str, ...]]:
    """Limits of the fold change."""
    if not column.fold:
        return {}, ()
    name = declared.fold_column(column.measure)
    change = None if at is None else fold_with_limits(*at, declared.flag_name(column.measure))
    return {
        f"{name}_low": None if change is None else change.low,
        f"{name}_high": None if change is None else change.high,
    }, ()


def _loqs(declared: Declared, column: Column, at: At | None) -> tuple[Cells, tuple[str, ...]]:
    """The counting limit, or the laboratory's own limit of quantification where that is higher."""
    name = column.measure
    if not declared.counted(name):
        return {}, ()
    lloq = declared.lloq(name)
    if at is None or at[0].value is None:
        return {f"{name}_loq": None}, ()
    known = [limit for limit in (counting_limit(at[0]), lloq) if limit is not None]
    below = lloq is not None and at[0].value < lloq
    flags = (f"below_lloq:{declared.flag_name(name)}",) if below else ()
    return {f"{name}_loq": max(known) if known else None}, flags


def _replicates(declared: Declared, column: Column, at: At | None) -> tuple[Cells, tuple[str, ...]]:
    """Of the mean of replicates, how many, and their CV."""
    name = column.measure
    if name not in declared.means:
        return {}, ()
    now = None if at is None or at[0].value is None else at[0]
    return {
        f"{name}_replicates": None if now is None else now.replicates,
        f"{name}_replicates_cv_percent": None if now is None else now.replicates_cv,
    }, ()


_PARTS: tuple[Part, ...] = (_values, _folds, _limits_last, _fold_limits, _loqs, _replicates)
"""Groups of columns, left to right, before `flags`. A new group is a function and a place here: columns are added at
the end and none is renamed."""


def _places(results: Results) -> list[tuple[str, str]]:
    return [(subject, visit) for subject in results.subjects for visit in results.visits]
