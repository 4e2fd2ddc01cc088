"""Stains that do not distinguish a population which is defined by them: noise, an isotype, another marker's dye.

A gate on several markers finds cells by the others, and its percentage looks like any.
"""

from collections.abc import Iterator

import numpy as np

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.qc.inspected import Inspected
from tregate.gating.rows import Rows
from tregate.gating.strategy.schema import Check
from tregate.gating.units import Marker, PopulationName
from tregate.gating.wording import percent_text

LEAST_INSIDE, LEAST_OUTSIDE = 20, 100
AT_MOST = 2_000
"""Events of each side that are compared, evenly over the run."""


def stain_missing(tube: Inspected) -> Iterator[Finding]:
    """Checks of `stained`: cells of the population are brighter, or dimmer, than the others of its parent."""
    for check in tube.strategy.checks:
        if check.check == "stained":
            yield from _of_population(tube, check)


def _of_population(tube: Inspected, check: Check) -> Iterator[Finding]:
    name, gated, prepared = PopulationName(check.of), tube.gated, tube.prepared
    parent = gated.parents.get(name)
    if parent is None or name not in gated.members or parent not in gated.members:
        return
    inside = gated.mask(name)
    rows, others = inside.nonzero()[0], (gated.mask(parent) & ~inside).nonzero()[0]
    if len(rows) < LEAST_INSIDE or len(others) < LEAST_OUTSIDE:
        return
    block = Block(prepared, 0, gated.n_events)
    within, without = EventSubset(block, _evenly(rows)), EventSubset(block, _evenly(others))
    for marker in (*check.brighter, *check.dimmer):
        stain = Marker(marker)
        if stain not in prepared.binding.channels or stain in prepared.constant:
            continue
        brighter = _pairs_won(within.values(stain), without.values(stain))
        share = round(brighter if marker in check.brighter else 1.0 - brighter, 4)
        if share < check.least_pairs:
            seen = percent_text(share, check.least_pairs)
            how = "brighter" if marker in check.brighter else "dimmer"
            yield Finding(
                "stain_missing", Severity(check.severity),
                f"{name}: {marker} does not distinguish these cells from the others of {parent} (theirs is "
                f"{how} in {seen} of pairs, at least {percent_text(check.least_pairs)} expected), as if "
                "the stain were missing, an isotype, or another marker. Check the staining and `$PnS`.",
                name, share, f"at least {check.least_pairs:g}",
            )  # fmt: skip


def _evenly(rows: Rows) -> Rows:
    return rows[:: -(-len(rows) // AT_MOST)]


def _pairs_won(ours: FloatArray, others: FloatArray) -> float:
    """Share of the pairs of one event of each in which ours is larger; ties count one half."""
    ordered = np.sort(others)
    below, not_above = np.searchsorted(ordered, ours, "left"), np.searchsorted(ordered, ours, "right")
    return float(np.mean(below + not_above)) / (2.0 * len(others))
