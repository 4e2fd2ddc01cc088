"""The measures of the visit tables: which columns they are, and what people call them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tregate.pipelines.files.table import Table
from tregate.pipelines.study.declared import Declared


@dataclass(frozen=True)
class Measure:
    """One column of a visit table, as its definition declares it."""

    table: str
    name: str
    label: str = ""
    """What is counted, without its unit: "CD3+"."""
    unit: str = ""
    """ "cells/µL", "% of CD3+", or nothing."""
    cells: tuple[str, ...] = ()
    """Cells whose flags say that the value cannot be quantified."""
    fold_column: str = ""
    """Column of the visit table with its fold change; "" where there is none."""
    lloq: float | None = None
    """Declared lower limit of quantification, in the unit."""

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


def measures_of(table: Table, declared: Declared) -> tuple[Measure, ...]:
    """The declared measures among the columns of a visit table, in column order."""
    return tuple(_measure(table, column, declared) for column in table.columns if column in declared.measures)


def units_of(tables: Sequence[Table], declared: Declared) -> Mapping[str, str]:
    """Unit of every column of visit tables that has one: of measures, their limits and their fold changes."""
    units: dict[str, str] = {}
    for measure in (one for table in tables for one in measures_of(table, declared)):
        units |= {f"{measure.name}{end}": measure.unit for end in ("", "_low", "_high")}
    return {name: unit for name, unit in units.items() if unit}


def _measure(table: Table, name: str, declared: Declared) -> Measure:
    fold = declared.fold_column(name)
    return Measure(
        table.name,
        name,
        declared.label(name),
        declared.unit(name),
        declared.quantified_by(name),
        fold if fold in table.columns else "",
        declared.lloq(name),
    )
