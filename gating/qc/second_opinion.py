"""A second opinion on the gates of lymphocytes: a Gaussian mixture over all markers at once, on a sample.

Starts from the populations that the gates found, one component each, lets expectation and maximisation move them, and
compares how many cells each component then has. Where a gate cuts through a cluster the component grows back over it.
Off unless study.yaml asks for it (`second_opinion: true`): scikit-learn takes a second to import and 0.2 s per tube.
Every type of cell is one Gaussian here, so populations that are a continuum (Treg) are not judged.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tregate.gating.count.gate_terms import DOUBTFUL
from tregate.gating.event_subsets import Block, EventSubset, blocks
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.lookup import near_scaled
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.qc.inspected import Inspected
from tregate.gating.strategy.schema import ALL
from tregate.gating.units import Marker, PopulationName, is_physical

EVENTS = 6000
"""Cells that are looked at, evenly over the run."""
LEAST_CELLS = 100
"""Of a population in the sample."""
LEAST_DIFFERENCE = 0.25
"""Relative difference below which the mixture's own error explains it."""
STEPS = 25
CONTINUA = ("diagonal", "tail", "learned")
"""Kinds of gate that cut a continuum, which one Gaussian per population does not describe."""


def second_opinion(tube: Inspected) -> Iterator[Finding]:
    """Populations whose number of cells the mixture sees differently, beyond the limits of both."""
    events = tube.gated.events
    within = PopulationName(tube.strategy.scatter_population or ALL)
    if events.get(within, 0) < 10 * LEAST_CELLS:
        return
    rows = np.flatnonzero(tube.gated.mask(within))
    rows = rows[:: max(1, len(rows) // EVENTS)]
    names = _leaves(tube, within)
    labels = np.full(len(rows), len(names))
    for i, name in enumerate(names):
        labels[tube.gated.mask(name)[rows]] = i
    counted = np.bincount(labels, minlength=len(names) + 1)
    used = [i for i in range(len(names) + 1) if counted[i] >= LEAST_CELLS // 4]
    if len(used) < 2:
        return
    shares = _fitted(_values(tube, rows), labels, used)
    for i, share in zip(used, shares, strict=True):
        if i == len(names) or counted[i] < LEAST_CELLS:
            continue
        name, seen = names[i], float(counted[i])
        difference = share * len(rows) / seen - 1.0
        gate = DOUBTFUL * tube.strategy.gate_cv_of(name) / 100.0
        if abs(difference) > max(LEAST_DIFFERENCE, 3.0 * math.hypot(1.0 / math.sqrt(seen), gate)):
            yield Finding(
                "second_opinion", Severity.WARN,
                f"{name}: a mixture over all markers finds {100.0 * (1.0 + difference):.0f} % of the cells in its gate "
                f"(within {100.0 * LEAST_DIFFERENCE:g} % expected), so the gate may cut a cluster. Review its gates.",
                name, float(f"{difference:.3g}"), f"within {LEAST_DIFFERENCE:g}",
            )  # fmt: skip


def _leaves(tube: Inspected, within: PopulationName) -> list[PopulationName]:
    """Measured populations of lymphocytes in which nothing else is gated, without continua."""
    strategy, gated = tube.strategy, tube.gated
    inside = [
        name
        for name in strategy.populations
        if within in strategy.lineage(name)[1:] and PopulationName(name) in gated.events
    ]
    parents = {strategy.parents[name] for name in inside}
    return [PopulationName(name) for name in inside if name not in parents and not _is_continuum(tube, name)]


def _is_continuum(tube: Inspected, name: str) -> bool:
    """Whether the population, or one it lies in, is cut out of a continuum: activation and Treg."""
    gates = (tube.strategy.populations[one].gate for one in tube.strategy.lineage(name) if one != ALL)
    return any(gate is not None and gate.kind in CONTINUA for gate in gates)


def _values(tube: Inspected, rows: npt.NDArray[np.intp]) -> FloatArray:
    """(n, markers) on the axes that places are looked for on; constant markers are left out."""
    prepared = tube.prepared
    markers = [m for m in prepared.binding.channels if not is_physical(m) and m not in prepared.constant]
    markers += [m for m in (Marker("SSC-A"),) if m in prepared.binding.channels]
    columns = []
    for marker in markers:
        scale = prepared.seen_axis(marker).scale
        parts = []
        for start, stop in blocks(prepared.n_events):
            chosen = rows[(rows >= start) & (rows < stop)] - start
            parts.append(near_scaled(scale, EventSubset(Block(prepared, start, stop), chosen).values(marker)))
        columns.append(np.concatenate(parts))
    return np.stack(columns, axis=1)


def _fitted(values: FloatArray, labels: npt.NDArray[np.intp], used: list[int]) -> FloatArray:
    """Weight of each used label's component after the fit, (len(used),)."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    groups = [values[labels == i] for i in used]
    ridge = 1e-4 * np.eye(values.shape[1])
    model = GaussianMixture(
        len(used),
        weights_init=np.array([len(group) for group in groups]) / sum(len(group) for group in groups),
        means_init=np.array([np.median(group, axis=0) for group in groups]),
        precisions_init=np.array([np.linalg.inv(np.cov(group.T) + ridge) for group in groups]),
        reg_covar=1e-4,
        max_iter=STEPS,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(values)
    return np.asarray(model.weights_, dtype=np.float64)
