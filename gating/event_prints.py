"""Fingerprints of a tube's events: apart from TEXT, from Time, and from how the file stores them.

Two files of one tube, saved twice, or with the same events within them, are recognised by these and not by their bytes.
Where scatter is measured finely enough it tells every event apart, to whole numbers: so a copy is recognised whose
values were rounded or compensated, or to which another program added channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Sample
from tregate.gating.order_statistics import distinct
from tregate.gating.read.parameters import is_time
from tregate.gating.read.scatter_names import scatter_name
from tregate.gating.rows import Rows

Hashes = npt.NDArray[np.uint64]

LEAST_CHANNELS = 6
"""Channels but Time with fewer of which two cells may well have the same values."""
LEAST_INTERIOR = 5
"""Values of an event that must lie between the ends of what is looked at: events off scale are alike by themselves."""
KEPT = 64
"""One in so many distinct events is kept to compare tubes."""
CHOSEN = 32
"""One in so many events is looked at."""
CHOSEN_BY = 3
"""Channels, evenly over the file's, whose values decide which: all of them would cost as much as reading the file."""
SCATTER = (("FSC", "A"), ("FSC", "H"), ("SSC", "A"))
FINE = 0.9
"""Share of the looked-at events with a value of their own from which a channel is measured finely."""
FINE_CHANNELS = 2
"""Finely measured channels that are needed: with both, and the third, one event in 10,000 has a twin by chance."""
LOOKED_AT = 2_000
BLOCK = 1 << 14
"""Events taken apart at a time, which stay in the processor's cache."""


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

    def thinned(self, every: int) -> "EventPrints":
        """With one in `every` of the hashes, the same ones in every file.

        >>> EventPrints(np.arange(0, 20, 2, dtype=np.uint64).tobytes()).thinned(4).hashes.tolist()
        [0, 8, 16]
        """
        chosen = self.hashes % np.uint64(KEPT // CHOSEN * every) == 0
        return self if every == 1 else EventPrints(self.hashes.compress(chosen).tobytes(), self.repeated)


def event_prints(sample: Sample) -> EventPrints:
    """Fingerprints of a sample's stored values.

    Examples
    --------
    >>> EventPrints().hashes.size
    0
    """
    scatter = _fine_scatter(sample)
    indices = scatter or [i for i, one in enumerate(sample.parameters) if not is_time(str(one.name))]
    n = sample.n_events
    if n == 0 or (not scatter and len(indices) < LEAST_CHANNELS):
        return EventPrints()
    chosen_by = [indices[i] for i in np.linspace(0, len(indices) - 1, CHOSEN_BY).astype(int)]
    picked = []
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        by = _values(sample, chosen_by, start, stop)
        picked.append(_values(sample, indices, start, stop, _chosen(_whole(by) if scatter else by)))
        sample.stored.passed(start, stop)
    events = np.concatenate(picked, axis=1)
    inside = (events > events.min(axis=1, initial=np.inf)[:, None]) & (
        events < events.max(axis=1, initial=-np.inf)[:, None]
    )
    compared = events[:, inside.sum(axis=0) >= min(LEAST_INTERIOR, len(indices))]
    hashes = _hashes(np.ascontiguousarray(_whole(compared) if scatter else compared))
    different = distinct(hashes)
    repeated = 1.0 - len(different) / len(hashes) if len(hashes) else 0.0
    kept = different[different % np.uint64(KEPT // CHOSEN) == 0]
    return EventPrints(kept.tobytes(), float(repeated))


def _fine_scatter(sample: Sample) -> list[int]:
    """The channels of SCATTER, where their values tell events apart; else none."""
    ranked: dict[tuple[str, str], tuple[int, int]] = {}
    for i, parameter in enumerate(sample.parameters):
        name = scatter_name(str(parameter.name))
        if name is not None:
            key = (name.direction, name.feature)
            ranked[key] = min(ranked.get(key, (name.rank, i)), (name.rank, i))
    if not all(key in ranked for key in SCATTER):
        return []
    indices = [ranked[key][1] for key in SCATTER]
    stop = min(sample.n_events, BLOCK)
    if stop == 0:
        return []
    looked_at = _whole(_values(sample, indices, 0, stop)[:, :: -(-stop // LOOKED_AT)])
    fine = sum(len(distinct(values)) >= FINE * len(values) for values in looked_at)
    return indices if fine >= FINE_CHANNELS else []


def _whole(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """To whole numbers, with one zero."""
    return np.asarray(np.rint(values) + np.float32(0.0), dtype=np.float32)


def _values(
    sample: Sample, indices: Sequence[int], start: int, stop: int, rows: Rows | None = None
) -> npt.NDArray[np.float32]:
    """Stored values of events start..stop, or of some rows of them, a row for each parameter, (len(indices), n)."""
    whole = sample.stored.rows(start, stop)
    if whole is None:
        columns = [sample.stored.column(i, start, stop) for i in indices]
        return np.stack([one if rows is None else one.take(rows) for one in columns]).astype(np.float32)
    events = whole if rows is None else whole[rows]
    return np.ascontiguousarray(events[:, indices].T, dtype=np.float32)


def _chosen(values: npt.NDArray[np.float32]) -> Rows:
    """One in `CHOSEN` events of (p, n), by their values alone, so that the same event is chosen in every file."""
    sums = np.zeros(values.shape[1], dtype=np.uint32)
    for place, words in enumerate(values.view(np.uint32)):
        sums += words * np.uint32(_ODD_32 * (2 * place + 1) & 0xFFFFFFFF)
    sums ^= sums >> np.uint32(15)
    sums *= np.uint32(_ODD_32)
    return np.flatnonzero(sums < np.uint32(2**32 // CHOSEN))


_ODD = np.uint64(0x9E3779B97F4A7C15)
_ODD_32 = 0x9E3779B1


def _hashes(values: npt.NDArray[np.float32]) -> Hashes:
    """A hash of each event, (p, n) -> (n,)."""
    hashes = np.zeros(values.shape[1], dtype=np.uint64)
    for place, words in enumerate(values.view(np.uint32)):
        hashes = (hashes ^ _mixed(words.astype(np.uint64) + np.uint64(place))) * _ODD
    return hashes


def _mixed(values: Hashes) -> Hashes:
    """Bits of each value spread over the word [splitmix64, Steele et al. 2014]."""
    mixed = values * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)
