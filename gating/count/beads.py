"""Beads counted and beads added: how much blood an acquisition stands for."""

from dataclasses import dataclass

import numpy as np

from tregate.gating.count.estimates import CountingInput
from tregate.gating.errors import CountError
from tregate.gating.events import Gated
from tregate.gating.strategy.schema import BeadCounting
from tregate.gating.units import CellsPerMicrolitre, Microlitre, PopulationName

QUANTIFIABLE = 50
"""Events from which a count is quantifiable [ICCS module; docs/sources.md#event-bands]."""


@dataclass(frozen=True, slots=True)
class BeadCount:
    """Beads seen in one acquisition."""

    events: int
    """Events of the bead region, doublets among them."""
    doublets: int
    beads: int
    """Beads counted: a doublet is two or one, as the strategy says."""

    @property
    def effective(self) -> float:
        """Independent bead events that carry the same information: beads² / sum of squared beads an event.

        A doublet brings two beads by one arrival, so counted beads vary more than their square root says.
        """
        each = self.beads - self.events + self.doublets
        squares = (self.events - self.doublets) + (each * each / self.doublets if self.doublets else 0)
        return self.beads**2 / squares if squares else 0.0


def doublets_count(counting: BeadCounting, load: CountingInput | None) -> int:
    """Beads that a bead doublet counts as: by the bead product, else by the strategy."""
    stated = counting.doublets if load is None or load.bead_doublets is None else load.bead_doublets
    return 2 if stated == "two" else 1


def count_beads(gated: Gated, counting: BeadCounting, load: CountingInput | None = None) -> BeadCount | None:
    """Beads of the tube; None where the bead gate found no place."""
    name = PopulationName(counting.population)
    if name in gated.unmeasured:
        return None
    events = gated.events[name]
    doublets = 0
    pairs = PopulationName(counting.doublet_population) if counting.doublet_population else None
    if pairs is not None and pairs not in gated.unmeasured:
        doublets = gated.events[pairs]
        if gated.bead_events is not None:
            events = gated.bead_events
        elif doublets:
            events = int(np.bitwise_count(gated.members[name] | gated.members[pairs]).sum())
    return BeadCount(events, doublets, events + doublets * (doublets_count(counting, load) - 1))


def beads_added(load: CountingInput) -> float:
    """Beads that went into the tube. Raises CountError where the load does not say."""
    if load.beads_per_tube is not None:
        return load.beads_per_tube
    if load.beads_per_ul is None or load.bead_volume_ul is None:
        raise CountError(
            f'Bead lot "{load.lot}": neither beads per tube nor beads/µL with a bead volume is given. Enter '
            "`beads_per_tube`, or `bead_volume_ul` and the lot's `beads_per_ul`."
        )
    return load.beads_per_ul * load.bead_volume_ul


def per_ul_factor(load: CountingInput) -> float:
    """Cells/µL of blood for one cell per bead: beads added / blood volume x dilution.

    Source: docs/sources.md#counting-by-beads.
    """
    factor = beads_added(load) / load.blood_volume_ul * load.dilution if load.blood_volume_ul > 0 else 0.0
    if not factor > 0.0:
        raise CountError(
            f'Bead lot "{load.lot}": beads added, blood volume and dilution must be above 0. Correct the tube\'s '
            "row in samples.csv or the lot in bead_lots.csv."
        )
    return factor


def blood_analysed(beads: int, load: CountingInput) -> Microlitre:
    """Blood that the acquisition stands for [µL] (docs/sources.md#blood-analysed)."""
    return Microlitre(beads / per_ul_factor(load))


def limit_of_quantification(volume: Microlitre) -> CellsPerMicrolitre:
    """Concentration at which the acquisition holds 50 events [cells/µL]. Needs volume > 0."""
    return CellsPerMicrolitre(QUANTIFIABLE / volume)
