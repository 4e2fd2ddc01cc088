"""Whether a gated tube gave anything that the tables read from its kind."""

from collections.abc import Sequence

from tregate.gating.count.flags import UNMEASURED
from tregate.gating.findings import Severity
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeResult
from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.tubes.outcomes import Failure


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
    grounds = {ground for population in read for ground in strategy.grounds(population)}
    order = {population: place for place, population in enumerate(strategy.gating_order)}
    lost = (found for found in result.findings if found.check == UNMEASURED and found.severity is not Severity.INFO)
    causes = [found for found in lost if found.population in grounds]
    first = min(causes, key=lambda found: order[found.population], default=None)
    why = f"{', '.join(read)} could not be measured." if first is None else first.message
    return Failure("gate", "NothingMeasured", f"{why} No value in the tables comes from this tube. Review its gates.")
