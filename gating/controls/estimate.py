"""All controls of a setting -> their spillover matrix: slopes, refinement on compensated values, intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tregate.gating.controls.assigned import Label
from tregate.gating.controls.groups import Groups, groups
from tregate.gating.controls.levels import Levels, brightest, levels
from tregate.gating.controls.slope import Slope, grouped_slope
from tregate.gating.controls.tube import ControlTube
from tregate.gating.controls.verdicts import (
    NEGATIVES_OFF,
    SECOND_SLOPE,
    Judged,
    Verdict,
    is_dim,
    judge,
)
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.units import Channel
from tregate.gating.wording import percent_text

MOVED = 1e-4
"""Residual slope below which refinement ends [Roca et al. 2021, Nat Commun 12:2890 (AutoSpill)]."""
ROUNDS = 20
APART = 4.0
"""Standard errors between the slopes of the brighter and the dimmer positive events from which they contradict."""
MATTERS = 0.0015
"""Difference of these slopes below which it is of no consequence, and the limits stay those of the regression."""
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Pair:
    """One entry of the matrix: how much of a dye is read by another channel."""

    control: str
    """File name of the control."""
    own: int
    into: int
    slope: float
    low: float
    high: float
    """95 % confidence limits. They contain the slopes of brighter and dimmer events where these contradict."""
    residual: float
    """Slope that is left after compensation."""
    second_slope: float
    """Fraction of the positive events far above the line."""


@dataclass(frozen=True)
class Estimated:
    """The matrix of a set of controls."""

    channels: tuple[Channel, ...]
    controls: tuple[Judged, ...]
    """One per control in the order given, then one per channel that none is of."""
    pairs: tuple[Pair, ...]
    included: tuple[int, ...]
    """Channels of the matrix: those with a control that is used."""
    matrix: FloatArray = field(repr=False)
    """(channels, channels), row = dye, column = detector, 1 on the diagonal; 0 in rows without a control."""
    rounds: int = 0
    unstained: str = ""
    """File name of the unstained tube."""


def estimate(tubes: Sequence[ControlTube], labels: Sequence[Label]) -> Estimated:
    """Spillover matrix of single-stain controls with the same channels, acquired at one setting.

    Parameters
    ----------
    tubes : the controls, among them at most one unstained tube that is used (the first)
    labels : what is written about each

    Raises ValueError where there is no tube, or where tubes have different channels.
    Method: docs/how-to/compensate.md.
    """
    if not tubes or len({tube.channels for tube in tubes}) > 1 or len(tubes) != len(labels):
        raise ValueError("controls of the same channels are needed")
    channels = tubes[0].channels
    blank = next((k for k, label in enumerate(labels) if label.unstained), None)
    stained = [k for k, label in enumerate(labels) if not label.unstained]
    if blank is None:
        blank = _without_stain(tubes, labels)
        stained = [k for k in stained if k != blank]
    unstained = None if blank is None else tubes[blank]
    level = levels(unstained, [tubes[k] for k in stained] or tubes)
    judged = [_judged(tubes[k], labels[k], level, unstained) for k in stained]
    judged = _one_per_channel(judged)
    judged, pairs, matrix, rounds = _refined(judged, len(channels))
    included = tuple(sorted(one.own for one in judged if one.used and one.own is not None))
    named = {one.own for one in judged}
    missing = [_missing(i, channels) for i in range(len(channels)) if i not in included and i not in named]
    return Estimated(
        channels, (*judged, *missing), pairs, included, matrix, rounds, "" if unstained is None else unstained.name
    )


def _without_stain(tubes: Sequence[ControlTube], labels: Sequence[Label]) -> int | None:
    """The only tube about which nothing is written and that has no stained events: an unstained one."""
    silent = [k for k, one in enumerate(labels) if one.stated is None and not one.contradicts_itself]
    level = levels(None, tubes)
    bare = [k for k in silent if brightest(tubes[k], level).channel is None]
    return bare[0] if len(bare) == 1 and len(tubes) > 1 else None


def _judged(tube: ControlTube, label: Label, level: Levels, unstained: ControlTube | None) -> Judged:
    bright = brightest(tube, level)
    found = None if bright.channel is None else groups(tube, bright.channel, bright, level, unstained)
    return judge(tube, label, bright, level, found)


def _one_per_channel(judged: Sequence[Judged]) -> list[Judged]:
    """Of several controls of a channel the best: good before others, then the brighter."""
    best: dict[int | None, Judged] = {}
    for one in judged:
        held = best.get(one.own)
        if one.used and (held is None or _rank(one) > _rank(held)):
            best[one.own] = one
    return [
        replace(one, used=False, message=one.message or _spare(one, best[one.own]))
        if one.used and best[one.own] is not one
        else one
        for one in judged
    ]


def _rank(one: Judged) -> tuple[bool, float]:
    return one.verdict is Verdict.GOOD, 0.0 if one.groups is None else one.groups.median


def _spare(one: Judged, better: Judged) -> str:
    return f"{one.name}: not used, because {better.name} is of the same channel and better."


def _missing(channel: int, channels: Sequence[Channel]) -> Judged:
    message = (
        f"{channels[channel]}: no control, so the matrix lacks this channel. Add its single stain, or leave the "
        "channel out of the panel."
    )
    return Judged("", channel, Verdict.MISSING, False, message)


def _refined(judged: Sequence[Judged], n: int) -> tuple[list[Judged], tuple[Pair, ...], FloatArray, int]:
    """Slopes on raw values, then on compensated ones until none is left; with verdicts that need the slopes."""
    used = [(one, one.groups, one.own) for one in judged if one.used and one.groups is not None and one.own is not None]
    matrix = np.eye(n)
    for _, found, own in used:
        for into, slope in _slopes(found, own, np.eye(n)).items():
            matrix[own, into] = slope.value
    rounds = 0
    for rounds in range(1, ROUNDS + 1):  # noqa: B007 - the number of rounds is a result
        left = np.zeros((n, n))
        inverse = _inverse(matrix)
        for _, found, own in used:
            for into, slope in _slopes(found, own, inverse).items():
                left[own, into] = slope.value
        if np.abs(left).max() < MOVED:
            break
        moved = (np.eye(n) + left) @ matrix
        matrix = moved / np.diag(moved)[:, None]
    inverse = _inverse(matrix)
    pairs: list[Pair] = []
    verdicts: dict[int, Judged] = {}
    for one, found, own in used:
        raw, after = _slopes(found, own, np.eye(n)), _slopes(found, own, inverse)
        parts = [_slopes(_half(found, own, brighter), own, np.eye(n)) for brighter in (True, False)]
        dim = [into for into in raw if is_dim(found, into)]
        mine = [
            _pair(one.name, own, into, float(matrix[own, into]), raw[into], after[into],
                  [part[into] for part in parts], _off(found, into) if dim else 0.0)
            for into in raw
        ]  # fmt: skip
        pairs += mine
        verdicts[own] = _with_slopes(one, found, mine, dim)
    judged = [verdicts[one.own] if one.used and one.own in verdicts else one for one in judged]
    return judged, tuple(pairs), matrix, rounds


def _slopes(found: Groups, own: int, inverse: FloatArray) -> dict[int, Slope]:
    """Channel -> slope on the own channel, of values compensated by `inverse`."""
    events = np.concatenate([found.negative, found.positive]) @ inverse
    positive = np.arange(len(events)) >= len(found.negative)
    return {
        into: grouped_slope(events[:, own], events[:, into], positive) for into in range(events.shape[1]) if into != own
    }


def _inverse(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _half(found: Groups, own: int, brighter: bool) -> Groups:
    x = found.positive[:, own]
    middle = np.median(x)
    return replace(found, positive=found.positive[x > middle if brighter else x <= middle])


def _off(found: Groups, into: int) -> float:
    return NEGATIVES_OFF * float(found.width[into]) / found.median


def _pair(
    control: str, own: int, into: int, entry: float, raw: Slope, after: Slope, halves: Sequence[Slope], off: float
) -> Pair:
    low, high = entry - Z95 * raw.error, entry + Z95 * raw.error
    brighter, dimmer = halves
    error = float(np.hypot(brighter.error, dimmer.error))
    if abs(brighter.value - dimmer.value) > max(APART * error, MATTERS):
        low = min(low, *(half.low for half in halves))
        high = max(high, *(half.high for half in halves))
    return Pair(control, own, into, entry, low - Z95 * off, high + Z95 * off, after.value, raw.above)


def _with_slopes(one: Judged, found: Groups, pairs: Sequence[Pair], dim: Sequence[int]) -> Judged:
    if one.verdict is not Verdict.GOOD:
        return one
    second = max(pairs, key=lambda pair: pair.second_slope)
    if second.second_slope > SECOND_SLOPE:
        message = (
            f"{one.name}: contamination: {percent_text(second.second_slope)} of the positive events follow a second, "
            f"steeper slope (limit {percent_text(SECOND_SLOPE)}). They are given no weight; prepare the control again."
        )
        return replace(one, verdict=Verdict.CONTAMINATED, message=message, foreign_channel=second.into)
    if dim:
        widest = max(pairs, key=lambda pair: pair.high - pair.low)
        message = (
            f"{one.name}: too dim ({found.median:.3g} above the negative events), so an entry of its row is uncertain "
            f"by up to ±{(widest.high - widest.low) / 2:.2g} (limit 0.01). Stain a brighter control with the same dye."
        )
        return replace(one, verdict=Verdict.DIM, message=message)
    return one
