"""From what the checks found to the rows of findings.csv."""

from collections.abc import Collection, Mapping, Sequence

from tregate.gating.count.flags import UNMEASURED
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.findings.causes import grouped
from tregate.pipelines.findings.concerned import findings_by_figure
from tregate.pipelines.findings.order import in_order
from tregate.pipelines.findings.relevance import judged
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def reported(
    results: Results,
    of_summary: Sequence[TubeFinding],
    strategies: Mapping[str, Strategy],
    without_result: Collection[str] = (),
) -> tuple[TubeFinding, ...]:
    """The rows of findings.csv: one per cause, of the severity that its figures give it, worst first.

    of_summary: findings about the summary, which are grouped already. without_result: files of tubes that are
    failures at stage gate, of which failures.csv has the cause.
    """
    own = [
        found
        for found in of_their_severity(results)
        if not (found.finding.check == UNMEASURED and found.file in without_result)
    ]
    every = (*grouped(own, results.records), *of_summary)
    return in_order(tuple(dict.fromkeys(every)), results.subjects, results.visits, strategies)


def of_their_severity(results: Results) -> tuple[TubeFinding, ...]:
    """Every finding of the tubes with the severity that findings.csv has, before they are grouped by cause."""
    concerning = {found for about in findings_by_figure(results).values() for found in about}
    return tuple(judged(results.findings, concerning))


def rows_of(findings: Sequence[TubeFinding], some: Collection[TubeFinding]) -> list[int]:
    """Places of some of the findings in the order of findings.csv, from 0."""
    return [row for row, found in enumerate(findings) if found in some]
