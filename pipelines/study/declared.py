"""A table definition whose choices are made: what every later step asks about measures and sheets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from tregate.pipelines.plausible.relation import Limit
from tregate.pipelines.study.measure_declarations import COUNTED, PERCENTAGES, Measure

if TYPE_CHECKING:
    from tregate.pipelines.study.sheet_declarations import Columns
    from tregate.pipelines.study.tables_definition import TableDefinition

Relation = TypeVar("Relation")

UNIT_PER_UL = "cells/µL"
UNIT_OF_MEDIAN = "MFI"
"""Median fluorescence intensity: compensated linear units of the instrument."""


@dataclass(frozen=True)
class Declared:
    """Measures, sheets, what is shown and what is plausible, with every name resolved."""

    definition: "TableDefinition"
    own_limits: Mapping[str, float] | None = None
    """Limits that study.yaml sets itself."""
    own_lloq: Mapping[str, float] | None = None
    """Lower limits of quantification that study.yaml states, by measure."""
    means: frozenset[str] = frozenset()
    """Measures of cells of which the visit has the mean of replicates."""

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Measure -> its declaration, the chosen option in place of a choice."""
        return {name: self._chosen(measure) for name, measure in self.definition.measures.items()}

    @property
    def sheets(self) -> "Mapping[str, Columns]":
        """Sheet -> its measures, in order."""
        return self.definition.sheets

    @property
    def choices(self) -> Mapping[str, str]:
        """Choice -> the option that is used."""
        return self.definition.choices

    def choice_of(self, measure: str) -> str | None:
        """Name of the choice that defines the measure; None where there is nothing to choose."""
        return self.definition.measures[measure].choose

    def about_choice(self, choice: str, option: str) -> str:
        """What an option of a choice is, in words; "" where the definition does not say."""
        options = (m.options for m in self.definition.measures.values() if m.choose == choice)
        return next((named[option].about for named in options if option in named), "")

    def counted(self, measure: str) -> bool:
        """Whether cells are counted (and have confidence limits); other measures are made of measures."""
        return self.measures[measure].formula in COUNTED

    def cells_of(self, measure: str) -> tuple[str, ...]:
        """Names of all cells that the measure is made of, in order."""
        declared = self.measures[measure]
        if declared.cells is not None:
            return (declared.cells,)
        parts = (self.cells_of(operand) for operand in declared.operands if isinstance(operand, str))
        return tuple(dict.fromkeys(cells for part in parts for cells in part))

    def quantified_by(self, measure: str) -> tuple[str, ...]:
        """Cells whose events decide whether the measure can be quantified."""
        declared = self.measures[measure].quantified_by
        return self.cells_of(measure) if declared is None else declared

    def flag_name(self, measure: str) -> str:
        """What flags of the measure name: its cells, or the measure itself."""
        return self.measures[measure].cells or measure

    def lloq(self, measure: str) -> float | None:
        """Lower limit of quantification of the laboratory's own validation: study.yaml's, else the definition's."""
        return (self.own_lloq or {}).get(measure, self.measures[measure].lloq)

    def unit(self, measure: str) -> str:
        """ "cells/µL", "% of CD4+", or "" where the value has none."""
        declared = self.measures[measure]
        if declared.unit is not None:
            return declared.unit
        if declared.formula == "per":
            return UNIT_PER_UL
        if declared.intensity is not None and declared.statistic == "median":
            return UNIT_OF_MEDIAN
        if declared.statistic in PERCENTAGES:
            return f"% of {self._population(declared)}"
        return f"% of {declared.percent_of}" if declared.formula == "percent_of" else ""

    def label(self, measure: str) -> str:
        """What is counted, without its unit, as tables print it."""
        declared = self.measures[measure]
        return declared.label or self._population(declared) or measure.replace("_", " ")

    def short(self, measure: str) -> str:
        """What is counted, without its unit, as the page and the console name it."""
        declared = self.measures[measure]
        return declared.short or self._population(declared) or self.label(measure)

    def heading(self, measure: str, *, comma: bool = True) -> str:
        """Short name with unit: "NK /µL", "Treg, % of CD4+" (without `comma`: "Treg % of CD4+")."""
        unit = self.unit(measure)
        if unit == UNIT_PER_UL:
            return f"{self.short(measure)} /µL"
        return self.short(measure) + (f"{',' if comma else ''} {unit}" if unit else "")

    def fold_column(self, measure: str) -> str:
        """Name of the column with the measure's fold change."""
        return self.measures[measure].fold_column or f"fold_{measure}"

    def place(self, named: str) -> tuple[str, str]:
        """(sheet, measure) of "sheet.measure", or of a measure alone: the first sheet that has it.

        Raises KeyError where no sheet has it.
        """
        measure = without_sheet(named)
        for sheet, columns in self.sheets.items():
            if named in (measure, f"{sheet}.{measure}") and any(c.measure == measure for c in columns):
                return sheet, measure
        raise KeyError(f"no sheet has the measure {named!r}")

    def places(self) -> tuple[str, ...]:
        """Every "sheet.measure", in order."""
        return tuple(f"{sheet}.{column.measure}" for sheet, columns in self.sheets.items() for column in columns)

    def limit(self, limit: Limit) -> float:
        """The number of a limit: study.yaml's own, else the definition's."""
        if not isinstance(limit, str):
            return limit
        return {**self.definition.limits, **(self.own_limits or {})}[limit]

    def least_share_spread(self, population: str, general: float) -> float:
        """Least spread of ln(odds) of a population's percentage over a batch; `general` where none is declared."""
        return self.limit(self.definition.batch.least_spread.get(population, general))

    def relations(self, kind: type[Relation]) -> Iterator[Relation]:
        """The declared relations of one kind, in order."""
        return (relation for relation in self.definition.plausible if isinstance(relation, kind))

    def _chosen(self, measure: Measure) -> Measure:
        if measure.choose is None:
            return measure
        formula = measure.options[self.choices[measure.choose]].model_dump(exclude={"about"}, exclude_defaults=True)
        return measure.model_copy(update={"choose": None, "options": {}, **formula})

    def _population(self, measure: Measure) -> str:
        return "" if measure.cells is None else self.definition.cells[measure.cells].population


def without_sheet(named: str) -> str:
    """The measure of "sheet.measure", or of a measure alone."""
    return named.rsplit(".", 1)[-1]


def first_choices(definition: "TableDefinition") -> Mapping[str, tuple[str, ...]]:
    """Choice -> its options, as the first measure that has the choice lists them."""
    found: dict[str, tuple[str, ...]] = {}
    for measure in definition.measures.values():
        if measure.choose is not None:
            found.setdefault(measure.choose, tuple(measure.options))
    return found
