"""Limits that a strategy sets itself (`checks:`)."""

from collections.abc import Iterator

from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import Check
from tregate.gating.wording import percent_text


def strategy_limits(tube: Inspected) -> Iterator[Finding]:
    """Events, or percent of parent, of a population outside the strategy's own limits."""
    for limit in tube.strategy.checks:
        if limit.check in ("margin", "stained") or limit.within is not None or _belongs_to_parent(tube, limit):
            continue
        value = _value(tube, limit)
        if value is None:
            continue
        if limit.at_least is not None and value < limit.at_least:
            shown = _shown(value, limit.at_least, limit)
            name = "few_events" if limit.check == "events" else "percent_low"
            advice = tube.more_events(limit.of, limit.at_least) if limit.check == "events" else "Review this gate."
            yield Finding(
                name, Severity(limit.severity),
                f"{limit.of} contains {shown} (at least {limit.at_least:g} required). {advice}",
                limit.about or limit.of, value, f"at least {limit.at_least:g}",
            )  # fmt: skip
        if limit.at_most is not None and value > limit.at_most:
            shown = _shown(value, limit.at_most, limit)
            name = "many_events" if limit.check == "events" else "percent_high"
            yield Finding(
                name, Severity(limit.severity),
                f"{limit.of} contains {shown} (at most {limit.at_most:g} expected). Review this gate.",
                limit.about or limit.of, value, f"at most {limit.at_most:g}",
            )  # fmt: skip


def _shown(value: float, beside: float, limit: Check) -> str:
    return (
        f"{value:.0f} events" if limit.check == "events" else f"{percent_text(value / 100, beside / 100)} of its parent"
    )


def _belongs_to_parent(tube: Inspected, limit: Check) -> bool:
    """Whether another check looks at it: events of a parent, needed for a population that the tube has."""
    return limit.needed_for is not None and tube.events(limit.needed_for) is not None


def _value(tube: Inspected, limit: Check) -> float | None:
    count = tube.count(limit.of)
    if count is None or count.events is None:
        return None
    if limit.check == "events":
        return float(count.events)
    return None if count.percent_of_parent is None else count.percent_of_parent.value
