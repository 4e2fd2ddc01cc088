"""Which tube of this study gives which cells."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.study.measure_declarations import Cells
from tregate.pipelines.study.tables_definition import LoadedTables, TableDefinition


@dataclass(frozen=True, slots=True)
class CellSource:
    """Where one kind of cell is counted in this study."""

    cells: str
    population: str
    tube: str | None
    """None: no tube of the study has the population."""
    by_beads: bool
    """Whether that tube counts beads; else a concentration must be bridged."""
    bridge: str | None = None
    """Cells whose concentration the share is set on."""


@dataclass(frozen=True)
class TableSources:
    """A table definition, resolved for one study's tubes."""

    declared: Declared
    cells: Mapping[str, CellSource] = field(default_factory=dict)
    """Cells -> source, in the definition's order."""
    averaged: frozenset[str] = frozenset()
    """Tubes of whose replicates the values of a visit are the mean; of others the first one counts."""

    def is_averaged(self, cells: str) -> bool:
        """Whether the cells are counted in replicates that are averaged."""
        return self.cells[cells].tube in self.averaged


def counts_beads(strategy: Strategy) -> bool:
    """Whether a tube of this strategy has a concentration of its own."""
    return (strategy.beads is not None or strategy.counting is not None) and not strategy.washed


def resolve(
    tables: LoadedTables,
    strategies: Mapping[str, Strategy],
    own_limits: Mapping[str, float] | None = None,
    own_lloq: Mapping[str, float] | None = None,
    averaged: Collection[str] = (),
) -> TableSources:
    """The tube that gives each kind of cell, of the study's tubes (tube name -> strategy).

    averaged: tubes of whose replicates values are the mean. Cells that no tube can give stay empty in the tables.
    Raises ConfigurationError where two tubes could give them and nothing says which, and where a percentage is of a
    population that is no ancestor in the chosen tube.
    """
    definition = tables.definition
    problems, sources = [], {}
    wholes = _wholes(definition)
    for name, cells in definition.cells.items():
        able = _candidates(definition, cells, strategies)
        chosen = _preferred(cells, wholes[name], able, strategies)
        if len(chosen) > 1:
            listed = ", ".join(f"{tube} ({strategies[tube].strategy})" for tube in chosen)
            problems.append(
                Problem(
                    tables.source.file,
                    tables.source.line(("cells", name)),
                    f"{name}: several tubes of the study contain {cells.population}: {listed}.",
                    f"Choose the strategy that counts: add `prefer: [{strategies[chosen[0]].strategy}]` to {name}.",
                )
            )
        tube = chosen[0] if chosen else None
        by_beads = tube is not None and counts_beads(strategies[tube])
        sources[name] = CellSource(name, cells.population, tube, by_beads, cells.bridge)
    problems += _no_ancestors(tables, sources, strategies)
    if problems:
        raise ConfigurationError(problems)
    means = frozenset(
        name
        for name, measure in definition.measures.items()
        if measure.cells is not None and sources[measure.cells].tube in averaged
    )
    return TableSources(Declared(definition, own_limits, own_lloq, means), sources, frozenset(averaged))


def _wholes(definition: TableDefinition) -> dict[str, list[str]]:
    """Cells -> the populations of which measures give them as a percentage."""
    found: dict[str, list[str]] = {name: [] for name in definition.cells}
    for measure in definition.measures.values():
        for formula in (measure, *measure.options.values()):
            if formula.cells is not None and formula.percent_of is not None:
                found[formula.cells].append(formula.percent_of)
    return found


def _candidates(definition: TableDefinition, cells: Cells, strategies: Mapping[str, Strategy]) -> list[str]:
    """Tubes with the population, with beads where asked, and with the population that a washed tube is bridged by."""
    bridge = None if cells.bridge is None else definition.cells[cells.bridge].population
    return [
        tube
        for tube, strategy in strategies.items()
        if cells.population in strategy.populations
        and (bridge is None or bridge in strategy.populations)
        and (counts_beads(strategy) or not cells.beads)
    ]


def _preferred(
    cells: Cells, wholes: Sequence[str], able: Sequence[str], strategies: Mapping[str, Strategy]
) -> list[str]:
    with_wholes = [tube for tube in able if set(wholes) <= strategies[tube].populations.keys()]
    able = with_wholes or list(able)
    if len(able) < 2:
        return able
    for wanted in cells.prefer:
        named = [tube for tube in able if strategies[tube].strategy == wanted]
        if named:
            return named
    holding = [tube for tube in able if set(cells.beside) <= strategies[tube].populations.keys()]
    return holding if cells.beside and holding else able


def _no_ancestors(
    tables: LoadedTables, sources: Mapping[str, CellSource], strategies: Mapping[str, Strategy]
) -> list[Problem]:
    problems = []
    for name, measure in tables.definition.measures.items():
        for formula in (measure, *measure.options.values()):
            source = None if formula.cells is None else sources[formula.cells]
            if source is None or source.tube is None or formula.percent_of is None:
                continue
            strategy = strategies[source.tube]
            whole = formula.percent_of
            if whole in strategy.populations and not is_within(strategy, source.population, whole):
                message = (
                    f"{name}: {source.population} is not gated within {whole} in the strategy {strategy.strategy}, so "
                    "it has no percentage of it."
                )
                line = tables.source.line(("measures", name))
                ancestors = ", ".join(strategy.lineage(source.population)[1:-1])
                problems.append(Problem(tables.source.file, line, message, f"Ancestors: {ancestors}."))
    return problems


def is_within(strategy: Strategy, population: str, whole: str) -> bool:
    """Whether every event of the population is an event of `whole`, by how the strategy is written."""
    if population == whole:
        return True
    made_of = strategy.populations.get(population)
    if made_of is None:
        return False
    if made_of.parent is not None and is_within(strategy, made_of.parent, whole):
        return True
    if any(is_within(strategy, part, whole) for part in made_of.all_of):
        return True
    return bool(made_of.any_of) and all(is_within(strategy, part, whole) for part in made_of.any_of)
