"""Named quantities: the words a reader meets before the algorithms."""

from typing import NewType

Marker = NewType("Marker", str)
"""What a strategy names: "CD4", "Foxp3", "FSC-A", "Time". Never a detector."""

Channel = NewType("Channel", str)
"""What a file calls a detector: `$PnN`, for example "FL2 INT LOG" or "PE-A"."""

PopulationName = NewType("PopulationName", str)
"""Name of a population, unique in its strategy: "CD4+", "Treg"."""

Fraction = NewType("Fraction", float)
"""Between 0 and 1."""

Microlitre = NewType("Microlitre", float)
"""Volume [µL]."""

CellsPerMicrolitre = NewType("CellsPerMicrolitre", float)
"""Concentration [cells/µL] = 10^6 cells/L = cells/mm3."""

BeadsPerMicrolitre = NewType("BeadsPerMicrolitre", float)
"""Concentration of counting beads, stated by the lot [beads/µL]."""

Second = NewType("Second", float)
"""Time [s]."""


def is_physical(marker: str) -> bool:
    """Scatter and time: signals of every cytometer, needing no panel."""
    return marker in ("FSC-A", "FSC-H", "FSC-W", "SSC-A", "SSC-H", "SSC-W", "Time")
