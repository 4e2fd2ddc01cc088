"""Cytometers as files show them: tops of scale, names, noise, scatter conventions, spillover, time."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Instrument:
    """How light becomes a file."""

    top: int = 262144
    shift: float = 0.0
    """Decades by which signals lie lower on this scale than on the usual one that ends at 2**18."""
    noise: float = 45.0
    """Sd of the baseline, in units of the 2**18 scale."""
    photon: float = 5.0
    """Variance per unit of signal, same units."""
    forward: tuple[str, str, str] = ("FSC-A", "FSC-H", "FSC-W")
    """Names of area, height and width; an empty name is a signal that the file lacks."""
    side: str = "SSC-A"
    side_gain: float = 1.0
    detectors: tuple[str, ...] = (
        "FITC-A",
        "PE-A",
        "PE-Texas Red-A",
        "PerCP-Cy5-5-A",
        "PE-Cy7-A",
        "APC-A",
        "APC-H7-A",
        "V450-A",
        "V500-A",
        "BV605-A",
        "BV711-A",
        "BV786-A",
    )
    dyes: tuple[str, ...] = (
        "FITC",
        "PE",
        "PE-CF594",
        "PerCP-Cy5.5",
        "PE-Cy7",
        "APC",
        "APC-H7",
        "V450",
        "V500",
        "BV605",
        "BV711",
        "BV786",
    )
    stain: str = "{marker} {dye}"
    spill: str = "SPILL"
    """Keyword of the matrix; "number" is $SPILLOVER by channel numbers; "identity" is unmixed data."""
    spill_strength: float = 0.12
    storage: str = "float"
    big_endian: bool = False
    log10bit: bool = False
    """Four decades in 1024 channels, compensated in hardware."""
    time: tuple[str, float, str] | None = ("Time", 0.01, "0.01")
    """Name, seconds a tick, $TIMESTEP (empty: not given)."""
    cyt: str = "FACSCanto II"


BEAUTY = ("FL1", "FL2", "FL3", "FL4", "FL5", "FL6", "FL7", "FL8", "FL9", "FL10", "FL11", "FL12")
COULTER = ("FITC", "RD1", "ECD", "PC5", "PC7", "APC", "APC-AF700", "APC-AF750", "PB", "KO", "SNv605", "SNv660")

CANTO = Instrument()
LSR = Instrument(
    forward=("FSC-A", "", ""), time=None, spill_strength=0.3, big_endian=True, noise=70.0, cyt="LSRFortessa"
)
LYRIC = Instrument(
    forward=("FSC-A", "FSC-H", ""),
    side_gain=0.7,
    time=("Time", 0.1, ""),
    noise=30.0,
    cyt="FACSLyric",
    spill="$SPILLOVER",
)
NAVIOS = Instrument(
    top=1048576,
    noise=35.0,
    forward=("FS INT", "FS PEAK", "FS TOF"),
    side="SS INT",
    detectors=tuple(f"{n} INT" for n in BEAUTY),
    dyes=COULTER,
    stain="{marker}-{dye}",
    spill="number",
    storage="int32",
    spill_strength=0.15,
    time=("TIME", 0.01, ""),
    cyt="Navios",
)
FC500 = Instrument(
    top=10000,
    noise=28.0,
    forward=("FS Lin", "", ""),
    side="SS Lin",
    detectors=tuple(f"{n} Log" for n in BEAUTY),
    dyes=COULTER,
    stain="{marker}-{dye}",
    spill="identity",
    storage="int16",
    log10bit=True,
    time=("TIME", 1.0, ""),
    cyt="FC500",
)
AURORA = Instrument(
    top=4194304,
    shift=0.6,
    noise=90.0,
    photon=9.0,
    forward=("FSC-A", "FSC-H", ""),
    side_gain=0.45,
    detectors=(
        "BUV395-A",
        "BUV737-A",
        "BV421-A",
        "BV510-A",
        "BV605-A",
        "BV786-A",
        "BB515-A",
        "PE-A",
        "PE-Cy5-A",
        "PE-Cy7-A",
        "APC-A",
        "R718-A",
    ),
    dyes=("BUV395", "BUV737", "BV421", "BV510", "BV605", "BV786", "BB515", "PE", "PE-Cy5", "PE-Cy7", "APC", "R718"),
    stain="{marker}",
    spill="identity",
    spill_strength=0.0,
    time=("Time", 0.0001, "0.0001"),
    cyt="Aurora",
)
CYTOFLEX = Instrument(
    top=16777216,
    shift=1.0,
    noise=25.0,
    forward=("FSC-A", "FSC-H", "FSC-Width"),
    side_gain=0.5,
    detectors=tuple(
        f"{d}-A"
        for d in (
            "FITC",
            "PE",
            "ECD",
            "PC5.5",
            "PC7",
            "APC",
            "APC-A700",
            "APC-A750",
            "PB450",
            "KO525",
            "Violet610",
            "Violet660",
        )
    ),
    dyes=COULTER,
    stain="{marker} {dye}",
    spill="SPILL",
    spill_strength=0.1,
    time=("Time", 0.001, "0.001"),
    cyt="CytoFLEX S",
)


def spillover(rng: np.random.Generator, n: int, strength: float) -> np.ndarray:
    """Matrix (n, n), row = dye, column = detector; neighbours to the red take most."""
    matrix = np.eye(n)
    for i in range(n):
        for j in range(n):
            if i != j:
                reach = strength if j == i + 1 else strength / 3 if j == i - 1 else strength / 8
                matrix[i, j] = reach * rng.uniform(0.3, 1.0) if rng.random() < 0.8 else 0.0
    return matrix
