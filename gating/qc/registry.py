"""All checks on one tube, by name. A new one is a function and a line here.

Checks of EVENTS are made while the tube's events are there, and know neither counts nor beads added. The others look at
numbers alone, so that they can be made again, for other beads or volumes, when the events are gone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from tregate.gating.findings import Finding
from tregate.gating.qc.acquisition import channel_constant, doublets, few_cells, margin_events, time_removed
from tregate.gating.qc.bead_events import bead_events, bead_load
from tregate.gating.qc.bead_quality import bead_arrival, bead_cv, bead_singlets
from tregate.gating.qc.compensation_excess import compensation_excess
from tregate.gating.qc.control_stain import control_stain
from tregate.gating.qc.drift import signal_drift
from tregate.gating.qc.event_order import time_runs_back, two_samples
from tregate.gating.qc.flow import unstable_flow
from tregate.gating.qc.gates import (
    gate_by_hand,
    gate_doubtful,
    gate_fallback,
    population_unmeasured,
)
from tregate.gating.qc.inspected import Inspected
from tregate.gating.qc.low_scatter import low_scatter
from tregate.gating.qc.lymphocyte_gate import lymphocyte_recovery
from tregate.gating.qc.lymphocyte_purity import lymphocyte_purity
from tregate.gating.qc.missing_markers import absent_marker_present, marker_missing
from tregate.gating.qc.plausibility import parent_events, plausible_percent
from tregate.gating.qc.second_beads import bead_second_cluster
from tregate.gating.qc.second_gate import gates_disagree
from tregate.gating.qc.stain_missing import stain_missing
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
    "unstable_flow": unstable_flow,
    "gate_fallback": gate_fallback,
    "gate_doubtful": gate_doubtful,
    "gates_disagree": gates_disagree,
    "gate_by_hand": gate_by_hand,
    "population_unmeasured": population_unmeasured,
    "marker_missing": marker_missing,
    "absent_marker_present": absent_marker_present,
    "doublets": doublets,
    "margin_events": margin_events,
    "stain_missing": stain_missing,
    "compensation_excess": compensation_excess,
    "control_stain": control_stain,
    "signal_drift": signal_drift,
    "lymphocyte_recovery": lymphocyte_recovery,
    "lymphocyte_purity": lymphocyte_purity,
    "low_scatter": low_scatter,
    "time_runs_back": time_runs_back,
    "two_samples": two_samples,
}


EVENTS = frozenset(
    {
        *("bead_cv", "bead_arrival", "bead_second_cluster", "margin_events", "signal_drift", "lymphocyte_recovery"),
        *("lymphocyte_purity", "stain_missing", "compensation_excess"),
        *("time_runs_back", "two_samples"),
    }
)
"""Checks that look at events."""

NEED_BEADS_ADDED = frozenset({"bead_second_cluster"})
"""Checks of EVENTS that are about concentrations: without beads added they have no say."""

Seen = Mapping[str, tuple[Finding, ...]]
"""What each check of EVENTS found, by its name."""


def look(tube: Inspected) -> Seen:
    """What the checks of EVENTS find; counts and beads added of `tube` are not looked at."""
    without = replace(tube, counts=(), load=None, no_beads="")
    return {name: tuple(one(without)) for name, one in CHECKS.items() if name in EVENTS}


def check(tube: Inspected, seen: Seen | None = None) -> tuple[Finding, ...]:
    """Every check's findings, in the registry's order. A nominal tube gives none above `info`.

    seen: what `look` found while the tube's events were there; None looks now.
    """
    found = look(tube) if seen is None else seen
    every: list[Finding] = []
    for name, one in CHECKS.items():
        if name not in EVENTS:
            every += one(tube)
        elif tube.load is not None or name not in NEED_BEADS_ADDED:
            every += found.get(name, ())
    return tuple(dict.fromkeys(every))
