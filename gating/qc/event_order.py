"""What the order and the sameness of events say about a file: a run in it twice, two bloods, a clock that runs back."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tregate.gating.event_prints import EventPrints
from tregate.gating.findings import Finding, Severity
from tregate.gating.qc.inspected import Inspected
from tregate.gating.read.parameters import is_time
from tregate.gating.units import PopulationName, is_physical

REPEATED = 0.01
"""Share of events that may occur twice; by chance next to none do [docs/limits.md]."""
PARTS = 8
LEAST_IN_PART = 60
JUMP_POINTS = 0.08
"""Change of a share of its parent from one part of the run to the rest that no steady sample shows."""
JUMP_Z = 8.0


def repeated_events(prints: EventPrints) -> Iterator[Finding]:
    """Events that are in the file twice: limits would be too narrow, and a mixed-in tube counted."""
    if prints.repeated > REPEATED:
        yield Finding(
            "repeated_events", Severity.FAIL,
            f"{100 * prints.repeated:.0f} % of the events occur twice in this file, so its limits are too narrow. "
            "It was probably joined from copies of one run; find the original file.",
            "", prints.repeated, f"at most {REPEATED:g}",
        )  # fmt: skip


def time_runs_back(tube: Inspected) -> Iterator[Finding]:
    """Steps back of the clock, reported once with the place of the first."""
    index = next((i for i, p in enumerate(tube.prepared.sample.parameters) if is_time(str(p.name))), None)
    if index is None or tube.gated.n_events < PARTS:
        return
    steps = np.diff(tube.prepared.sample.linear(index))
    if steps.min() >= 0:
        return
    back = np.flatnonzero(steps < 0)
    tick = np.min(steps[steps > 0], initial=np.inf)
    back = back[-steps[back] > tick] if np.isfinite(tick) else back
    if len(back):
        share = float(back[0] + 1) / tube.gated.n_events
        yield Finding(
            "time_runs_back", Severity.INFO,
            f"Time runs back {len(back)} times, first after {100 * share:.0f} % of the events: the run was "
            "restarted, or "
            "events were joined or sorted. Figures do not depend on it.",
            "", float(len(back)), "no step back",
        )  # fmt: skip


def two_samples(tube: Inspected) -> Iterator[Finding]:
    """A share that jumps within the run and stays: another sample was appended, or carried over."""
    in_parts = _InParts(tube)
    worst: tuple[float, str, float, float, float] | None = None
    for name, population in tube.strategy.populations.items():
        parent = population.parent
        if population.gate is None or parent is None or population.gate.kind in ("steady", "beads", "doublets"):
            continue
        if name not in tube.gated.members or str(parent) not in tube.gated.members or _is_physical(tube, name):
            continue
        inside, whole = in_parts[PopulationName(name)], in_parts[PopulationName(str(parent))]
        if np.diff(whole, prepend=0).min() < LEAST_IN_PART:
            continue
        before, after = inside[:-1] / whole[:-1], (inside[-1] - inside[:-1]) / (whole[-1] - whole[:-1])
        share = inside[-1] / whole[-1]
        errors = np.sqrt(share * (1 - share) * (1 / whole[:-1] + 1 / (whole[-1] - whole[:-1])))
        jumps = np.abs(before - after)
        for i in np.flatnonzero((errors > 0) & (jumps > JUMP_POINTS) & (jumps > JUMP_Z * errors)):
            found = (float(jumps[i] / errors[i]), name, float(100 * before[i]), float(100 * after[i]), (i + 1) / PARTS)
            worst = max(worst, found) if worst else found
    if worst is not None:
        z, name, first, second, at = worst
        yield Finding(
            "two_samples", Severity.WARN,
            f"{name} is {first:.0f} % of its parent in the first {100 * at:.0f} % of the run and {second:.0f} % "
            "after it: "
            "the file may hold two samples, or the stain changed. Look at the tube over time.",
            name, z, f"jump below {100 * JUMP_POINTS:g} points",
        )  # fmt: skip


class _InParts(dict[PopulationName, npt.NDArray[np.int64]]):
    """Population -> its events up to the end of each part of the run, (PARTS,)."""

    def __init__(self, tube: Inspected) -> None:
        super().__init__()
        self._gated = tube.gated
        self._edges = np.linspace(0, tube.gated.n_events, PARTS + 1).astype(int)

    def __missing__(self, name: PopulationName) -> npt.NDArray[np.int64]:
        mask = self._gated.mask(name)
        counted = [np.count_nonzero(mask[start:stop]) for start, stop in pairwise(self._edges)]
        self[name] = np.cumsum(counted)
        return self[name]


def _is_physical(tube: Inspected, name: str) -> bool:
    return any(is_physical(axis) for axis in tube.strategy.populations[name].axes)
