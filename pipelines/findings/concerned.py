"""Which figures of the visit tables a finding concerns."""

from collections.abc import Mapping

from tregate.gating.findings import Severity
from tregate.pipelines.findings.order import SEVERITIES
from tregate.pipelines.tabulate.flags import findings_about
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding

Figure = tuple[str, str, str]
"""(measure, subject, visit)."""


def findings_by_figure(results: Results) -> Mapping[Figure, tuple[TubeFinding, ...]]:
    """Every figure of the sheets that a finding of severity warn or fail concerns, with these findings."""
    measures = dict.fromkeys(
        column.measure for columns in results.sources.declared.sheets.values() for column in columns
    )
    planned = [(subject, visit) for subject in results.subjects for visit in results.visits]
    places = (*planned, *results.outside_the_plan)
    found: dict[Figure, tuple[TubeFinding, ...]] = {}
    for measure in measures:
        for subject, visit in places:
            about = tuple(
                dict.fromkeys(
                    finding
                    for origin in results.values.of(measure, subject, visit).origins
                    for finding, _ in findings_about(
                        results.doubts,
                        origin.record,
                        origin.population,
                        concentration=origin.by_own_beads,
                        per_ul=origin.per_ul,
                        of=origin.of,
                        marker=origin.marker,
                    )
                )
            )
            if about:
                found[measure, subject, visit] = about
    return found


def worst_by_figure(results: Results) -> Mapping[Figure, Severity]:
    """The severity of the worst finding that concerns a figure, for those that one of warn or fail concerns."""
    return {
        figure: min((found.finding.severity for found in about), key=SEVERITIES.__getitem__)
        for figure, about in findings_by_figure(results).items()
    }
