"""Events that are columns in memory, as `contains` asks for them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tregate.gating.units import Marker


@dataclass(frozen=True)
class Columns:
    """Marker -> (n_events,) linear intensities."""

    of: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.of.values())))

    def values(self, marker: Marker) -> np.ndarray:
        return self.of[marker]

    def thinned(self, chosen: np.ndarray) -> "Columns":
        return Columns({marker: column[chosen] for marker, column in self.of.items()})
