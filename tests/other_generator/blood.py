"""Whole blood on paper: who is in it at what concentration, and what each cell carries.

Antigens are skewed, heavy-tailed distributions of log10 intensity (on a scale that ends at 2**18); what is not
named is autofluorescence alone. Every cell's antigens share part of their scatter, since large cells carry more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Antigen:
    """Median and sd of log10 intensity; skew in (-1, 1), negative towards dim."""

    at: float
    sd: float = 0.12
    skew: float = 0.0


@dataclass(frozen=True)
class Kind:
    """One kind of cell: scatter as fractions of full scale, autofluorescence, antigens."""

    forward: float
    side: float
    glow: float = 60.0
    forward_cv: float = 0.11
    side_cv: float = 0.16
    antigens: Mapping[str, Antigen] = field(default_factory=dict)


LYMPH = {"CD45": Antigen(4.62, 0.10, -0.3)}
T = {**LYMPH, "CD3": Antigen(4.10, 0.10, -0.3)}
CD4 = {**T, "CD4": Antigen(4.20, 0.09, -0.4), "CD127": Antigen(3.50, 0.20, -0.6), "Foxp3": Antigen(1.75, 0.25)}
CD8 = {**T, "CD8": Antigen(4.45, 0.13, -0.7), "CD127": Antigen(3.25, 0.35, -0.6)}
NK = {**LYMPH, "CD45": Antigen(4.55, 0.11), "CD8": Antigen(2.9, 0.45), "Foxp3": Antigen(1.7, 0.25)}

KINDS: Mapping[str, Kind] = {
    "CD4 naive": Kind(0.25, 0.060, antigens={**CD4, "CD25": Antigen(2.05, 0.28), "CD45RA": Antigen(4.1, 0.15)}),
    "CD4 memory": Kind(
        0.26,
        0.064,
        antigens={**CD4, "CD25": Antigen(2.70, 0.28, -0.4), "CD45RA": Antigen(2.5, 0.4), "Foxp3": Antigen(1.95, 0.26)},
    ),
    "CD4 effector": Kind(
        0.26,
        0.066,
        antigens={**CD4, "CD25": Antigen(2.2, 0.3), "CD127": Antigen(2.75, 0.30), "CD45RA": Antigen(3.3, 0.5)},
    ),
    "CD4 activated": Kind(
        0.29,
        0.070,
        antigens={**CD4, "CD25": Antigen(3.25, 0.2), "CD127": Antigen(3.45, 0.18), "Foxp3": Antigen(2.25, 0.24)},
    ),
    "CD25hi CD127lo Foxp3-": Kind(
        0.26,
        0.064,
        antigens={**CD4, "CD25": Antigen(3.5, 0.16), "CD127": Antigen(2.65, 0.22), "Foxp3": Antigen(1.95, 0.22)},
    ),
    "Treg naive": Kind(
        0.25,
        0.060,
        antigens={
            **CD4,
            "CD4": Antigen(4.14, 0.09),
            "CD25": Antigen(3.55, 0.17),
            "CD127": Antigen(2.7, 0.22),
            "Foxp3": Antigen(3.05, 0.18),
            "CD45RA": Antigen(4.0, 0.2),
        },
    ),
    "Treg memory": Kind(
        0.27,
        0.065,
        antigens={
            **CD4,
            "CD4": Antigen(4.11, 0.10),
            "CD25": Antigen(3.85, 0.2),
            "CD127": Antigen(2.6, 0.22, 0.3),
            "Foxp3": Antigen(3.35, 0.2),
            "CD45RA": Antigen(2.4, 0.35),
        },
    ),
    "CD8 naive": Kind(0.25, 0.060, antigens={**CD8, "CD45RA": Antigen(4.2, 0.15)}),
    "CD8 effector": Kind(
        0.27,
        0.072,
        antigens={**CD8, "CD3": Antigen(4.05, 0.12), "CD8": Antigen(4.3, 0.2, -0.8), "CD127": Antigen(2.4, 0.4)},
    ),
    "NKT": Kind(0.27, 0.075, antigens={**CD8, "CD56": Antigen(3.35, 0.25), "CD8": Antigen(4.2, 0.25, -0.8)}),
    "gamma delta": Kind(0.26, 0.065, antigens={**T, "CD3": Antigen(4.42, 0.11), "CD8": Antigen(2.8, 0.5)}),
    "double negative": Kind(0.25, 0.062, antigens=T),
    "double positive": Kind(0.26, 0.066, antigens={**CD4, "CD8": Antigen(3.6, 0.3)}),
    "B": Kind(
        0.26,
        0.066,
        75.0,
        antigens={**LYMPH, "CD45": Antigen(4.5, 0.11), "CD19": Antigen(4.0, 0.14, -0.4), "CD25": Antigen(2.4, 0.3)},
    ),
    "NK dim": Kind(0.27, 0.078, antigens={**NK, "CD56": Antigen(3.40, 0.17, -0.5), "CD16": Antigen(4.2, 0.18, -0.5)}),
    "NK bright": Kind(
        0.27,
        0.068,
        antigens={
            **NK,
            "CD56": Antigen(4.25, 0.14),
            "CD16": Antigen(2.8, 0.5),
            "CD25": Antigen(2.7, 0.3),
            "CD127": Antigen(2.8, 0.3),
        },
    ),
    "innate": Kind(0.25, 0.060, antigens={**LYMPH, "CD127": Antigen(3.2, 0.3)}),
    "monocyte": Kind(
        0.43,
        0.21,
        230.0,
        0.12,
        0.2,
        {"CD45": Antigen(4.35, 0.1), "CD4": Antigen(3.25, 0.14), "CD16": Antigen(2.4, 0.4)},
    ),
    "monocyte CD16": Kind(
        0.36,
        0.16,
        200.0,
        0.12,
        0.2,
        {"CD45": Antigen(4.45, 0.1), "CD4": Antigen(3.05, 0.14), "CD16": Antigen(3.9, 0.2)},
    ),
    "dendritic": Kind(0.33, 0.11, 120.0, antigens={"CD45": Antigen(4.2, 0.12), "CD4": Antigen(3.4, 0.2)}),
    "neutrophil": Kind(
        0.46,
        0.50,
        190.0,
        0.11,
        0.19,
        {"CD45": Antigen(3.9, 0.11), "CD16": Antigen(4.5, 0.15), "CD56": Antigen(2.1, 0.3)},
    ),
    "eosinophil": Kind(0.39, 0.85, 900.0, 0.10, 0.14, {"CD45": Antigen(4.15, 0.09)}),
    "basophil": Kind(0.27, 0.085, 70.0, antigens={"CD45": Antigen(4.05, 0.09), "CD25": Antigen(2.9, 0.25)}),
    "dead": Kind(
        0.15,
        0.11,
        420.0,
        0.25,
        0.35,
        {
            "CD45": Antigen(3.9, 0.35),
            "CD3": Antigen(2.9, 0.5),
            "CD4": Antigen(2.8, 0.5),
            "CD56": Antigen(2.6, 0.4),
            "CD19": Antigen(2.6, 0.4),
            "Viability": Antigen(4.5, 0.2),
        },
    ),
    "debris": Kind(0.05, 0.025, 25.0, 0.55, 0.7, {"CD45": Antigen(2.3, 0.5)}),
    "platelet": Kind(0.045, 0.018, 20.0, 0.5, 0.6),
}

CD4_KINDS = (
    "CD4 naive",
    "CD4 memory",
    "CD4 effector",
    "CD4 activated",
    "CD25hi CD127lo Foxp3-",
    "Treg naive",
    "Treg memory",
    "double positive",
)
TREG = ("Treg naive", "Treg memory")
CD8_KINDS = ("CD8 naive", "CD8 effector", "NKT")
T_KINDS = (*CD4_KINDS, *CD8_KINDS, "gamma delta", "double negative")
LYMPHOCYTES = (*T_KINDS, "B", "NK dim", "NK bright", "innate")

POPULATIONS: Mapping[str, tuple[str, ...]] = {
    "lymphocytes": LYMPHOCYTES,
    "CD3+": T_KINDS,
    "CD4+": CD4_KINDS,
    "CD8+": (*CD8_KINDS, "double positive"),
    "CD3-": ("B", "NK dim", "NK bright", "innate"),
    "B": ("B",),
    "NK": ("NK dim", "NK bright"),
    "NK bright": ("NK bright",),
    "NK dim": ("NK dim",),
    "CD25hi CD127lo": (*TREG, "CD25hi CD127lo Foxp3-"),
    "Treg": TREG,
    "CD4+ non-Treg": tuple(kind for kind in CD4_KINDS if kind not in TREG),
}


@dataclass(frozen=True)
class Patient:
    """Cells per µL of blood, and how the antigens of this person and visit differ from the book."""

    cd4: float = 780.0
    cd8: float = 285.0
    treg: float = 0.063
    """Share of CD4."""
    treg_naive: float = 0.3
    activated: float = 0.03
    b: float = 160.0
    nk: float = 110.0
    bright: float = 0.07
    monocytes: float = 400.0
    neutrophils: float = 3300.0
    eosinophils: float = 140.0
    shifts: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(kind or "", antigen) -> decades added to the median."""
    widths: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(kind or "", antigen) -> factor on the sd."""

    def per_ul(self) -> dict[str, float]:
        conventional = self.cd4 * (1 - self.treg)
        return {
            "CD4 naive": conventional * (0.93 - self.activated) * 0.44,
            "CD4 memory": conventional * (0.93 - self.activated) * 0.56,
            "CD4 effector": conventional * 0.055,
            "CD4 activated": conventional * self.activated,
            "CD25hi CD127lo Foxp3-": conventional * 0.004,
            "double positive": conventional * 0.011,
            "Treg naive": self.cd4 * self.treg * self.treg_naive,
            "Treg memory": self.cd4 * self.treg * (1 - self.treg_naive),
            "CD8 naive": self.cd8 * 0.5,
            "CD8 effector": self.cd8 * 0.42,
            "NKT": self.cd8 * 0.08,
            "gamma delta": 0.035 * (self.cd4 + self.cd8),
            "double negative": 0.012 * (self.cd4 + self.cd8),
            "B": self.b,
            "NK dim": self.nk * (1 - self.bright),
            "NK bright": self.nk * self.bright,
            "innate": 12.0,
            "monocyte": self.monocytes * 0.9,
            "monocyte CD16": self.monocytes * 0.1,
            "dendritic": 18.0,
            "neutrophil": self.neutrophils,
            "eosinophil": self.eosinophils,
            "basophil": 38.0,
        }

    def antigen(self, kind: str, marker: str) -> Antigen | None:
        base = KINDS[kind].antigens.get(marker)
        if base is None:
            return None
        at = base.at + self.shifts.get(("", marker), 0.0) + self.shifts.get((kind, marker), 0.0)
        width = self.widths.get(("", marker), 1.0) * self.widths.get((kind, marker), 1.0)
        return Antigen(at, base.sd * width, base.skew)


def draw(rng: np.random.Generator, antigen: Antigen, shared: np.ndarray) -> np.ndarray:
    """Log10 intensities (n,): skew-normal body, a twentieth from a t with four degrees of freedom."""
    n = len(shared)
    delta = antigen.skew
    body = delta * np.abs(rng.standard_normal(n)) + np.sqrt(1 - delta**2) * rng.standard_normal(n)
    body = (body - delta * np.sqrt(2 / np.pi)) / np.sqrt(1 - 2 * delta**2 / np.pi)
    heavy = rng.random(n) < 0.05
    body[heavy] = rng.standard_t(4, int(heavy.sum()))
    return antigen.at + antigen.sd * (0.3 * shared + np.sqrt(1 - 0.09) * body)
