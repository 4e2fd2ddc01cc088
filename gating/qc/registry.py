"""All checks on one tube, by name. A new one is a function and a line here."""

from collections.abc import Callable, Iterator, Mapping

from tregate.gating.findings import Finding
from tregate.gating.qc.acquisition import channel_constant, doublets, few_cells, margin_events, time_removed
from tregate.gating.qc.bead_events import bead_events, bead_load
from tregate.gating.qc.bead_quality import bead_arrival, bead_cv, bead_singlets
from tregate.gating.qc.drift import signal_drift
from tregate.gating.qc.event_order import time_runs_back, two_samples
from tregate.gating.qc.gates import (
    gate_alternative,
    gate_doubtful,
    gate_fallback,
    marker_missing,
    population_unmeasured,
)
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.lymphocyte_gate import lymphocyte_recovery
from tregate.gating.qc.plausibility import parent_events, plausible_percent
from tregate.gating.qc.second_beads import bead_second_cluster
from tregate.gating.qc.strategy_limits import strategy_limits

TubeCheck = Callable[[Inspected], Iterator[Finding]]

CHECKS: Mapping[str, TubeCheck] = {
    "bead_load": bead_load,
    "bead_events": bead_events,
    "bead_singlets": bead_singlets,
    "bead_cv": bead_cv,
    "bead_arrival": bead_arrival,
    "bead_second_cluster": bead_second_cluster,
    "strategy_limits": strategy_limits,
    "few_cells": few_cells,
    "parent_events": parent_events,
    "plausible_percent": plausible_percent,
    "channel_constant": channel_constant,
    "time_removed": time_removed,
    "gate_fallback": gate_fallback,
    "gate_doubtful": gate_doubtful,
    "gate_alternative": gate_alternative,
    "population_unmeasured": population_unmeasured,
    "marker_missing": marker_missing,
    "doublets": doublets,
    "margin_events": margin_events,
    "signal_drift": signal_drift,
    "lymphocyte_recovery": lymphocyte_recovery,
    "time_runs_back": time_runs_back,
    "two_samples": two_samples,
}


def check(tube: Inspected) -> tuple[Finding, ...]:
    """Every check's findings, in the registry's order. A nominal tube gives none above `info`."""
    return tuple(dict.fromkeys(finding for one in CHECKS.values() for finding in one(tube)))
