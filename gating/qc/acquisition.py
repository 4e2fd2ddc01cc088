"""What the acquisition itself did to the events."""

from collections.abc import Iterator

import numpy as np

from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import ALL
from tregate.gating.units import PopulationName, is_physical
from tregate.gating.wording import percent_text


def time_removed(tube: Inspected) -> Iterator[Finding]:
    """Share of the run that time cleaning excluded, beads and cells together."""
    for name, population in tube.strategy.populations.items():
        if population.gate is None or population.gate.kind != "steady":
            continue
        kept = tube.count(name)
        if kept is None or kept.events is None or not kept.parent_events:
            continue
        removed = 1.0 - kept.events / kept.parent_events
        if removed > tube.limits.time_removed_warn:
            much = removed > tube.limits.time_removed_fail
            limit = tube.limits.time_removed_fail if much else tube.limits.time_removed_warn
            yield Finding(
                "time_removed", Severity.FAIL if much else Severity.WARN,
                f"{percent_text(removed)} of the events were excluded because {_unstable(population.gate.of)} unstable "
                f"(limit {percent_text(limit)}). Reacquire the tube if possible.",
                "", removed, f"at most {limit:g}",
            )  # fmt: skip


def _unstable(beads: str | None) -> str:
    return "rate or signals were" if beads is None else "the acquisition rate was"


def doublets(tube: Inspected) -> Iterator[Finding]:
    """Leucocytes that passed the laser in pairs: lost to every count, and given back by the pair factor.

    Concerns cells/µL alone, since pairs cancel in percentages: nothing is reported of a tube without them.
    """
    factor, limits = tube.coincidence, tube.limits
    if factor.source not in ("tube", "impossible") or factor.share < limits.pairs_info:
        return
    if all(count.cells_per_ul is None for count in tube.counts):
        return
    share, low, high = (100 * (1 - 1 / value) for value in (factor.factor, factor.low, factor.high))
    limit, severity = limits.pairs_warn, Severity.INFO
    if factor.share > limits.pairs_warn:
        severity = Severity.WARN
    if factor.share > limits.pairs_fail:
        limit, severity = limits.pairs_fail, Severity.FAIL
    consequence = (
        f"cells/µL are multiplied by {factor.factor:.3f}" if factor.applied else "cells/µL are too low by that"
    )
    advice = "" if severity is Severity.INFO else " Acquire more slowly, or mix better before acquisition."
    yield Finding(
        "doublets", severity,
        f"{share:.1f} % ({low:.1f} to {high:.1f} %) of the leucocytes passed in pairs (limit {100 * limit:g} %), so "
        f"{consequence}.{advice}",
        "", factor.share, f"at most {limit:g}",
    )  # fmt: skip


def margin_events(tube: Inspected) -> Iterator[Finding]:
    """Cells at the top of a fluorescence scale: the detector's voltage was too high to distinguish them."""
    for check in tube.strategy.checks:
        if check.check == "margin" and PopulationName(check.of) in tube.gated.events:
            yield from _at_the_top(tube, PopulationName(check.of))


def _at_the_top(tube: Inspected, cells: PopulationName) -> Iterator[Finding]:
    rows = tube.sample_of(tube.gated.mask(cells))
    if len(rows) < tube.limits.least_for_percent:
        return
    events = tube.sampled_events(rows)
    for marker, index in tube.prepared.binding.channels.items():
        if is_physical(marker):
            continue
        top = tube.prepared.sample.parameters[index].top
        share = np.count_nonzero(events[:, index] >= 0.999 * top) / len(rows) if top > 0 else 0.0
        if share > tube.limits.margin_share:
            yield Finding(
                "margin_events", Severity.WARN,
                f"{percent_text(share)} of {cells} are at the top of the {marker} scale (limit "
                f"{percent_text(tube.limits.margin_share)}), so thresholds near the top are not reliable. Lower the "
                "detector voltage for the next acquisition.",
                "", share, f"at most {tube.limits.margin_share:g}",
            )  # fmt: skip


def channel_constant(tube: Inspected) -> Iterator[Finding]:
    """A detector that recorded one value for every event; the populations that need it are not measured."""
    for marker, value in tube.prepared.constant.items():
        concerned = [name for name, population in tube.strategy.populations.items() if marker in population.axes]
        lost = [name for name in concerned if name in tube.gated.unmeasured]
        what = f"{', '.join(lost)} cannot be measured" if lost else "no population needs it in this tube"
        yield Finding(
            "channel_constant", Severity.WARN if lost else Severity.INFO,
            f"{marker} has one value ({value:g}) for all events, so {what}. Check the detector, and how the file was "
            "exported.",
            lost[0] if lost else "", value, "more than one value",
        )  # fmt: skip


def few_cells(tube: Inspected) -> Iterator[Finding]:
    """A file that holds next to nothing."""
    if tube.gated.n_events < tube.limits.parent_events and ALL not in tube.gated.unmeasured:
        yield Finding(
            "few_events", Severity.WARN,
            f"The file contains only {tube.gated.n_events} events (at least {tube.limits.parent_events:g} "
            "required), so its results are uncertain. Check whether the acquisition was stopped early.",
            "", float(tube.gated.n_events), f"at least {tube.limits.parent_events:g}",
        )  # fmt: skip
