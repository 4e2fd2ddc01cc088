"""Some events of one tube with their populations: what a page shows as dots on any two axes.

Every population keeps the same number of its events, chosen by one order of all events: those of a population among
the chosen that come first are an even choice of its events, whatever else was chosen. The order is a multiplicative
hash of the event's number (Knuth 1998, The Art of Computer Programming 3, section 6.4), so that any stretch of the
acquisition has its share, and the same file always gives the same events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.lookup import near_scaled
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis
from tregate.gating.units import PopulationName

ALL = PopulationName("all")
AT_MOST = 100
"""Events of every population."""

_GOLDEN = np.uint32(2654435769)
"""2³² over the golden ratio."""


@dataclass(frozen=True, slots=True)
class SampledEvents:
    """Some events, first those that come first in every population."""

    axes: tuple[Axis, ...]
    positions: FloatArray
    """(n_axes, n) on each axis' scale, near enough to be seen."""
    members: Mapping[PopulationName, npt.NDArray[np.bool_]]
    """Population -> (n,) True for its events; "all" is not listed."""


def sampled_events(prepared: Prepared, gated: Gated, axes: Sequence[Axis], at_most: int = AT_MOST) -> SampledEvents:
    """Up to `at_most` events of every population, and their positions on the axes."""
    n, early = gated.n_events, _early(gated.n_events)
    masks = {name: gated.mask(name) for name in gated.members}
    first = [_first(n, early, None, n, at_most)]
    first += [_first(n, early, mask, gated.events[name], at_most) for name, mask in masks.items()]
    rows = np.unique(np.concatenate(first))
    by_rank = np.argsort(_rank(rows))
    frame = EventSubset(Block(prepared, 0, n)).thinned(rows)
    scaled = [near_scaled(axis.scale, frame.values(axis.marker))[by_rank] for axis in axes]
    positions = np.stack(scaled) if scaled else np.empty((0, len(rows)))
    return SampledEvents(tuple(axes), positions, {name: mask[rows[by_rank]] for name, mask in masks.items()})


def first_of(mask: npt.NDArray[np.bool_], events: int, at_most: int) -> npt.NDArray[np.intp]:
    """Rows of up to `at_most` of the `events` members of a mask (n_events,): an even choice, always the same."""
    return _first(len(mask), _early(len(mask)), mask, events, at_most)


def _rank(rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint32]:
    return rows.astype(np.uint32) * _GOLDEN


def _early(n_events: int) -> npt.NDArray[np.intp]:
    """Rows of the sixteenth of all events that comes first, in that order: of most populations it has enough."""
    rows = _early_below(1 << max(n_events - 1, 0).bit_length())
    return rows[rows < n_events]


@lru_cache(maxsize=4)
def _early_below(n_events: int) -> npt.NDArray[np.intp]:
    rank = _rank(np.arange(n_events))
    rows = np.flatnonzero(rank < np.uint32(2**28))
    return np.asarray(rows[np.argsort(rank[rows])])


def _first(
    n_events: int,
    early: npt.NDArray[np.intp],
    mask: npt.NDArray[np.bool_] | None,
    events: int,
    at_most: int,
) -> npt.NDArray[np.intp]:
    """The `at_most` members that come first: looked for among few events, then among more, then among all."""
    wanted = min(at_most, events)
    for among in (early[: 16 * at_most], early):
        rows = among if mask is None else among[mask[among]]
        if len(rows) >= wanted:
            return rows[:at_most]
    rows = np.arange(n_events) if mask is None else np.flatnonzero(mask)
    return np.asarray(rows[np.argsort(_rank(rows))][:at_most])
