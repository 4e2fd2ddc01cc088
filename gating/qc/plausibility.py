"""Values that blood rarely shows, as the strategy declares them: a gate to review, not a verdict."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import Check
from tregate.gating.wording import percent_text


def parent_events(tube: Inspected) -> Iterator[Finding]:
    """Enough events of a parent for the percentage of what lies in it: checks of events with `needed_for`."""
    for check in tube.strategy.checks:
        events = tube.events(check.of)
        if check.needed_for is None or events is None or tube.events(check.needed_for) is None:
            continue
        least = tube.limits.parent_events if check.at_least is None else check.at_least
        if events < least:
            yield Finding(
                check.name or "few_events",
                Severity(check.severity),
                f"Only {events} {check.of} events (at least {least:g} required), so {check.needed_for} percentages are "
                f"not reliable. {tube.more_events(check.of, least)}",
                check.of,
                float(events),
                f"at least {least:g}",
            )


def plausible_percent(tube: Inspected) -> Iterator[Finding]:
    """A population outside its plausible percentage of an ancestor: checks of percent with `within`."""
    for check in tube.strategy.checks:
        if check.within is not None:
            yield from _percentage(tube, check, check.within)


def _percentage(tube: Inspected, check: Check, within: str) -> Iterator[Finding]:
    events, parent = tube.events(check.of), tube.events(within)
    if events is None or parent is None or parent < tube.limits.least_for_percent:
        return
    share = 100.0 * events / parent
    low = tube.limits.named.get(f"{check.name}_low", check.at_least)
    high = tube.limits.named.get(f"{check.name}_high", check.at_most)
    if (low is not None and share < low) or (high is not None and share > high):
        expected = f"{0.0 if low is None else low:g} to {100.0 if high is None else high:g}"
        yield Finding(
            check.name or "percent", Severity(check.severity),
            f"{check.of} is {percent_text(share / 100.0)} of {within} (expected {expected} %), which is unusual. "
            "Review its gate.",
            check.of, share, expected,
        )  # fmt: skip
