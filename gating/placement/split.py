"""`split`: two overlapping populations on one axis, cut where the errors cancel.

Both are Gaussians on the scale, fitted to the parent's binned events. A reference population (an internal
negative) says about where the dim one lies and how wide it is: in the parent it may sit a little higher and
be somewhat wider, as activated cells do. The threshold lies where as many dim events are expected above it
as bright ones below it: whatever the overlap, the count is right, which neither a valley nor a quantile of
the negatives promises.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from tregate.gating.events import Scalar
from tregate.gating.geometry.contains import Mask
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.geometry.shapes import Axis
from tregate.gating.order_statistics import ascending_finite, even_counts, median, quantiles, robust_sd
from tregate.gating.placement.em import expectation
from tregate.gating.placement.valley import AT_MOST, limits, threshold
from tregate.gating.placement.view import NotPlaced, Placed, View, off_scale
from tregate.gating.strategy.gates import SplitGate
from tregate.gating.wording import number_text, percent_text

AT_LEAST = 50
BINS = 256
SHIFT = (-0.03, 0.06)
"""How far the dim population may sit from its reference, on the scale."""
WIDER = (0.7, 1.8)
"""Its standard deviation, of the reference's."""
BELIEF, ALIKE = 30.0, 1.1
"""Events' worth of belief that the bright ones spread about as the dim ones do: few must not swell."""
DOUBTFUL = 0.05
"""Share of the bright ones on the wrong side, above which the split is reported as uncertain."""
TOGETHER, MET = 4, 2e-4
"""Steps after which starts that have come as near as this to another one, on the scale and in share, are let go."""
SUPPORT = 5.0
"""Gain in log likelihood by the second population, below which it may be chance (likelihood ratio 150)."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Share, mean and sd of the bright Gaussian, mean and sd of the dim one; gain over the dim one alone."""

    share: float
    mean: float
    sd: float
    dim_mean: float
    dim_sd: float
    gain: float


def place_split(gate: SplitGate, view: View, axes: tuple[Axis, ...]) -> Placed:
    """Raises NotPlaced with too few events, or where no second population shows."""
    axis = axes[0]
    n = len(view)
    if n < AT_LEAST:
        raise NotPlaced(f"too few events ({n}, at least {AT_LEAST} required)", {"events": n})
    scaled = view.scaled(axis, AT_MOST)
    low, high = limits(gate, view, axis)
    found = fit(scaled, _reference(gate, view, axis), gate)
    if found is None:
        raise NotPlaced(f"no second population on {axis.marker}", {"events": n})
    at, wrong = balance(found)
    evidence: dict[str, Scalar] = {
        "events": n,
        "bright_share": round(found.share, 4),
        "dim": off_scale(axis, found.dim_mean),
        "bright": off_scale(axis, found.mean),
        "separation": round((found.mean - found.dim_mean) / ((found.sd + found.dim_sd) / 2), 2),
        "wrong_share": round(wrong / found.share, 4),
        "gain": round(found.gain, 1),
        "reference": gate.of or "",
    }
    if found.gain < SUPPORT:
        raise NotPlaced(f"a second population on {axis.marker} may be chance", evidence)
    if not gate.prior[0] <= found.share <= gate.prior[1]:
        raise NotPlaced(
            f"{percent_text(found.share)} of the parent would be bright, expected {percent_text(gate.prior[0])} to "
            f"{percent_text(gate.prior[1])}",
            evidence,
        )
    mistaken = wrong / found.share
    if mistaken > gate.overlap:
        raise NotPlaced(
            f"the two populations on {axis.marker} overlap too much ({percent_text(mistaken, gate.overlap)} "
            f"misclassified, at most {percent_text(gate.overlap)} allowed)",
            evidence,
        )
    if not low <= at <= high:
        raise NotPlaced(
            f"the threshold on {axis.marker} is {number_text(off_scale(axis, at))}, outside the allowed range", evidence
        )
    if mistaken > DOUBTFUL:
        evidence["doubt"] = (
            f"the two populations on {axis.marker} overlap ({percent_text(mistaken, DOUBTFUL)} misclassified, at "
            f"most {percent_text(DOUBTFUL)} expected)"
        )
    return Placed(threshold(gate, axis, at), evidence)


def _reference(gate: SplitGate, view: View, axis: Axis) -> tuple[float, float] | None:
    """Median and robust sd of the internal negative."""
    if gate.of is None:
        return None
    other = view.of(gate.of)
    if len(other) < gate.at_least:
        raise NotPlaced(
            f"the reference {gate.of} contains too few events ({len(other)}, at least {gate.at_least} required)",
            {"reference_events": len(other)},
        )
    scaled = other.scaled(axis, AT_MOST)
    middle = median(scaled)
    return middle, max(robust_sd(scaled, middle), 0.01)


def fit(scaled: FloatArray, reference: tuple[float, float] | None, gate: SplitGate) -> Fit | None:
    """The likeliest over several starts; None where none keeps the bright population's distance."""
    grid, counts = _binned(scaled)
    if reference is None:
        middle = median(scaled)
        sd = max(robust_sd(scaled.compress(scaled <= middle), middle), 0.01)
        starts = [(middle, sd), (middle - sd, sd)]
    else:
        starts = [reference]
    fits = _fit_starts(grid, counts, starts, (2.5, 4.0, 5.5, 8.0), reference, gate)
    return max(fits, key=lambda found: found.gain) if fits else None


