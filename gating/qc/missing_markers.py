"""Markers that a file lacks: one finding per marker, with what became of the populations that would use it."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.units import Marker, PopulationName

SHOWN = 2
"""Consequences that a message names."""


def marker_missing(tube: Inspected) -> Iterator[Finding]:
    """A marker that some optional population wants and the file lacks, unless it is declared absent.

    Where a population is not measured for want of it, `unmeasured` reports that with the reason, and this is silent.
    """
    for marker, why in tube.prepared.binding.missing.items():
        if marker in tube.strategy.helpful_markers or marker in tube.strategy.absent:
            continue
        if any(why in reason for reason in tube.gated.unmeasured.values()):
            continue
        what = (
            f"{marker} is missing" if why.startswith(("no channel is stained", "the file has")) else f"{marker}: {why}"
        )
        yield Finding("marker_missing", Severity.INFO, f"{what}, so {_consequences(tube, marker)}.")


def absent_marker_present(tube: Inspected) -> Iterator[Finding]:
    """A marker that is declared absent and that the file carries all the same: it is used."""
    for marker in tube.strategy.absent:
        if Marker(marker) in tube.prepared.binding.channels:
            message = f"{marker} is declared absent, but the file contains it; it is used."
            yield Finding("absent_marker_present", Severity.INFO, message)


def is_omitted_for_a_marker(tube: Inspected, finding: Finding) -> bool:
    """Whether a cleaning step was omitted because markers are missing, which their own finding reports."""
    population = tube.strategy.populations.get(finding.population)
    if finding.check != "step_skipped" or population is None:
        return False
    missing = tube.prepared.binding.missing
    return all(any(axis in missing for axis in axes) for axes, _ in population.choices())


def _consequences(tube: Inspected, marker: str) -> str:
    found = [words for name in tube.strategy.gating_order if (words := _consequence(tube, name, marker))]
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more if found else "gates that would also use it are placed without it"


def _consequence(tube: Inspected, name: str, marker: str) -> str:
    population, missing = tube.strategy.populations[name], tube.prepared.binding.missing
    if marker not in population.axes:
        return ""
    able = [axes for axes, _ in population.choices() if not any(axis in missing for axis in axes)]
    if able:
        return f"the gate of {name} uses {' and '.join(able[0])}"
    if population.is_cleaning:
        return population.without or f"the step {name} is omitted"
    return "" if PopulationName(name) in tube.gated.events else f"{name} is not measured"
