"""Cells that passed the laser in pairs: how many, and what every cell count is to be divided by.

An event of two cells passes no gate of single cells, so a share c of the leucocytes in pairs is lost to every count:
cells = counted cells / (1 - c). From P events of two leucocytes and S of one, c = 2 P / (S + 2 P).
The relative SD of the factor 1 / (1 - c) is c / (1 - c) times that of c: counting, 1 / sqrt(P), the method,
35 %, and the spread between pooled tubes.

P is what the pulses show: about 15 % of the pairs arrive so close together that their pulse looks like one cell's.
A cell meets a bead as often as another particle: B beads per leucocyte take c B more of the cells, whose event is
counted as a bead. Where these numbers are from: docs/sources.md, cells in pairs.
"""

import math
from dataclasses import dataclass
from typing import Literal

from tregate.gating.count.terms import Z

Source = Literal["tube", "batch", "impossible", "declared", "none", "off"]
"""Where c comes from: this tube's pulses; those of the batch's tubes; impossible double positives; study.yaml;
nowhere; or not asked for."""

PairCorrection = Literal["correct", "report", "none"]
"""Correct cells/µL for pairs, only report the factor, or neither."""

ENOUGH_PAIRS = 25
"""Pair events from which a tube speaks for itself: counting error of c 20 %."""
METHOD = 0.35
"""Relative SD of c by the method (docs/sources.md, cells in pairs)."""
SHOWN = 0.85
"""Share of the pairs that the pulses show; the others arrived so close together that they look like one cell."""
IMPOSSIBLE = 0.5
"""The same for impossible double positives: real biology counts as pairs there."""
DECLARED = 0.5
"""The same for a declared share without its own uncertainty."""
UNMEASURED_ABOVE = 0.03
"""Where c is not known, the upper limit is this much higher: pairs only ever lower a count."""


@dataclass(frozen=True, slots=True)
class PairsSeen:
    """Events of one and of two leucocytes in one tube."""

    singles: float
    pairs: float
    """Events of two leucocytes, background taken off."""
    source: Source = "tube"
    beads: float = 0.0
    """Beads per leucocyte: cells meet them too."""

    @property
    def share(self) -> float:
        """Share of the leucocytes seen to pass in pairs, 0 to 1."""
        return 2.0 * self.pairs / self.cells if self.cells > 0 else 0.0

    @property
    def cells(self) -> float:
        """Leucocytes in all these events."""
        return self.singles + 2.0 * self.pairs

    @property
    def lost(self) -> float:
        """Share of the leucocytes that passed with another one or with a bead, whether or not it was seen, 0 to 1."""
        shown = 1.0 if self.source == "impossible" else SHOWN
        return self.share / shown * (1.0 + self.beads)


@dataclass(frozen=True, slots=True)
class Coincidence:
    """What counts of a tube are multiplied by, and how well it is known.

    Numbers have six significant digits, so that counts.csv holds them in full.
    """

    factor: float = 1.0
    """1 / (1 - c)."""
    relative_sd: float = 0.0
    """Of the factor."""
    source: Source = "off"
    pair_events: float | None = None
    """Pair events that c rests on; None where none were counted."""
    applied: bool = True
    """False: the factor is reported and not used (`coincidence: report`)."""

    @property
    def share(self) -> float:
        """Share of the leucocytes in pairs, 0 to 1."""
        return 1.0 - 1.0 / self.factor

    @property
    def low(self) -> float:
        """Lower 95 % limit of the factor; at least 1, since pairs only take away."""
        return max(1.0, self.factor * math.exp(-Z * self.relative_sd))

    @property
    def high(self) -> float:
        """Upper 95 % limit of the factor."""
        unknown = 1.0 + UNMEASURED_ABOVE if self.source == "none" else 1.0
        return self.factor * math.exp(Z * self.relative_sd) * unknown


OFF = Coincidence()
"""No correction was asked for."""
UNKNOWN = Coincidence(source="none")
"""A correction was asked for, and nothing measures the share of pairs."""


def by_pairs(seen: PairsSeen, source: Source = "tube", between: float = 0.0) -> Coincidence:
    """The factor from counted pairs. `between`: relative SD of c between the tubes that were pooled.

    >>> found = by_pairs(PairsSeen(9800, 100))
    >>> f"{found.share:.4f} {found.factor:.4f} {100 * found.relative_sd:.2f} %"
    '0.0235 1.0241 0.88 %'
    """
    method = IMPOSSIBLE if seen.source == "impossible" else METHOD
    error = math.sqrt(1.0 / max(seen.pairs, 1.0) + method**2 + between**2)
    return _of_share(seen.lost, error, source, seen.pairs)


def declared(share: float, relative_sd: float = DECLARED) -> Coincidence:
    """The factor from a declared share of leucocytes in pairs (0 to 1) and its relative SD."""
    return _of_share(share, relative_sd, "declared", None)


def pooled(tubes: "list[PairsSeen]") -> Coincidence | None:
    """The factor of a batch: pairs of all its tubes together; None below 25 pairs.

    The spread between the tubes beyond counting is a term of its own [DerSimonian & Laird 1986].
    """
    singles, pairs = math.fsum(t.singles for t in tubes), math.fsum(t.pairs for t in tubes)
    if pairs < ENOUGH_PAIRS:
        return None
    mean = pairs / (singles + 2.0 * pairs)
    expected = [mean * tube.cells for tube in tubes]
    excess = math.fsum((t.pairs - e) ** 2 / e for t, e in zip(tubes, expected, strict=True) if e > 0) - (len(tubes) - 1)
    scale = math.fsum(expected) - math.fsum(e * e for e in expected) / math.fsum(expected)
    between = math.sqrt(max(0.0, excess) / scale) if scale > 0 else 0.0
    beads = math.fsum(tube.beads * tube.cells for tube in tubes) / (singles + 2.0 * pairs)
    return by_pairs(PairsSeen(singles, pairs, beads=beads), "batch", between)


def best(seen: PairsSeen | None, batch: Coincidence | None, share: float | None) -> Coincidence:
    """The first that is good enough: this tube's pairs, the batch's, impossible events, the declared share.

    A tube of fewer than 25 pairs without a batch still speaks for itself, with its own wide counting error.
    """
    if seen is not None and seen.source == "tube" and seen.pairs >= ENOUGH_PAIRS:
        return by_pairs(seen)
    if batch is not None:
        return batch
    if seen is not None and (seen.source == "tube" or seen.pairs >= ENOUGH_PAIRS):
        return by_pairs(seen, seen.source)
    return UNKNOWN if share is None else declared(share)


def _of_share(share: float, error: float, source: Source, pairs: float | None) -> Coincidence:
    factor = 1.0 / (1.0 - min(share, 0.9))
    return Coincidence(
        float(f"{factor:.6g}"),
        float(f"{error * (factor - 1.0):.6g}"),
        source,
        None if pairs is None else float(f"{pairs:.6g}"),
    )
