"""What the acquisition itself did to the events."""

from collections.abc import Iterator

import numpy as np

from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import ALL
from tregate.gating.units import PopulationName, is_physical
from tregate.gating.wording import percent_text


def time_removed(tube: Inspected) -> Iterator[Finding]:
    """Share of the run that time cleaning took out, beads and cells together."""
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
                f"{percent_text(removed)} of the events were excluded because the acquisition rate was unstable "
                f"(limit {percent_text(limit)}). Reacquire the tube if possible.",
                "", removed, f"at most {limit:g}",
            )  # fmt: skip


def doublets(tube: Inspected) -> Iterator[Finding]:
    """Cells that stuck together are taken out with their doublet, while beads are counted all."""
    for gate in tube.gated.gates:
        removed = gate.evidence.get("taken_out")
        if gate.method == "singlets" and isinstance(removed, float) and removed > tube.limits.doublet_share:
            yield Finding(
                "doublets", Severity.WARN,
                f"{percent_text(removed)} of the events are doublets and were excluded (limit "
                f"{percent_text(tube.limits.doublet_share)}), so cells/µL are too low. Reacquire at a lower flow rate, "
                "or mix better.",
                gate.population, removed, f"at most {tube.limits.doublet_share:g}",
            )  # fmt: skip


def margin_events(tube: Inspected) -> Iterator[Finding]:
    """Cells at the top of a fluorescence scale: the detector's voltage was too high to tell them apart."""
    cells = PopulationName("lymphocytes")
    if cells not in tube.gated.events:
        return
    lymphocytes = tube.sample_of(tube.gated.mask(cells))
    for marker, index in tube.prepared.binding.channels.items():
        if is_physical(marker):
            continue
        values = tube.sampled(index, lymphocytes)
        if len(values) < tube.limits.least_for_percent:
            continue
        top = tube.prepared.sample.parameters[index].top
        share = float(np.mean(values >= 0.999 * top))
        if share > tube.limits.margin_share:
            yield Finding(
                "margin_events", Severity.WARN,
                f"{percent_text(share)} of lymphocytes are at the top of the {marker} scale (limit "
                f"{percent_text(tube.limits.margin_share)}), so thresholds near the top are not reliable. Lower the "
                "detector voltage for the next acquisition.",
                "", share, f"at most {tube.limits.margin_share:g}",
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
