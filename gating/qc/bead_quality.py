"""Whether the beads look and arrive as beads do."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tregate.gating.count import flags
from tregate.gating.findings import Finding, Severity
from tregate.gating.order_statistics import median, robust_sd
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import PopulationName, is_physical
from tregate.gating.wording import percent_text

LEAST_FOR_CV = 100
BEADS_A_STRETCH = 25
MOST_STRETCHES = 30
LEAST_STRETCHES = 5
BEAD_FLAGS = frozenset(
    {
        flags.NO_BEADS,
        flags.BEADS_UNMEASURED,
        "bead_events",
        "bead_singlets",
        "bead_cv",
        "bead_arrival",
        "bead_second_cluster",
        "doublets",
    }
)
"""Checks that doubt every concentration of the tube and no percentage."""


def bead_singlets(tube: Inspected) -> Iterator[Finding]:
    """Too many bead doublets: beads stick, or the bead region takes in something else."""
    counting, beads = tube.strategy.beads, tube.beads
    if counting is None or counting.doublet_population is None or beads is None or not beads.events:
        return
    share = 1.0 - beads.doublets / beads.events
    if share < tube.limits.bead_singlets:
        yield Finding(
            "bead_singlets", Severity.WARN,
            f"Only {percent_text(share, tube.limits.bead_singlets)} of the bead events are single beads (at least "
            f"{percent_text(tube.limits.bead_singlets)} expected), so bead counts are uncertain. Review the bead "
            "gate, and mix the beads well before pipetting.",
            counting.population, share, f"at least {tube.limits.bead_singlets:g}",
        )  # fmt: skip


def bead_cv(tube: Inspected) -> Iterator[Finding]:
    """Beads of one brightness: a broad cluster is no bead cluster, or the flow was unsteady.

    Robust CV = 1.4826 MAD / median of the intensities as recorded, without doublets. Channels in which beads
    are at the top of scale, or dim, are left out.
    """
    mask = tube.bead_mask
    if mask is None or tube.strategy.beads is None:
        return
    pairs = tube.strategy.beads.doublet_population
    if pairs is not None and PopulationName(pairs) not in tube.gated.unmeasured:
        mask = mask & ~tube.gated.mask(PopulationName(pairs))
    rows = tube.sample_of(mask)
    if len(rows) < LEAST_FOR_CV:
        return
    events = tube.sampled_events(rows)
    worst, where = 0.0, ""
    for marker, index in tube.prepared.binding.channels.items():
        if is_physical(marker):
            continue
        values = events[:, index]
        middle = median(values)
        top = tube.prepared.sample.parameters[index].top
        if not 0.01 * top < middle < 0.95 * top:
            continue
        cv = 100 * robust_sd(values, middle) / middle
        if cv > worst:
            worst, where = cv, marker
    if worst > tube.limits.bead_cv_percent:
        yield Finding(
            "bead_cv", Severity.WARN,
            f"The robust CV of the beads on {where} is {worst:.1f} % (limit {tube.limits.bead_cv_percent:g} %), so "
            "other events may be in the bead gate. Review the bead gate, and check the alignment of the "
            "instrument.",
            tube.strategy.beads.population, worst, f"at most {tube.limits.bead_cv_percent:g}",
        )  # fmt: skip


def bead_arrival(tube: Inspected) -> Iterator[Finding]:
    """Beads arrive at a steady share of the events: else poor mixing, air or a clog.

    A warning where beads are unsteady in what time cleaning kept; a note where it excluded the unsteady part.
    """
    if tube.strategy.beads is None:
        return
    swing = _swing(tube, arrivals_of(tube))
    limit = f"at most {tube.limits.bead_arrival_cv:g}"
    if swing is not None:
        yield Finding(
            "bead_arrival", Severity.WARN,
            f"The bead fraction varies by {percent_text(swing)} during the acquisition (limit "
            f"{percent_text(tube.limits.bead_arrival_cv)} beyond counting), so cells/µL may be wrong. Check for a "
            "clog, air or poor mixing.",
            tube.strategy.beads.population, swing, limit,
        )  # fmt: skip
        return
    cleaning = _time_cleaning(tube.strategy)
    before = None if cleaning is None else _swing(tube, _arrivals_before(tube, cleaning))
    if before is not None:
        yield Finding(
            "bead_arrival", Severity.INFO,
            f"The bead fraction varied by {percent_text(before)} during the acquisition. The unstable intervals "
            "were excluded for cells and beads alike.",
            tube.strategy.beads.population, before, limit,
        )  # fmt: skip


def _swing(tube: Inspected, arrivals: Sequence[int]) -> float | None:
    """CV of the bead share from stretch to stretch beyond counting, where chi-square says that it is real."""
    if len(arrivals) < LEAST_STRETCHES:
        return None
    counts = np.asarray(arrivals, dtype=float)
    mean = float(counts.mean())
    chi_square = float(((counts - mean) ** 2).sum() / mean)
    freedom = len(counts) - 1
    swing = math.sqrt(max(0.0, chi_square / freedom - 1.0) / mean)
    unlikely = _chi_square_z(chi_square, freedom) > tube.limits.bead_arrival_z
    return swing if unlikely and swing > tube.limits.bead_arrival_cv else None


def arrivals_of(tube: Inspected) -> tuple[int, ...]:
    """Beads per stretch of equally many events, of those that time cleaning left; empty where beads are few."""
    mask = tube.bead_mask
    if mask is None:
        return ()
    cleaning = _time_cleaning(tube.strategy)
    kept = None if cleaning is None else PopulationName(cleaning[0])
    if kept is not None and kept in tube.gated.members:
        mask = mask.compress(tube.gated.mask(kept))
    return _per_stretch(mask)


def _arrivals_before(tube: Inspected, cleaning: tuple[str, str]) -> tuple[int, ...]:
    """The same over the whole run, of the population by which time cleaning judged."""
    judged_by = PopulationName(cleaning[1])
    return _per_stretch(tube.gated.mask(judged_by)) if judged_by in tube.gated.members else ()


def _per_stretch(mask: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    stretches = min(MOST_STRETCHES, int(np.count_nonzero(mask)) // BEADS_A_STRETCH)
    if stretches < LEAST_STRETCHES:
        return ()
    size = len(mask) // stretches
    return tuple(int(np.count_nonzero(mask[start : start + size])) for start in range(0, stretches * size, size))


def _time_cleaning(strategy: Strategy) -> tuple[str, str] | None:
    """The time cleaning that the beads went through, and the population by which it judges."""
    if strategy.beads is None:
        return None
    waiting, seen = [strategy.beads.population], set[str]()
    while waiting:
        name = waiting.pop()
        if name == ALL or name in seen:
            continue
        seen.add(name)
        population = strategy.populations[name]
        if population.gate is not None and population.gate.kind == "steady" and population.gate.of is not None:
            return name, population.gate.of
        waiting += population.references
    return None


def _chi_square_z(chi_square: float, freedom: int) -> float:
    """Normal equivalent of a chi-square value [Wilson & Hilferty 1931]."""
    spread = 2.0 / (9.0 * freedom)
    return float(((chi_square / freedom) ** (1.0 / 3.0) - (1.0 - spread)) / math.sqrt(spread))
