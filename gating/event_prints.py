"""Fingerprints of a tube's events: apart from TEXT, from Time, and from how the file stores them.

Two files of one tube, saved twice, or with the same events within them, are told by these and not by their bytes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Sample
from tregate.gating.read.parameters import is_time

Hashes = npt.NDArray[np.uint64]

LEAST_CHANNELS = 6
"""Channels but Time with fewer of which two cells may well have the same values."""
LEAST_INTERIOR = 5
"""Values of an event that must lie between their channel's ends: events off scale are alike by themselves."""
KEPT = 64
"""One in so many distinct events is kept to compare tubes."""


@dataclass(frozen=True, slots=True)
class EventPrints:
    """What a tube's events are recognised by."""

    kept: bytes = b""
    """Hashes of one in `KEPT` distinct events, sorted, 8 bytes each."""
    repeated: float = 0.0
    """Share of the events that occurred before in the same file."""

    @property
    def hashes(self) -> Hashes:
        """(n,) of `kept`."""
        return np.frombuffer(self.kept, dtype=np.uint64)


def event_prints(sample: Sample) -> EventPrints:
    """Fingerprints of a sample's stored values.

    Examples
    --------
    >>> EventPrints().hashes.size
    0
    """
    indices = [i for i, parameter in enumerate(sample.parameters) if not is_time(str(parameter.name))]
    n = sample.n_events
    if len(indices) < LEAST_CHANNELS or n == 0:
        return EventPrints()
    whole = sample.stored.rows(0, n)
    hashes = np.zeros(n, dtype=np.uint64)
    interior = np.zeros(n, dtype=np.uint8)
    for place, i in enumerate(indices):
        column = sample.stored.column(i, 0, n) if whole is None else whole[:, i]
        values = np.ascontiguousarray(column, dtype=np.float32)
        hashes = (hashes ^ _mixed(values.view(np.uint32).astype(np.uint64) + np.uint64(place))) * _ODD
        interior += (values > values.min()) & (values < values.max())
    usable = hashes[interior >= LEAST_INTERIOR]
    distinct, counts = np.unique(usable[usable % np.uint64(8) == 0], return_counts=True)
    repeated = 1.0 - len(distinct) / counts.sum() if len(distinct) else 0.0
    kept = distinct[(distinct >> np.uint64(3)) % np.uint64(KEPT // 8) == 0]
    return EventPrints(kept.tobytes(), float(repeated))


_ODD = np.uint64(0x9E3779B97F4A7C15)


def _mixed(values: Hashes) -> Hashes:
    """Bits of each value spread over the word [splitmix64, Steele et al. 2014]."""
    mixed = values * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)
