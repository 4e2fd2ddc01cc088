"""Cells/µL of every visit, and where a finding about one of them belongs."""

from collections.abc import Mapping

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.tabulate.figures import concentration
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

Blood = Mapping[tuple[str, str], Mapping[str, float]]
"""(subject, visit) -> cells -> cells/µL, as far as they were counted."""


def blood_of(results: Results) -> Blood:
    """Every concentration of the study, by the names of the table definition."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for subject in results.subjects:
        for visit in results.visits:
            values = {cells: concentration(results, cells, subject, visit).value for cells in results.sources.figures}
            known = {cells: value for cells, value in values.items() if value is not None}
            if known:
                found[subject, visit] = known
    return found


def counting_record(results: Results, cells: str, subject: str, visit: str) -> TubeRecord | None:
    """The tube that gives this concentration."""
    source = results.sources.figures[cells]
    return None if source.tube is None else results.usable(subject, visit, source.tube)[0]


def at_figure(
    results: Results,
    cells: str,
    place: tuple[str, str],
    check: str,
    severity: Severity,
    message: str,
    *,
    value: float | None = None,
    limit: str = "",
) -> TubeFinding | None:
    """A finding about one figure: its flag names the measure."""
    record = counting_record(results, cells, *place)
    if record is None:
        return None
    population = results.sources.figures[cells].population
    return at_tube(record, check, severity, message, population=population, value=value, limit=limit)


def counted_directly(results: Results) -> tuple[str, ...]:
    """Cells that a tube counts with beads of its own."""
    return tuple(cells for cells, source in results.sources.figures.items() if source.by_beads)
