"""Tubes of known truth: blood drawn, mixed with beads, stained, run through an instrument."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from other_generator import fcs
from other_generator.blood import KINDS, POPULATIONS, TREG, Patient, draw
from other_generator.instruments import Instrument, spillover
from other_generator.styles import STYLES, Beads, Style

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

PANELS: Mapping[str, tuple[str, ...]] = {
    "tetrachrome_t": ("CD45", "CD4", "CD8", "CD3"),
    "tetrachrome_nk": ("CD45", "CD56", "CD19", "CD3"),
    "treg": ("CD3", "CD25", "CD45RA", "CD127", "Foxp3", "CD4"),
    "treg_nk": ("Foxp3", "CD25", "CD56", "CD127", "CD3", "CD45", "CD4"),
}
BEAD, DOUBLET = "bead", "two cells"
FULL = 2.0**18


@dataclass(frozen=True, eq=False)
class Tube:
    """One file, what is in it, and what was in the blood."""

    kind: str
    style: str
    events: Floats
    parameters: list[dict[str, str]]
    keywords: dict[str, str]
    instrument: Instrument
    label: npt.NDArray[np.str_]
    members: Mapping[str, Mask]
    cells_per_ul: Mapping[str, float]
    treg_share: float
    beads_per_ul: float
    bead_volume_ul: float = 100.0
    blood_volume_ul: float = 100.0

    @property
    def washed(self) -> bool:
        return self.kind == "treg"

    def write(self, path: Path) -> None:
        fcs.write(
            path, self.events, self.parameters, self.keywords, self.instrument.storage, self.instrument.big_endian
        )


def make(
    kind: str, style: str | Style, seed: int, events: int = 60_000, patient: Patient | None = None, gains: float = 0.06
) -> Tube:
    """`gains`: sd of the log10 gain of every detector against the book, drawn once a tube."""
    name = style if isinstance(style, str) else "custom"
    style = STYLES[style] if isinstance(style, str) else style
    rng = np.random.default_rng([seed, *kind.encode(), *name.encode()])
    patient = patient or patient_of(style, rng)
    instrument = style.instrument
    stains = _stains(kind, style)
    label, second, per_ul = _who(kind, style, patient, rng, events)
    antigen, forward, side = _light(label, stains, patient, rng, kind, style.beads)
    width = 1 + 0.035 * rng.standard_normal(events)
    antigen, forward, side, width = _pair(antigen, forward, side, width, second, stains, patient, rng, kind, style)
    antigen *= 10 ** (gains * rng.standard_normal(len(stains)))
    seconds = _arrivals(rng, events)
    antigen *= (1 + style.drift * (seconds / seconds[-1] - 0.5))[:, None]
    label = _relabel(label, second)
    columns, parameters, keywords = _record(style, stains, antigen, forward, side, width, seconds, rng)
    members = {p: np.isin(label, kinds) for p, kinds in POPULATIONS.items()}
    members["beads"] = label == BEAD
    truth = {p: sum(per_ul[k] for k in kinds) for p, kinds in POPULATIONS.items()}
    return Tube(
        kind,
        name,
        columns,
        parameters,
        keywords,
        instrument,
        label,
        members,
        truth,
        sum(per_ul[k] for k in TREG) / truth["CD4+"],
        style.beads.per_ul,
    )


def patient_of(style: Style, rng: np.random.Generator) -> Patient:
    """A person: the style's biology, with everybody's own deviation."""
    base = Patient(**style.patient)
    vary = {
        name: float(getattr(base, name) * np.exp(0.2 * rng.standard_normal()))
        for name in ("cd4", "cd8", "treg", "b", "nk", "bright", "monocytes", "neutrophils", "treg_naive", "activated")
    }
    own = {("", m): 0.04 * float(rng.standard_normal()) for m in ("CD25", "CD127", "Foxp3", "CD56")}
    shifts = {key: own.get(key, 0.0) + style.shifts.get(key, 0.0) for key in {**own, **style.shifts}}
    return replace(base, **vary, shifts=shifts, widths=dict(style.widths))


def _stains(kind: str, style: Style) -> tuple[str, ...]:
    stains = PANELS[kind]
    if kind == "treg" and style.cd45:
        stains = (*stains, "CD45")
    if kind == "treg_nk":
        stains = (*stains, *style.extras)
    if style.viability and kind.startswith("treg"):
        stains = (*stains, "Viability")
    return stains


def _who(
    kind: str, style: Style, patient: Patient, rng: np.random.Generator, events: int
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_], dict[str, float]]:
    """First and second particle of every event ("" none), and the true cells/µL."""
    per_ul = patient.per_ul()
    rates = dict(per_ul)
    cells = sum(per_ul.values())
    lost = style.dead * cells
    rates["dead"] = lost
    rates["debris"] = style.debris * cells * 0.7
    rates["platelet"] = style.debris * cells * 0.3
    stuck = style.beads.doublets
    if kind != "treg":
        rates[BEAD] = style.beads.per_ul / (1 + stuck)
    names = list(rates)
    p = np.array(list(rates.values()))
    label = rng.choice(names, size=events, p=p / p.sum()).astype("U24")
    second = np.full(events, "", dtype="U24")
    together = rng.random(events) < style.coincidence
    second[together] = rng.choice(names, size=int(together.sum()), p=p / p.sum())
    pairs = (label == BEAD) & (rng.random(events) < stuck)
    second[pairs] = BEAD
    return label, second, per_ul


def _relabel(label: npt.NDArray[np.str_], second: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    small = ("", "debris", "platelet")
    out = label.copy()
    swap = np.isin(label, small) & (second != "")
    out[swap] = second[swap]
    both = ~np.isin(label, small) & ~np.isin(second, small)
    out[both] = DOUBLET
    out[(label == BEAD) | (second == BEAD)] = BEAD
    return out


def _light(
    label: npt.NDArray[np.str_],
    stains: tuple[str, ...],
    patient: Patient,
    rng: np.random.Generator,
    kind: str,
    beads: Beads,
) -> tuple[Floats, Floats, Floats]:
    """Dye light (n, stains) on the 2**18 scale with autofluorescence; forward and side scatter as fractions."""
    n = len(label)
    antigen, forward, side = np.zeros((n, len(stains))), np.zeros(n), np.zeros(n)
    fixed = kind == "treg"
    for name in np.unique(label):
        here = np.flatnonzero(label == name)
        shared = rng.standard_normal(len(here))
        if name == BEAD:
            mode = rng.integers(len(beads.forward), size=len(here))
            size = 1 + 0.6 * beads.cv * shared
            forward[here] = np.array(beads.forward)[mode] * (1 + 0.06 * rng.standard_normal(len(here)))
            side[here] = np.array(beads.side)[mode] * (1 + 0.07 * rng.standard_normal(len(here)))
            for j, marker in enumerate(stains):
                at = beads.by_marker.get(marker, beads.at)
                antigen[here, j] = 10**at * size * (1 + 0.8 * beads.cv * rng.standard_normal(len(here)))
            continue
        cell = KINDS[name]
        forward[here] = cell.forward * np.exp(cell.forward_cv * (0.5 * shared + 0.87 * rng.standard_normal(len(here))))
        side[here] = cell.side * np.exp(cell.side_cv * rng.standard_normal(len(here)))
        glow = cell.glow * (1.5 if fixed else 1.0)
        for j, marker in enumerate(stains):
            own = glow * (0.6 + 0.8 * ((j * 7) % 5) / 4) * np.exp(0.3 * shared + 0.25 * rng.standard_normal(len(here)))
            carried = patient.antigen(name, marker)
            if carried is not None:
                own += 10 ** (
                    draw(rng, carried, shared) - (0.12 if fixed and marker in ("CD3", "CD4", "CD45") else 0.0)
                )
            antigen[here, j] = own
    if fixed:
        forward, side = forward * 0.78, side * 1.15
    return antigen, forward, side


def _pair(
    antigen: Floats,
    forward: Floats,
    side: Floats,
    width: Floats,
    second: npt.NDArray[np.str_],
    stains: tuple[str, ...],
    patient: Patient,
    rng: np.random.Generator,
    kind: str,
    style: Style,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Add the second particle's light; the pulse grows longer by what follows."""
    at = np.flatnonzero(second != "")
    if len(at):
        more, more_forward, more_side = _light(second[at], stains, patient, rng, kind, style.beads)
        width[at] *= 1 + rng.uniform(0.35, 0.95, len(at)) * np.minimum(
            1.0, 2 * more_forward / (forward[at] + more_forward)
        )
        antigen[at] += more
        forward[at] += more_forward
        side[at] += more_side
    return antigen, forward, side, width


