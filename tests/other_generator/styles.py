"""Named kinds of tube: an instrument, beads, dirt and biology. `hard` ones would trouble an expert too."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from other_generator.instruments import AURORA, CANTO, CYTOFLEX, FC500, LSR, LYRIC, NAVIOS, Instrument


@dataclass(frozen=True)
class Beads:
    """Counting beads; intensities as log10 on the 2**18 scale."""

    per_ul: float = 1005.0
    cv: float = 0.04
    at: float = 4.9
    by_marker: Mapping[str, float] = field(default_factory=dict)
    """Markers in whose channel the beads lie elsewhere."""
    doublets: float = 0.04
    """Share of bead events that are two stuck together."""
    forward: tuple[float, ...] = (0.20,)
    """One or two modes."""
    side: tuple[float, ...] = (0.62,)


@dataclass(frozen=True)
class Style:
    """Everything about a tube but its blood."""

    instrument: Instrument = CANTO
    hard: bool = False
    beads: Beads = Beads()
    debris: float = 0.12
    """Debris and platelets, of all cells."""
    dead: float = 0.01
    coincidence: float = 0.002
    cd45: bool = True
    """Whether the washed Treg tube has CD45."""
    viability: bool = False
    extras: tuple[str, ...] = ("CD8", "CD19", "CD16")
    """What the one-tube panel has beside the needed stains."""
    spill_error: float = 0.0
    drift: float = 0.0
    """Relative gain change from the first event to the last."""
    patient: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[tuple[str, str], float] = field(default_factory=dict)
    widths: Mapping[tuple[str, str], float] = field(default_factory=dict)


STYLES: Mapping[str, Style] = {
    "canto": Style(),
    "navios": Style(NAVIOS, beads=Beads(at=4.75, cv=0.025, forward=(0.16,), side=(0.45,))),
    "fc500": Style(FC500, debris=0.05, beads=Beads(at=4.95, cv=0.03), extras=()),
    "aurora": Style(AURORA, viability=True, beads=Beads(at=5.0, cv=0.06, doublets=0.02)),
    "cytoflex": Style(CYTOFLEX, beads=Beads(at=4.9, cv=0.05, forward=(0.1,), side=(0.3,))),
    "lyric, small beads": Style(
        LYRIC, beads=Beads(at=5.25, cv=0.05, forward=(0.07,), side=(0.12,), doublets=0.015), debris=0.3, cd45=False
    ),
    "lsr, area only, no time": Style(LSR, cd45=False, viability=True, extras=("CD8", "CD19")),
    "beads dim in one": Style(beads=Beads(by_marker={"CD45": 4.45, "CD4": 4.0, "CD56": 4.1}, cv=0.05)),
    "beads saturate": Style(beads=Beads(at=4.9, by_marker={"CD3": 5.45, "CD56": 5.5}, cv=0.05, doublets=0.08)),
    "beads broad, two peaks": Style(beads=Beads(cv=0.10, forward=(0.14, 0.24), side=(0.35, 0.7), doublets=0.06)),
    "dirty": Style(debris=1.2, dead=0.08, coincidence=0.015),
    "dirty, no CD45": Style(debris=0.8, dead=0.06, cd45=False, extras=("CD16",)),
    "clean, no debris": Style(NAVIOS, debris=0.0, dead=0.0, coincidence=0.002),
    "weak spill, sharp": Style(
        LYRIC, beads=Beads(cv=0.012), widths={("", m): 0.8 for m in ("CD3", "CD4", "CD45", "CD8")}
    ),
    "drift": Style(drift=0.12),
    "after IL-2": Style(
        patient={"treg": 0.15, "bright": 0.22, "nk": 230.0, "eosinophils": 900.0, "activated": 0.06},
        shifts={("NK dim", "CD56"): 0.12, ("Treg memory", "CD25"): 0.12, ("", "CD25"): 0.05},
    ),
    "lymphopenia": Style(patient={"cd4": 140.0, "cd8": 120.0, "nk": 60.0, "b": 30.0}),
    "CD25 smear": Style(
        NAVIOS,
        patient={"activated": 0.08},
        shifts={("CD4 memory", "CD25"): 0.15, ("Treg naive", "CD25"): -0.1, ("Treg memory", "CD25"): -0.1},
        widths={("CD4 memory", "CD25"): 1.15},
    ),
    "Treg 2 %": Style(patient={"treg": 0.02}),
    "CD56 shoulder": Style(
        NAVIOS, hard=True, shifts={("NK bright", "CD56"): -0.2}, widths={("NK bright", "CD56"): 1.2}
    ),
    "CD56 dim near zero": Style(hard=True, shifts={("NK dim", "CD56"): -0.45, ("NK bright", "CD56"): -0.3}),
    "Foxp3 dim": Style(
        LYRIC,
        hard=True,
        shifts={("Treg naive", "Foxp3"): -0.4, ("Treg memory", "Foxp3"): -0.4},
        widths={("", "Foxp3"): 1.25},
    ),
    "CD127 gradient": Style(
        hard=True, shifts={("Treg memory", "CD127"): 0.25, ("Treg naive", "CD127"): 0.25}, widths={("", "CD127"): 1.3}
    ),
    "matrix off": Style(hard=True, spill_error=0.12, instrument=LSR),
    "CD3 dim": Style(hard=True, shifts={("", "CD3"): -0.9}, widths={("", "CD3"): 1.4}),
    "eosinophilia, monocytosis": Style(hard=True, patient={"eosinophils": 2500.0, "monocytes": 1300.0}),
    "few beads": Style(hard=True, beads=Beads(per_ul=60.0)),
}
