"""Which tube of this study gives which figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.study.tables_definition import LoadedTables, Measure, Teff


@dataclass(frozen=True, slots=True)
class FigureSource:
    """Where one figure comes from in this study."""

    measure: str
    population: str
    tube: str | None
    """None: no tube of the study holds the population."""
    by_beads: bool
    """Whether that tube counts beads; else a concentration must be bridged."""
    of: str | None = None
    bridge: str | None = None
    """Measure whose concentration the share is set on."""


@dataclass(frozen=True, slots=True)
class TableSources:
    """A table definition, resolved for one study's tubes."""

    teff: Teff
    figures: Mapping[str, FigureSource]
    """Measure -> source, in the definition's order."""


def counts_beads(strategy: Strategy) -> bool:
    """Whether a tube of this strategy has a concentration of its own."""
    return strategy.beads is not None and not strategy.washed


def resolve(tables: LoadedTables, strategies: Mapping[str, Strategy]) -> TableSources:
    """The tube that gives each figure, of the study's tubes (tube name -> strategy).

    A figure that no tube can give stays empty in the tables. Raises ConfigurationError where two tubes could
    give it and nothing says which.
    """
    problems, figures = [], {}
    counted = {m.population: name for name, m in reversed([*tables.definition.measures.items()]) if m.beads}
    for name, measure in tables.definition.measures.items():
        able = _candidates(measure, strategies)
        chosen = _preferred(measure, able, strategies)
        if len(chosen) > 1:
            listed = ", ".join(f"{tube} ({strategies[tube].strategy})" for tube in chosen)
            problems.append(
                Problem(
                    tables.source.file,
                    tables.source.line(("measures", name)),
                    f"{name}: several tubes of the study contain {measure.population}: {listed}.",
                    f"Choose the strategy that counts: add `prefer: [{strategies[chosen[0]].strategy}]` to {name}.",
                )
            )
        tube = chosen[0] if chosen else None
        figures[name] = FigureSource(
            name,
            measure.population,
            tube,
            tube is not None and counts_beads(strategies[tube]),
            measure.of,
            None if measure.bridge is None else counted[measure.bridge],
        )
    if problems:
        raise ConfigurationError(problems)
    return TableSources(tables.definition.teff, figures)


def _candidates(measure: Measure, strategies: Mapping[str, Strategy]) -> list[str]:
    needed = {measure.population, *([measure.of] if measure.of is not None else [])}
    return [
        tube
        for tube, strategy in strategies.items()
        if needed <= strategy.populations.keys() and (counts_beads(strategy) or not measure.beads)
    ]


def _preferred(measure: Measure, able: Sequence[str], strategies: Mapping[str, Strategy]) -> list[str]:
    if len(able) < 2:
        return list(able)
    for wanted in measure.prefer:
        named = [tube for tube in able if strategies[tube].strategy == wanted]
        if named:
            return named
    holding = [tube for tube in able if set(measure.beside) <= strategies[tube].populations.keys()]
    return holding if measure.beside and holding else list(able)