def _arrivals(rng: np.random.Generator, events: int) -> Floats:
    """Seconds of every event: a rate that wanders a little."""
    rate = 900 * np.exp(0.1 * np.sin(np.linspace(0, 9, events) + rng.uniform(0, 6)))
    return np.cumsum(rng.exponential(1, events) / rate)


def _record(
    style: Style,
    stains: tuple[str, ...],
    antigen: Floats,
    forward: Floats,
    side: Floats,
    width: Floats,
    seconds: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, list[dict[str, str]], dict[str, str]]:
    """What the instrument writes."""
    of = style.instrument
    top = float(of.top)
    n = len(seconds)
    matrix = spillover(rng, len(stains), of.spill_strength)
    stored = matrix.copy()
    off = ~np.eye(len(stains), dtype=bool)
    stored[off] *= 1 + style.spill_error * rng.standard_normal(int(off.sum()))
    light = antigen @ matrix
    light += np.sqrt(of.photon * light) * rng.standard_normal(light.shape)
    light += of.noise * rng.standard_normal(light.shape)
    raw = light * top / FULL / 10**of.shift
    if of.spill == "identity":
        raw = raw @ np.linalg.inv(stored)
    columns, parameters = [], []

    def add(values: Floats, name: str, stain: str = "", linear: bool = True) -> None:
        full = 1024 if of.log10bit else of.top
        columns.append(values)
        parameters.append({"N": name, "S": stain, "R": str(full), "E": "0,0" if linear else "4,0"})

    scatter_top = 1024.0 if of.log10bit else top
    fs = forward * scatter_top
    values = np.minimum(fs * (1 + 0.015 * rng.standard_normal(n)), scatter_top - 1)
    add(values, of.forward[0])
    if of.forward[1]:
        add(np.minimum(fs / width * 0.9 * (1 + 0.012 * rng.standard_normal(n)), scatter_top - 1), of.forward[1])
    if of.forward[2]:
        add(np.minimum(width * 0.27 * scatter_top, scatter_top - 1), of.forward[2])
    add(np.minimum(side * of.side_gain * scatter_top * (1 + 0.015 * rng.standard_normal(n)), scatter_top - 1), of.side)
    for j, marker in enumerate(stains):
        values = np.minimum(raw[:, j], top - 1)
        if of.log10bit:
            values = np.clip(np.floor(np.log10(np.maximum(values, 1.0)) * 256), 0, 1023)
        elif of.storage != "float":
            values = np.maximum(values, 0)
        add(values, of.detectors[j], of.stain.format(marker=marker, dye=of.dyes[j]), not of.log10bit)
    keywords = {"$CYT": of.cyt}
    if of.time is not None:
        name, tick, step = of.time
        ticks = np.floor(seconds / tick)
        add(ticks, name)
        parameters[-1]["R"] = str(int(2 ** np.ceil(np.log2(ticks[-1] + 2))))
        if step:
            keywords["$TIMESTEP"] = step
    first = 1 + [p["S"] != "" for p in parameters].index(True)
    who = [str(first + j) if of.spill == "number" else of.detectors[j] for j in range(len(stains))]
    shown = np.eye(len(stains)) if of.spill == "identity" else stored
    numbers = ",".join(f"{v:.6g}" for v in shown.ravel())
    keyword = "$SPILLOVER" if of.spill in ("number", "identity") else of.spill
    keywords[keyword] = f"{len(stains)},{','.join(who)},{numbers}"
    return np.stack(columns, axis=1), parameters, keywords
