"""Percentages that healthy or treated blood hardly ever shows: a gate to look at, not a verdict."""

from collections.abc import Iterator

from gating.findings import Finding, Severity
from gating.qc.inspected import Inspected


def treg_parent_events(tube: Inspected) -> Iterator[Finding]:
    """At least 1000 CD4+ events for a Treg share [Liu 2024], unless the strategy sets its own limit."""
    own = any(check.check == "events" and check.of == "CD4+" for check in tube.strategy.checks)
    events = tube.events("CD4+")
    if own or events is None or tube.events("Treg") is None:
        return
    if events < tube.limits.parent_events:
        yield Finding(
            "few_events", Severity.WARN,
            f"CD4+ holds {events} events; a Treg share needs more. Acquire more events.",
            "CD4+", float(events), f"at least {tube.limits.parent_events:g}",
        )  # fmt: skip


def treg_percent(tube: Inspected) -> Iterator[Finding]:
    """Treg outside 1 to 25 % of CD4+ (domain.md 9)."""
    limits = tube.limits
    yield from _share(tube, "Treg", "CD4+", limits.treg_percent_low, limits.treg_percent_high, "treg_percent")


def bright_percent(tube: Inspected) -> Iterator[Finding]:
    """CD56bright outside 0.5 to 30 % of NK (domain.md 8)."""
    limits = tube.limits
    yield from _share(tube, "NK bright", "NK", limits.bright_percent_low, limits.bright_percent_high, "bright_percent")


def _share(tube: Inspected, name: str, of: str, low: float, high: float, check: str) -> Iterator[Finding]:
    events, parent = tube.events(name), tube.events(of)
    if events is None or parent is None or parent < tube.limits.least_for_percent:
        return
    share = 100.0 * events / parent
    if not low <= share <= high:
        yield Finding(
            check, Severity.WARN,
            f"{name} is {share:.3g} % of {of}, which is for review: look at its gate on the report.",
            name, share, f"{low:g} to {high:g}",
        )  # fmt: skip
