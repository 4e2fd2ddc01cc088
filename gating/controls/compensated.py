"""Controls that were compensated before they were exported: no spillover is left, but its photon noise is.

The light that a dye throws into another detector varies with the number of photons. Compensation takes its mean away
and leaves the variation, the spillover spreading [Nguyen et al. 2013, Cytometry A 83:306]: positive events are then
broader than negative ones in a channel into which nothing seems to spill. Where nothing ever did, they are not.
"""

from collections.abc import Iterable

from tregate.gating.controls.estimate import Estimated, Pair
from tregate.gating.controls.groups import Groups
from tregate.gating.events import Spillover
from tregate.gating.order_statistics import robust_sd
from tregate.gating.units import Channel

NEAR_ZERO = 0.01
"""Largest entry of a matrix without spillover."""
NOTHING = 0.003
"""Entry below which what is thrown into a channel is too little to broaden it."""
BROADER = 3.0
"""Times the spread of the negative events, in a channel about which no matrix says anything."""
REAL = 0.05
"""Stated entry that controls of its dye cannot lack."""
BROADER_AS_STATED = 1.5
"""Times that spread, in a channel into which the dye spills by a stated matrix."""


def seem_compensated(estimated: Estimated, stated: Iterable[Spillover]) -> bool:
    """Whether the controls show no spillover although there was some. `stated`: matrices of files of their setting."""
    if not estimated.pairs or any(abs(pair.slope) > NEAR_ZERO for pair in estimated.pairs):
        return False
    matrices = list(stated)
    found = {one.own: one.groups for one in estimated.controls if one.used and one.groups is not None}
    for pair in estimated.pairs:
        broader = _broader(found[pair.own], pair)
        own, into = estimated.channels[pair.own], estimated.channels[pair.into]
        if broader >= BROADER and abs(pair.slope) <= NOTHING:
            return True
        if broader >= BROADER_AS_STATED and any(abs(_entry(one, own, into)) >= REAL for one in matrices):
            return True
    return False


def _entry(stated: Spillover, own: Channel, into: Channel) -> float:
    """0 where the matrix lacks a channel."""
    if own not in stated.channels or into not in stated.channels:
        return 0.0
    return float(stated.matrix[stated.channels.index(own), stated.channels.index(into)])


def _broader(found: Groups, pair: Pair) -> float:
    """Spread of the positive events about their line, in the other channel, relative to that of the negative ones."""
    spreads = [
        robust_sd(events[:, pair.into] - pair.slope * events[:, pair.own])
        for events in (found.positive, found.negative)
        if len(events)
    ]
    return spreads[0] / max(spreads[1], 1e-9) if len(spreads) == 2 else 0.0
