"""Whether a control can be used: one verdict each, with the reason in words."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

from tregate.gating.controls.assigned import Label
from tregate.gating.controls.groups import Groups
from tregate.gating.controls.levels import Brightest, Levels
from tregate.gating.controls.tube import ControlTube
from tregate.gating.units import Channel
from tregate.gating.wording import percent_text

FEW = 50
"""Positive events below which a control is called few."""
FEWEST = 20
"""Positive events below which it is not used."""
TOP_SHARE = 0.02
"""Fraction of the positive events at the top of scale from which a control is called saturated."""
TOP_REFUSED = 0.5
"""Fraction from which it is not used: what is left of it is its dim part."""
FOREIGN = 0.03
"""Events brightest in another channel, per event brightest in the own one, from which a control is contaminated."""
SURE = 4.0
"""Standard errors by which such events must exceed those of an unstained tube."""
SECOND_SLOPE = 0.05
"""Fraction of the positive events far above the line of a channel from which a second slope is reported."""
NEGATIVES_OFF = 0.25
"""Negative widths by which the negative events of a control may be off: their autofluorescence is never quite alike."""
SHIFT = 0.01
"""Shift of an entry, by negatives that are off by so much, from which a control is too dim."""


class Verdict(StrEnum):
    """What a control is worth."""

    GOOD = "good"
    DIM = "dim"
    SATURATED = "saturated"
    FEW = "few"
    NEGATIVE = "negative"
    CONTAMINATED = "contaminated"
    SWAPPED = "swapped"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Judged:
    """A control with its verdict."""

    name: str
    """File name; "" for a channel that no control is of."""
    own: int | None
    """0-based channel it is of; None where that is not known."""
    verdict: Verdict
    used: bool
    message: str = ""
    label: Label = field(default_factory=Label)
    brightest: int | None = None
    groups: Groups | None = field(default=None, repr=False)
    foreign: float = 0.0
    """Events brightest in another channel, per event brightest in the own one."""
    foreign_channel: int | None = None
    events: int = 0


def judge(tube: ControlTube, label: Label, bright: Brightest, level: Levels, found: Groups | None) -> Judged:
    """The verdict on one control before its slopes are known; `found` are its groups in the brightest channel."""
    names, own = tube.channels, bright.channel
    foreign, other = _foreign(bright, level)

    def verdict(kind: Verdict, used: bool, message: str, channel: int | None = own) -> Judged:
        return Judged(tube.name, channel, kind, used, message, label, own, found, foreign, other, len(tube.events))

    if own is None or found is None:
        message = (
            f"{tube.name}: no positive events, so it says nothing about spillover. Check that the dye was added, and "
            "acquire the control again."
        )
        return verdict(Verdict.NEGATIVE, False, message, label.stated)
    if label.contradicts_itself or (label.stated is not None and label.stated != own):
        return verdict(Verdict.SWAPPED, False, _swapped(tube.name, label, own, names), label.stated)
    n = len(found.positive)
    if found.negatives == "none":
        message = (
            f"{tube.name}: no negative events of the same scatter, neither its own nor unstained ones, so the control "
            "is not used. Add an unstained tube of the same particles."
        )
        return verdict(Verdict.FEW, False, message)
    if found.at_top > TOP_SHARE:
        used = found.at_top <= TOP_REFUSED and n >= FEWEST
        message = (
            f"{tube.name}: {percent_text(found.at_top)} of the positive events are at the top of scale of "
            f"{names[own]} (limit {percent_text(TOP_SHARE)}); {'only the others are' if used else 'it is not'} used. "
            "Acquire it again at a lower voltage."
        )
        return verdict(Verdict.SATURATED, used, message)
    if n < FEW:
        used = n >= FEWEST
        result = "its intervals are wide" if used else "it is not used"
        message = f"{tube.name}: {n} positive events (at least {FEW} required), so {result}. Acquire more events."
        return verdict(Verdict.FEW, used, message)
    if foreign > FOREIGN and other is not None:
        message = (
            f"{tube.name}: contamination: {percent_text(foreign)} as many events are brightest in {names[other]} as in "
            f"{names[own]} (limit {percent_text(FOREIGN)}). They are given no weight; prepare the control again."
        )
        return verdict(Verdict.CONTAMINATED, True, message)
    return verdict(Verdict.GOOD, True, "")


def is_dim(found: Groups, channel: int) -> bool:
    """Whether negatives that are off by a quarter of their width shift an entry into `channel` by more than 0.01."""
    return NEGATIVES_OFF * float(found.width[channel]) > SHIFT * found.median


def _foreign(bright: Brightest, level: Levels) -> tuple[float, int | None]:
    if bright.channel is None:
        return 0.0, None
    beyond = bright.fractions - level.stained
    own = max(float(beyond[bright.channel]), 1e-12)
    others = beyond.copy()
    others[bright.channel] = -1.0
    other = int(others.argmax())
    error = math.sqrt((float(bright.fractions[other]) + float(level.stained[other])) / max(bright.singles, 1))
    excess = float(others[other])
    return (excess / own if excess > SURE * error else 0.0), other


def _swapped(name: str, label: Label, own: int, channels: tuple[Channel, ...]) -> str:
    says = [
        f"{what} {channels[channel]}"
        for what, channel in (("stain", label.by_stain), ("name", label.by_name), ("channels.csv", label.by_user))
        if channel is not None
    ]
    return (
        f"{name} seems swapped: it is brightest in {channels[own]}, but states {' and '.join(says)}, so it is not "
        "used. If its label is wrong, state the channel in channels.csv."
    )