def _binned(scaled: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bin centres and counts, (BINS,)."""
    ordered = ascending_finite(scaled)
    low, high = quantiles(ordered, [0.0005, 0.9995])
    room = 0.05 * (high - low) + 0.05
    return even_counts(ordered, low - room, high + room, BINS)


def _normals(grid: FloatArray, means: FloatArray, sds: FloatArray) -> FloatArray:
    """Densities of k Gaussians, (k, n)."""
    z = (grid - means[:, None]) / sds[:, None]
    z *= z
    z *= -0.5
    return np.asarray(np.exp(z, out=z) * (1 / (sds[:, None] * np.sqrt(2 * np.pi))))


def _fit_starts(
    grid: FloatArray,
    counts: FloatArray,
    starts: list[tuple[float, float]],
    distances: tuple[float, ...],
    reference: tuple[float, float] | None,
    gate: SplitGate,
) -> list[Fit]:
    """Expectation and maximisation from every start at once; a flat hundredth bears stragglers.

    What is maximised is bounded: the dim ones by their reference, the bright ones by the width of the dim.
    A start whose share of bright events stands still is done.
    """
    total = counts.sum()
    flat = 0.01 / (grid[-1] - grid[0])
    grid, counts = grid.compress(counts > 0), counts.compress(counts > 0)
    monomials = np.stack([np.ones_like(grid), grid, grid * grid], axis=1)
    every = np.array([(mean + distance * sd, sd, mean, sd) for mean, sd in starts for distance in distances])
    means, sds, dim_means, dim_sds = every.T.copy()
    shares = np.full(len(every), 0.3)
    moving = np.arange(len(every))
    for step in range(100):
        if step % TOGETHER == TOGETHER - 1:
            moving = moving[_apart(shares[moving], means[moving], sds[moving])]
        share, dim_mean, dim_sd = shares[moving], dim_means[moving], dim_sds[moving]
        densities = np.empty((2, len(moving), len(grid)))
        np.multiply(_normals(grid, means[moving], sds[moving]), (0.99 * share)[:, None], out=densities[0])
        np.multiply(_normals(grid, dim_mean, dim_sd), (0.99 * (1 - share))[:, None], out=densities[1])
        (bright, dim), _ = expectation(densities, flat, counts, monomials)
        mass, left = bright[:, 0] + 1e-9, dim[:, 0] + 1e-9
        shares[moving] = (mass / (mass + left)).clip(1e-4, 0.9999)
        mean, believed = bright[:, 1] / mass, BELIEF * (ALIKE * dim_sd) ** 2
        dim_mean = dim[:, 1] / left
        if reference is not None:
            dim_mean = dim_mean.clip(reference[0] + SHIFT[0], reference[0] + SHIFT[1])
        scatter = (bright[:, 2] - 2 * mean * bright[:, 1] + mean**2 * bright[:, 0]).clip(0)
        dim_scatter = (dim[:, 2] - 2 * dim_mean * dim[:, 1] + dim_mean**2 * dim[:, 0]).clip(0)
        sd = np.sqrt((scatter + believed) / (mass + BELIEF) + 1e-8)
        dim_sd = np.sqrt(dim_scatter / left + 1e-8)
        if reference is not None:
            dim_sd = dim_sd.clip(WIDER[0] * reference[1], WIDER[1] * reference[1])
        means[moving], dim_means[moving], dim_sds[moving] = mean, dim_mean, dim_sd
        sds[moving] = sd.clip(gate.widths[0] * dim_sd, gate.widths[1] * dim_sd)
        moving = moving[np.abs(shares[moving] - share) >= 1e-6]
        if not len(moving):
            break
    brights, dims = _normals(grid, means, sds), _normals(grid, dim_means, dim_sds)
    mixed = 0.99 * (shares[:, None] * brights + (1 - shares[:, None]) * dims) + flat
    if reference is None:
        middle = float(counts @ grid / total)
        alone = _normals(grid, np.array([middle]), np.sqrt(np.array([counts @ (grid - middle) ** 2 / total])))
    else:
        alone = dims
    gains = (np.log(mixed) - np.log(0.99 * alone + flat)) @ counts
    apart = means - dim_means >= gate.distance * dim_sds
    columns = np.stack([shares, means, sds, dim_means, dim_sds, gains], axis=1)
    return [Fit(*(float(number) for number in row)) for row in columns[apart]]


def _apart(*numbers: FloatArray) -> Mask:
    """Which of k starts (k,) have not met an earlier one, which goes on for both."""
    alike = np.logical_and.reduce([np.abs(one[:, None] - one) < MET for one in numbers])
    return np.asarray(alike.argmax(axis=1) == np.arange(len(alike)))


def balance(found: Fit) -> tuple[float, float]:
    """Threshold where dim events above equal bright ones below, by bisection; that share of all events."""
    dim, bright = NormalDist(found.dim_mean, found.dim_sd), NormalDist(found.mean, found.sd)
    low, high = found.dim_mean, found.mean
    for _ in range(60):
        at = (low + high) / 2
        if (1 - found.share) * (1 - dim.cdf(at)) > found.share * bright.cdf(at):
            low = at
        else:
            high = at
    return at, found.share * bright.cdf(at)
