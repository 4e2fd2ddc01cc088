"""What a synthetic tube really holds, in the form that a result is held against."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth of one tube and of the blood in it."""

    members: Mapping[str, BoolArray]
    """Population -> (n_events,): single living cells that are of it."""
    beads: npt.NDArray[np.intp]
    """(n_events,): beads in each event; zeros for a washed tube."""
    cells_per_ul: Mapping[str, float]
    """Population -> concentration in the blood [cells/µL]."""
    beads_per_ul: float | None = None
    bead_volume_ul: float | None = None
    blood_volume_ul: float | None = None

    @property
    def with_beads(self) -> bool:
        return self.beads_per_ul is not None
