"""Tubes for benchmarks: blood-like clouds on as many channels as asked for, float32, with spillover."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.fixtures.fcs import Parameter, write_fcs

TOP = 2**18
STAINS = ("CD45", "CD3", "CD4", "CD8", "CD25", "CD127", "Foxp3", "CD19", "CD56", "CD16")
KINDS: dict[str, tuple[float, tuple[float, ...]]] = {
    # share of events; log10 of FSC-A, SSC-A, then of each stain
    "beads": (0.04, (4.55, 5.05, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9, 4.9)),
    "debris": (0.08, (4.2, 3.8, 2.2, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8, 1.8)),
    "granulocytes": (0.26, (5.15, 4.95, 4.0, 2.0, 2.0, 2.0, 2.0, 2.4, 2.0, 2.0, 2.0, 4.0)),
    "monocytes": (0.07, (5.1, 4.6, 4.3, 2.0, 3.0, 2.0, 2.2, 2.2, 2.0, 2.0, 2.0, 2.4)),
    "CD4": (0.25, (4.95, 4.2, 4.6, 4.3, 4.4, 2.0, 2.5, 3.9, 2.2, 1.8, 1.8, 1.8)),
    "Treg": (0.02, (4.95, 4.2, 4.6, 4.25, 4.35, 2.0, 3.9, 2.9, 3.8, 1.8, 1.8, 1.8)),
    "CD8": (0.15, (4.95, 4.2, 4.6, 4.3, 2.0, 4.5, 2.0, 3.7, 2.0, 1.8, 1.9, 1.9)),
    "B": (0.06, (4.95, 4.2, 4.5, 1.8, 1.8, 1.8, 2.2, 2.2, 1.8, 4.3, 1.8, 1.8)),
    "NK dim": (0.06, (4.97, 4.25, 4.55, 1.9, 1.9, 2.6, 2.0, 2.2, 1.8, 1.8, 3.5, 4.2)),
    "NK bright": (0.01, (4.97, 4.25, 4.55, 1.9, 1.9, 2.6, 2.4, 2.8, 1.8, 1.8, 4.5, 2.4)),
}


def write_tube(path: Path, events: int, fluorescences: int = 10, seed: int = 1) -> Path:
    """`fluorescences` + 4 channels: FSC-A, FSC-H, SSC-A, stains (ten named, then X11 ...), Time."""
    rng = np.random.default_rng([seed, events, fluorescences])
    stains = [*STAINS[:fluorescences], *(f"X{i}" for i in range(len(STAINS) + 1, fluorescences + 1))]
    parameters = [Parameter(name, "", TOP) for name in ("FSC-A", "FSC-H", "SSC-A")]
    parameters += [Parameter(f"FL{i}-A", stain, TOP) for i, stain in enumerate(stains, 1)]
    parameters.append(Parameter("Time", "", 2**24))
    spill = _spill(fluorescences, rng)
    names = [parameter.name for parameter in parameters[3:-1]]
    keywords = {"$TIMESTEP": "0.001", "$CYT": "benchmark"}
    write_fcs(path, _values(events, fluorescences, spill, rng), parameters, None, (names, spill), keywords)
    return path


def _spill(n: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    apart = np.abs(np.arange(n)[:, None] - np.arange(n))
    return np.asarray(np.round(np.where(apart == 0, 1.0, rng.uniform(0.02, 0.15, (n, n)) * 0.4**apart), 6))


def _values(
    events: int, fluorescences: int, spill: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    shares = np.array([share for share, _ in KINDS.values()])
    kind = rng.choice(len(KINDS), events, p=shares / shares.sum())
    extra = [1.9] * max(0, fluorescences - len(STAINS))
    centres = np.array([[*middles[: 2 + fluorescences], *extra] for _, middles in KINDS.values()])
    values = np.empty((events, fluorescences + 4), dtype=np.float32)
    for start in range(0, events, 100_000):
        part = kind[start : start + 100_000]
        spread = np.where(part == 0, 0.012, 0.13)[:, None]
        linear = 10.0 ** (centres[part] + spread * rng.standard_normal((len(part), centres.shape[1])))
        doublet = np.where(rng.random(len(part)) < 0.04, 1.9, 1.0)
        block = values[start : start + len(part)]
        block[:, 0] = np.minimum(linear[:, 0] * doublet, TOP - 1)
        block[:, 1] = block[:, 0] / doublet * (0.9 + 0.02 * rng.standard_normal(len(part)))
        block[:, 2] = np.minimum(linear[:, 1] * doublet, TOP - 1)
        seen = linear[:, 2:] * doublet[:, None] @ spill
        noise = 30 * rng.standard_normal(seen.shape) + 2 * np.sqrt(seen) * rng.standard_normal(seen.shape)
        block[:, 3:-1] = np.minimum(seen + noise, TOP - 1)
    values[:, -1] = np.sort(rng.uniform(0, 600_000, events))
    return values
