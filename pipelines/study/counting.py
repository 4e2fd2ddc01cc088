"""`counting:` of study.yaml: kinds of tube that give cells/µL by volume or by haematology, and what contradicts it."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from tregate.gating.errors import Problem
from tregate.gating.strategy.counting import Counting
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.yaml_source import Source
from tregate.pipelines.study.samples import HAEMATOLOGY_COLUMN, TubeEntry


def with_counting(strategies: Mapping[str, Strategy], counting: Mapping[str, Counting]) -> dict[str, Strategy]:
    """The strategies with the way of counting that the study declares for their tubes."""
    return {
        tube: strategy.model_copy(update={"counting": counting[tube]}) if tube in counting else strategy
        for tube, strategy in strategies.items()
    }


def without_counting(strategies: Mapping[str, Strategy]) -> dict[str, Strategy]:
    """The strategies of tubes that are counted by beads, whatever their kind declares beside it."""
    return {
        tube: strategy if strategy.counting is None else strategy.model_copy(update={"counting": None})
        for tube, strategy in strategies.items()
    }


def is_by_beads(entry: TubeEntry, strategies: Mapping[str, Strategy]) -> bool:
    """Whether a tube is counted by the beads that its row names, although its kind declares another way."""
    way = strategies[entry.tube].counting
    return entry.wants_beads and way is not None and way.bridge is not None


def counting_problems(
    counting: Mapping[str, Counting], tubes: Collection[str], strategies: Mapping[str, Strategy], source: Source
) -> Iterator[Problem]:
    """Tubes that the study does not have, washed ones, and populations that their strategy does not gate."""
    for tube, way in counting.items():
        line = source.line(("counting", tube))
        strategy = strategies.get(tube)
        if tube not in tubes:
            message = f'counting: the study has no tube "{tube}".'
            yield Problem(source.file, line, message, f"Tubes: {', '.join(tubes)}.")
        elif strategy is None:
            continue  # what is wrong with it is said
        elif strategy.washed:
            message = f"counting: {tube} is washed and loses cells, so it has no cells/µL of its own."
            yield Problem(source.file, line, message, "Remove it; its percentages are bridged through another tube.")
        elif way.bridge is not None and strategy.beads is None:
            message = f"counting: the strategy of {tube} counts no beads, so there is nothing to bridge to."
            yield Problem(source.file, line, message, "Remove `bridge`.")
        elif way.of is not None and way.of not in strategy.populations:
            message = f'counting: the strategy of {tube} has no population "{way.of}".'
            yield Problem(source.file, line, message, f"Populations: {', '.join(strategy.populations)}.")


def mixed_ways(
    entries: Sequence[TubeEntry], counting: Mapping[str, Counting], strategies: Mapping[str, Strategy], file: str
) -> Iterator[Problem]:
    """Rows that state what their kind of tube is not counted by: a kind of tube has one way of counting."""
    for entry in entries:
        way = counting.get(entry.tube)
        if entry.exclude or entry.tube not in strategies:
            continue
        by_beads = way is None or (way.bridge is not None and entry.wants_beads)
        stated = {
            "bead_lot": not by_beads and entry.wants_beads,
            "volume_ul": entry.volume_ul is not None and (by_beads or way is None or way.by != "volume"),
            HAEMATOLOGY_COLUMN: entry.haematology_per_ul is not None
            and (by_beads or way is None or way.by != "haematology"),
        }
        ways = "beads" if by_beads or way is None else way.by
        for column in (name for name, wrong in stated.items() if wrong):
            message = (
                f"`{column}`: tubes {entry.tube} are counted by {ways}, and ways are never mixed within a measure."
            )
            remedy = "Empty the cell, or declare a bridging factor (`bridge` of `counting` in study.yaml)."
            yield Problem(file, entry.line, message, remedy)
