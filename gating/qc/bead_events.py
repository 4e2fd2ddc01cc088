"""Enough beads for a count, and beads that a count may use at all."""

from collections.abc import Iterator

from tregate.gating.count import flags
from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.wording import percent_text


def bead_events(tube: Inspected) -> Iterator[Finding]:
    """Few beads: the count's error is that of the beads. No beads: no count. Undeclared beads may be absent."""
    if tube.strategy.beads is None or tube.strategy.counting is not None:
        return
    population = tube.strategy.beads.population
    beads = tube.beads
    asked_for = tube.load is not None or tube.no_beads not in ("", flags.BEAD_LOAD_MISSING)
    if not asked_for and (beads is None or beads.beads == 0):
        return
    if beads is None:
        yield Finding(
            flags.BEADS_UNMEASURED, Severity.FAIL,
            "The bead gate could not be placed, so there are no cells/µL. Review the beads of this tube, and "
            "check that beads were added.",
            population,
        )  # fmt: skip
    elif beads.beads == 0:
        yield Finding(
            flags.NO_BEADS, Severity.FAIL,
            "The tube contains no beads, so there are no cells/µL. Check that beads were added and that the "
            "acquisition threshold includes them.",
            population, 0.0, "at least 1",
        )  # fmt: skip
    elif beads.beads < tube.limits.bead_events_warn:
        few = beads.beads < tube.limits.bead_events_fail
        limit = tube.limits.bead_events_fail if few else tube.limits.bead_events_warn
        advice = "Do not use the counts; acquire again." if few else "Acquire longer."
        yield Finding(
            "bead_events", Severity.FAIL if few else Severity.WARN,
            f"Only {beads.beads} beads were counted (at least {limit:g} required), so cells/µL have a counting "
            f"error of at least {percent_text(beads.beads**-0.5)}. {advice}",
            population, float(beads.beads), f"at least {limit:g}",
        )  # fmt: skip


_LOADS = {
    "bead_lot_unknown": (
        "The bead lot is not in bead_lots.csv, so there are no cells/µL. Add its row with beads/µL and expiry."
    ),
    "bead_lot_missing": "samples.csv names no bead lot, so there are no cells/µL. Fill in `bead_lot`.",
    "bead_concentration_missing": "The lot has no beads/µL, so there are no cells/µL. Fill in `beads_per_ul`.",
    "bead_volume_missing": (
        "samples.csv has no bead volume, so there are no cells/µL. Fill in `bead_volume_ul` (or `beads_per_tube`)."
    ),
    "blood_volume_missing": "samples.csv has no blood volume, so there are no cells/µL. Fill in `blood_volume_ul`.",
}


def bead_load(tube: Inspected) -> Iterator[Finding]:
    """Beads were found but no bead load is declared, or beads were declared for a washed tube."""
    if tube.strategy.washed:
        if tube.load is not None:
            yield Finding(
                "washed_beads_refused", Severity.WARN,
                f'The washed tube has a bead load (lot "{tube.load.lot}"), but washing removes beads, so it has no '
                "cells/µL of its own. Empty the bead columns; cells/µL are bridged from the bead tube.",
            )  # fmt: skip
        return
    if tube.strategy.beads is not None and tube.load is None:
        flag = tube.no_beads or flags.BEAD_LOAD_MISSING
        advice = _LOADS.get(
            flag,
            "samples.csv declares no bead load, so there are no cells/µL. Fill in the bead columns if beads were "
            "added.",
        )
        yield Finding(
            flag,
            Severity.WARN if flag == flags.BEAD_LOAD_MISSING else Severity.FAIL,
            advice,
            tube.strategy.beads.population,
        )
