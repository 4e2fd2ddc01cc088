"""Percentages that are rare in healthy and treated blood: the gate needs review."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import Check
from tregate.gating.wording import percent_text

TREG_PARENT = "CD4+"


def treg_parent_events(tube: Inspected) -> Iterator[Finding]:
    """At least 1000 CD4+ events for a Treg share [Liu 2024], or as many as the strategy asks for."""
    events = tube.events(TREG_PARENT)
    if events is None or tube.events("Treg") is None:
        return
    own = [check for check in tube.strategy.checks if is_treg_parent_limit(check)]
    least = own[0].at_least if own and own[0].at_least is not None else tube.limits.parent_events
    if events < least:
        yield Finding(
            "treg_parent_events",
            Severity(own[0].severity) if own else Severity.WARN,
            f"Only {events} {TREG_PARENT} events (at least {least:g} required), so Treg percentages are not "
            "reliable. Acquire more events.",
            TREG_PARENT,
            float(events),
            f"at least {least:g}",
        )


def is_treg_parent_limit(check: Check) -> bool:
    """Whether a strategy's limit is the one on the Treg's parent."""
    return check.check == "events" and check.of == TREG_PARENT and check.at_least is not None


def treg_percent(tube: Inspected) -> Iterator[Finding]:
    """Treg outside 1 to 25 % of CD4+ (docs/sources.md#plausible-values)."""
    limits = tube.limits
    yield from _share(tube, "Treg", "CD4+", limits.treg_percent_low, limits.treg_percent_high, "treg_percent")


def bright_percent(tube: Inspected) -> Iterator[Finding]:
    """CD56bright outside 0.5 to 30 % of NK (docs/sources.md#definitions-of-populations)."""
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
            f"{name} is {percent_text(share / 100.0)} of {of} (expected {low:g} to {high:g} %), which is unusual. "
            "Review its gate.",
            name, share, f"{low:g} to {high:g}",
        )  # fmt: skip
