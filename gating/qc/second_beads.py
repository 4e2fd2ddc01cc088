"""A second kind of counting beads that the bead gate left out.

Some products have beads of two brightnesses, of which one may be dim in a detector or in all: half the beads then are
counted, and every concentration is twice too high. Beads are alike as cells never are: in each detector they spread by
a few percent, cells by 15 percent and more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.order_statistics import medians
from tregate.gating.qc.inspected import Inspected
from tregate.gating.rows import Rows
from tregate.gating.units import Marker, is_physical

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
EVERY = 4
"""One in so many events says where a cluster may be; all are looked at around it."""
PERHAPS = 0.7
"""Of what is asked of all events, what one in so many of them must show for all to be looked at."""
ROUNDS = 3
"""Times that a centre is moved to the median of what is near it, by `2 * NEAR` at most."""
REACH = 2 * NEAR * ROUNDS * 1.01
"""What no centre looks beyond while it moves [decades]."""
WORD_BITS = 64


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
    found = tightest_cluster(_shares(tube, wanted, rows[::EVERY]), least, lambda: _shares(tube, wanted, rows))
    if found:
        share = found / (found + counted)
        yield Finding(
            "bead_second_cluster", Severity.WARN,
            f"Beads: a second cluster as tight as beads was not counted ({share * 100:.0f} % of all), so cells/µL may "
            "be too high. If the product has two kinds of beads, gate both in the strategy.",
            tube.strategy.beads.population, float(f"{share:.3g}"), f"less than {LEAST_OF_BEADS:g}",
        )  # fmt: skip


def _shares(tube: Inspected, wanted: Sequence[int], rows: Rows) -> FloatArray:
    """Intensities of the detectors as shares of their tops, (d, n)."""
    events, parameters = tube.sampled_events(rows), tube.prepared.sample.parameters
    return np.stack([events[:, i] / (parameters[i].top or 1.0) for i in wanted])


def tightest_cluster(some: FloatArray, least: float, whole: Callable[[], FloatArray]) -> int:
    """Events of the largest cluster as tight as beads, 0 where there is none.

    some: one in `EVERY` events (d, n), as shares of the top of scale; whole: all of them, asked for where these show a
    cluster.
    """
    every = range(len(some))
    tried: list[FloatArray] = []
    all_logs = np.log10(np.maximum(some, FLOOR))
    for start in _fullest(all_logs):
        if any(float(np.abs(start - other).max()) < 2 * NEAR for other in tried):
            continue
        centre = start
        reached = _around(some, every, start, REACH)
        beside, logs = some.take(reached, axis=1), all_logs.take(reached, axis=1)
        near = np.empty(0, dtype=np.intp)
        for _ in range(ROUNDS):
            before, near = near, _around(beside, every, centre, 2 * NEAR)
            if len(near) < PERHAPS * least / EVERY or np.array_equal(near, before):
                break
            centre = medians(logs.take(near, axis=1))
        tried.append(centre)
        if len(near) < PERHAPS * least / EVERY:
            continue
        useful = np.flatnonzero((centre > np.log10(FLOOR) + NEAR) & (centre < np.log10(CEILING) - NEAR))
        if len(useful) < LEAST_DETECTORS:
            continue
        if _is_tight(some, useful, centre, PERHAPS * least / EVERY, PERHAPS * SHARE_NEAR):
            found = _is_tight(whole(), useful, centre, least, SHARE_NEAR)
            if found:
                return found
    return 0


def _is_tight(shares: FloatArray, useful: Rows, centre: FloatArray, least: float, share: float) -> int:
    """Events near the centre, 0 where they are fewer than `least`, or than that share of what is around it."""
    around = _around(shares, useful, centre, AROUND)
    inside = len(_around(shares.take(around, axis=1), useful, centre, NEAR))
    return inside if inside >= least and inside >= share * len(around) else 0


def _fullest(logs: FloatArray) -> Iterator[FloatArray]:
    """The first event (d,) in each of the fullest bins, the fullest first; of equally full ones the lowest."""
    bins = np.clip(np.floor(logs / NEAR) - np.floor(np.log10(FLOOR) / NEAR) + 1.0, 1, 255).astype(np.uint8)
    keys = _ranked(bins)
    ordered = np.sort(keys)
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.diff(starts, append=len(ordered))
    full = np.flatnonzero(counts >= np.sort(counts)[-CANDIDATES:][0])
    for cell in full[np.argsort(-counts[full], kind="stable")][:CANDIDATES]:
        yield logs[:, int(np.argmax(keys == ordered[starts[cell]]))]


def _ranked(bins: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """One word for each event (n,), in the order of its bins (d, n); equal where all bins are. Words sort fast."""
    keys = np.zeros(bins.shape[1], dtype=np.uint64)
    bits = 0
    for row in bins:
        width = int(row.max()).bit_length()
        if bits + width > WORD_BITS:
            keys = np.unique(keys, return_inverse=True)[1].astype(np.uint64)
            bits = int(keys.max()).bit_length()
        keys = (keys << np.uint64(width)) | row
        bits += width
    return keys


def _around(shares: FloatArray, detectors: Iterable[int], centre: FloatArray, half: float) -> Rows:
    """Rows of the events within `half` decades of the centre (d,) [decades] in every detector.

    Each detector looks at what the ones before it left.
    """
    low, high = 10.0 ** (centre - half), 10.0 ** (centre + half)
    low[low <= FLOOR] = -np.inf
    rows: Rows | None = None
    for i in detectors:
        values = shares[i] if rows is None else shares[i].take(rows)
        within = ((values >= low[i]) & (values <= high[i])).nonzero()[0]
        rows = within if rows is None else rows.take(within)
    return np.arange(shares.shape[1]) if rows is None else rows
