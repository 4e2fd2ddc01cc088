"""A second kind of counting beads that the bead gate left out.

Some products have beads of two brightnesses, of which one may be dim in a detector or in all: half the beads then are
counted, and every concentration is twice too high. Beads are alike as cells never are: in each detector they spread by
a few percent, cells by 15 percent and more.
"""

from collections.abc import Iterator

import numpy as np

from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scales import FloatArray
from tregate.gating.qc.inspected import Inspected
from tregate.gating.units import Marker, Rows, is_physical

FLOOR = 10.0**-3.5
"""Share of the top of scale below which a detector shows noise."""
CEILING = 0.98
"""Share of the top of scale above which values are cut off, and alike for that reason."""
NEAR, AROUND = 0.05, 0.2
"""Half widths [decades] of the cluster and of what surrounds it: 12 % and 58 %."""
SHARE_NEAR = 0.5
"""Of the events around a cluster of beads at least so many are near its centre; of cells a tenth to a quarter."""
LEAST_DETECTORS = 3
LEAST_EVENTS = 50
LEAST_OF_BEADS = 0.05
CANDIDATES = 5


def bead_second_cluster(tube: Inspected) -> Iterator[Finding]:
    """A cluster as tight as beads among the events that were not counted as beads."""
    mask = tube.bead_mask
    if mask is None or tube.strategy.beads is None:
        return
    counted = len(tube.sample_of(mask))
    rows = tube.sample_of(~mask)
    least = max(LEAST_EVENTS, LEAST_OF_BEADS * counted)
    channels = tube.prepared.binding.channels
    wanted = [i for m, i in channels.items() if not is_physical(m) or m == Marker("SSC-A")]
    if len(rows) < least or len(wanted) < LEAST_DETECTORS:
        return
    tops = [tube.prepared.sample.parameters[i].top for i in wanted]
    shares = np.stack([tube.sampled(i, rows) / (top or 1.0) for i, top in zip(wanted, tops, strict=True)])
    found = tightest_cluster(np.log10(np.clip(shares, FLOOR, None)), least)
    if found:
        share = found / (found + counted)
        yield Finding(
            "bead_second_cluster", Severity.WARN,
            f"Beads: a second cluster as tight as beads was not counted ({share * 100:.0f} % of all), so cells/µL may "
            "be too high. If the product has two kinds of beads, gate both in the strategy.",
            tube.strategy.beads.population, float(f"{share:.3g}"), f"less than {LEAST_OF_BEADS:g}",
        )  # fmt: skip


def tightest_cluster(logs: FloatArray, least: float) -> int:
    """Events of the largest cluster as tight as beads, 0 where there is none; logs (d, n) of shares of the top."""
    bins = np.floor(logs / NEAR) - np.floor(np.log10(FLOOR) / NEAR) + 1.0
    # Bins as the bytes of a word sort ten times as fast as columns; no bin is 0, which would end a word.
    words = np.ascontiguousarray(np.clip(bins, 1, 255).astype(np.uint8).T).view(f"S{len(logs)}").ravel()
    _, first, counts = np.unique(words, return_index=True, return_counts=True)
    for cell in np.argsort(-counts, kind="stable")[:CANDIDATES]:
        centre = logs[:, first[cell]]
        for _ in range(3):
            near = _around(logs, centre, 2 * NEAR)
            centre = np.median(logs[:, near], axis=1) if near.size else centre
        useful = (centre > np.log10(FLOOR) + NEAR) & (centre < np.log10(CEILING) - NEAR)
        if useful.sum() < LEAST_DETECTORS:
            continue
        around = len(_around(logs[useful], centre[useful], AROUND))
        inside = len(_around(logs[useful], centre[useful], NEAR))
        if inside >= least and inside >= SHARE_NEAR * around:
            return inside
    return 0


def _around(logs: FloatArray, centre: FloatArray, half: float) -> Rows:
    """Rows of the events within `half` of the centre in every detector: each detector looks at what is left."""
    rows = np.flatnonzero(np.abs(logs[0] - centre[0]) <= half)
    for values, middle in zip(logs[1:], centre[1:], strict=True):
        rows = rows[np.abs(values[rows] - middle) <= half]
    return rows
