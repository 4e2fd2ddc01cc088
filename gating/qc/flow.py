"""What the time cleaning of a tube without beads saw: clogs, air, interruptions, and rates that changed."""

from collections.abc import Iterator

from tregate.gating.events import PlacedGate
from tregate.gating.findings import Finding, Severity
from tregate.gating.placement.steady_signals import BACKWARDS, CONSTANT, FAST, SLOW
from tregate.gating.qc.inspected import Inspected
from tregate.gating.wording import number_text, percent_text


def unstable_flow(tube: Inspected) -> Iterator[Finding]:
    """A stretch of the run with another rate or other signals, which is excluded; or a run that is unstable."""
    for gate in tube.gated.gates:
        population = tube.strategy.populations.get(str(gate.population))
        if population is None or population.gate is None or population.gate.kind != "steady" or population.gate.of:
            continue
        seen = gate.evidence
        if seen.get("not_judged") in (CONSTANT, BACKWARDS):
            yield Finding(
                "flow_not_checked", Severity.INFO,
                f"The run was not checked for clogs and air, because the {seen['not_judged']} in the file. Check the "
                "acquisition on the instrument.",
            )  # fmt: skip
        if seen.get("unstable"):
            yield Finding(
                "unstable_flow", Severity.FAIL,
                f"Rate or signals differ in {percent_text(_number(gate, 'unstable'))} of the run (limit 30 %), so "
                "nothing was excluded and all values of the tube are uncertain. Acquire the tube again.",
                "", _number(gate, "unstable"), "at most 0.3",
            )  # fmt: skip
            continue
        what = _what(gate)
        if what:
            yield Finding(
                "unstable_flow", Severity.WARN,
                f"{what}: a clog, air or an interruption. {percent_text(_number(gate, 'taken_out'))} of the events "
                "were excluded from all counts; check the fluidics.",
                "", _number(gate, "taken_out"), "stable rate and signals",
            )  # fmt: skip


def _what(gate: PlacedGate) -> str:
    """What was seen first; "" for nothing."""
    slow, fast = _number(gate, "slowest", 1.0), _number(gate, "fastest", 1.0)
    if gate.evidence.get("interrupted"):
        return f"No event for {number_text(_number(gate, 'longest_gap_s'))} s"
    if slow < SLOW:
        return f"Events per second fell to {percent_text(slow)} of the usual rate (limit {percent_text(SLOW)})"
    if fast > FAST:
        return f"Events per second rose to {number_text(fast)} times the usual rate (limit {FAST:g})"
    if gate.evidence.get("signal"):
        size = number_text(_number(gate, "largest_z"))
        return f"{gate.evidence['signal']} of a stretch of the run differs by {size} standard deviations"
    return ""


def _number(gate: PlacedGate, key: str, missing: float = 0.0) -> float:
    value = gate.evidence.get(key)
    return float(value) if isinstance(value, int | float) else missing
