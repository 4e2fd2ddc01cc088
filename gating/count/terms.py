"""Where the uncertainty of a value comes from, by name."""

import math
from dataclasses import dataclass, fields

Z = 1.959963984540054
"""97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Relative standard deviations of a value, one for each source of uncertainty; 0.02 is 2 %."""

    counting: float = 0.0
    """Events and beads counted."""
    beads: float = 0.0
    """Beads/µL of the lot, as its maker states."""
    preparation: float = 0.0
    """Pipetting and lysing, as the laboratory declares."""
    coincidence: float = 0.0
    """Share of the cells that passed in pairs."""
    gate: float = 0.0
    """The gate's own place, by the strategy's validation or by a learned gate's own doubt."""
    replicates: float = 0.0
    """What replicates differ by beyond the other terms, in the mean of replicates."""

    @property
    def besides_counting(self) -> float:
        """All but counting, in squares."""
        return math.hypot(self.beads, self.preparation, self.coincidence, self.gate, self.replicates)

    @property
    def total(self) -> float:
        """All together, in squares.

        >>> f"{Terms(counting=0.03, gate=0.04).total:.3f}"
        '0.050'
        """
        return math.hypot(self.counting, self.besides_counting)

    @property
    def largest(self) -> str:
        """Name of the largest term; "" where there is none."""
        by_name = {one.name: float(getattr(self, one.name)) for one in fields(self)}
        name = max(by_name, key=lambda term: by_name[term])
        return name if by_name[name] > 0 else ""


NO_TERMS = Terms()
