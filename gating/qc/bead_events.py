"""Enough beads for a count, and beads that a count may use at all."""

from collections.abc import Iterator

from tregate.gating.count import flags
from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected


def bead_events(tube: Inspected) -> Iterator[Finding]:
    """Few beads: the count's error is that of the beads. No beads: no count. Beads nobody speaks of may be absent."""
    if tube.strategy.beads is None:
        return
    population = tube.strategy.beads.population
    beads = tube.beads
    asked_for = tube.load is not None or tube.no_beads not in ("", flags.BEAD_LOAD_MISSING)
    if not asked_for and (beads is None or beads.beads == 0):
        return
    if beads is None:
        yield Finding(
            flags.BEADS_UNMEASURED, Severity.FAIL,
            "The bead gate found no place, so no cells/µL are given. Look at the beads of this tube on the "
            "report; were beads added?",
            population,
        )  # fmt: skip
    elif beads.beads == 0:
        yield Finding(
            flags.NO_BEADS, Severity.FAIL,
            "The tube holds no beads, so no cells/µL are given. Were beads added, and does the acquisition "
            "threshold let them pass?",
            population, 0.0, "at least 1",
        )  # fmt: skip
    elif beads.beads < tube.limits.bead_events_warn:
        few = beads.beads < tube.limits.bead_events_fail
        limit = tube.limits.bead_events_fail if few else tube.limits.bead_events_warn
        advice = "Do not use the counts; acquire again." if few else "Acquire longer."
        yield Finding(
            "bead_events", Severity.FAIL if few else Severity.WARN,
            f"Only {beads.beads} beads were counted, so cells/µL carry at least "
            f"{100 / beads.beads**0.5:.0f} % counting error. {advice}",
            population, float(beads.beads), f"at least {limit:g}",
        )  # fmt: skip


_LOADS = {
    "bead_lot_unknown": "The bead lot is not in bead_lots.csv. Add its line with beads/µL and expiry.",
    "bead_lot_missing": "samples.csv names no bead lot. Fill in `bead_lot`.",
    "bead_concentration_missing": "bead_lots.csv gives the lot no beads/µL. Fill in `beads_per_ul`.",
    "bead_volume_missing": "samples.csv gives no bead volume. Fill in `bead_volume_ul` (or `beads_per_tube`).",
    "blood_volume_missing": "samples.csv gives no blood volume. Fill in `blood_volume_ul`.",
}


def bead_load(tube: Inspected) -> Iterator[Finding]:
    """Beads were seen but nobody says what went in, or beads were declared for a washed tube."""
    if tube.strategy.washed:
        if tube.load is not None:
            yield Finding(
                "washed_beads_refused", Severity.WARN,
                f'Bead lot "{tube.load.lot}" is given for a washed tube: washing loses beads, so no cells/µL '
                "are counted by them. Leave the bead columns empty; the count is bridged from the bead tube.",
            )  # fmt: skip
        return
    if tube.strategy.beads is not None and tube.load is None:
        flag = tube.no_beads or flags.BEAD_LOAD_MISSING
        advice = _LOADS.get(flag, "samples.csv does not say which beads went in.")
        yield Finding(
            flag,
            Severity.WARN if flag == flags.BEAD_LOAD_MISSING else Severity.FAIL,
            f"No cells/µL can be given. {advice}",
            tube.strategy.beads.population,
        )
