"""Whether a gated tube gave anything that the tables read from its kind."""

from collections.abc import Sequence

from tregate.gating.count.flags import UNMEASURED
from tregate.gating.findings import Severity
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult
from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.tubes.outcomes import Failure

WITHOUT_VALUE = "No value in the tables comes from this tube. Review its gates."


def leaves(sources: TableSources, tube: str, strategy: Strategy) -> tuple[str, ...]:
    """Populations that the tables read from tubes of this kind, without the ancestors of others that they read.

    Empty for a kind that no table reads, such as a control tube.
    """
    declared = sources.declared
    measures = dict.fromkeys(column.measure for columns in declared.sheets.values() for column in columns)
    cells = dict.fromkeys(one for measure in measures for one in declared.cells_of(measure))
    read = [source.population for one in cells if (source := sources.cells[one]).tube == tube]
    above = {ancestor for population in read for ancestor in strategy.lineage(population)[1:]}
    return tuple(dict.fromkeys(population for population in read if population not in above))


def nothing_measured(result: TubeResult, read: Sequence[str], strategy: Strategy) -> Failure | None:
    """A failure at stage gate where not one of the populations that the tables read was measured.

    Its message is the first cause in the gating tree.
    """
    if not read or any(count.events is not None and count.population in read for count in result.counts):
        return None
    why = why_unmeasured(result, read, strategy)
    return Failure("gate", "NothingMeasured", f"{why} {WITHOUT_VALUE}")


def why_unmeasured(result: TubeResult, lost: Sequence[str], strategy: Strategy) -> str:
    """The first cause in the gating tree why these populations were not measured, in words."""
    grounds = {ground for population in lost for ground in strategy.grounds(population)}
    order = {population: place for place, population in enumerate(strategy.gating_order)}
    found = (one for one in result.findings if one.check == UNMEASURED and one.severity is not Severity.INFO)
    causes = [one for one in found if one.population in grounds]
    first = min(causes, key=lambda one: order[one.population], default=None)
    return f"{', '.join(lost)} could not be measured." if first is None else first.message
