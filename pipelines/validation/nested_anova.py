"""Variance components of a nested design by an analysis of variance, balanced or not."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from tregate.pipelines.statistics.mean_squares import sd_limits


@dataclass(frozen=True, slots=True)
class Nested:
    """SDs of a nested design, from the narrowest: repeats, then each factor that has several levels."""

    factors: tuple[str, ...]
    """Factors with a component, from the widest."""
    sds: tuple[float, ...]
    """One a factor; a negative variance is 0."""
    repeat: float
    repeat_limits: tuple[float, float]
    repeat_df: int
    total: float
    """Of one value under all of them: within-laboratory precision."""
    total_limits: tuple[float, float]
    total_df: float
    """By Satterthwaite."""
    n: int


def nested_anova(
    values: Sequence[float], fixed: Sequence[Hashable], levels: Sequence[Sequence[Hashable]], names: Sequence[str]
) -> Nested | None:
    """Components by the mean squares of a nested design [Searle, Casella & McCulloch 1992, Variance Components, 3.3].

    Parameters
    ----------
    values : (n,)
    fixed : (n,) specimen of each value; specimens differ, and that is in no component
    levels : one (n,) per factor, from the widest to the narrowest; each is nested in those before it
    names : one per factor

    Returns
    -------
    None without a repeat: no two values share specimen and all factors. A factor that never changes within the levels
    above it, or never has two values in one of its levels where a narrower one changes, is left out.

    Examples
    --------
    >>> found = nested_anova([1, 2, 5, 6.0], ["s"] * 4, [["d1", "d1", "d2", "d2"]], ["day"])
    >>> round(found.repeat, 3), round(found.sds[0], 3), round(found.total, 3)
    (0.707, 2.784, 2.872)
    """
    y = np.asarray(values, dtype=np.float64)
    paths: list[list[tuple[Hashable, ...]]] = [[(one,) for one in fixed]]
    kept: list[str] = []
    for name, level in zip(names, levels, strict=True):
        finer = [(*path, one) for path, one in zip(paths[-1], level, strict=True)]
        if len(set(finer)) > len(set(paths[-1])):
            paths.append(finer)
            kept.append(name)
    if len(set(paths[-1])) >= len(y):
        return None
    codes = [np.unique([str(hash_of) for hash_of in _numbered(path)], return_inverse=True)[1] for path in paths]
    codes.append(np.arange(len(y)))
    sizes = [np.bincount(code) for code in codes]
    means = [np.bincount(code, weights=y) / size for code, size in zip(codes, sizes, strict=True)]
    squares, freedoms = [], []
    for i in range(1, len(codes)):
        squares.append(float(((means[i][codes[i]] - means[i - 1][codes[i - 1]]) ** 2).sum()))
        freedoms.append(len(sizes[i]) - len(sizes[i - 1]))
    k = len(squares)
    expected = np.zeros((k, k))
    for i in range(k):
        for j in range(i, k):
            # one value stands for its group of level j: the groups' n^2 are sums over their values
            n_group = sizes[j + 1][codes[j + 1]]
            weight = 1 / sizes[i + 1][codes[i + 1]] - 1 / sizes[i][codes[i]]
            expected[i, j] = float((n_group * weight).sum()) / freedoms[i]
    mean_squares = np.array(squares) / np.array(freedoms)
    inverse = np.linalg.inv(expected)
    variances = inverse @ mean_squares
    shares = np.ones(k) @ inverse
    total = float(np.maximum(variances, 0).sum())
    parts = shares * mean_squares
    total_df = (
        float(parts.sum() ** 2 / (parts**2 / np.array(freedoms)).sum()) if parts.sum() > 0 else float(freedoms[-1])
    )
    return Nested(
        factors=tuple(kept),
        sds=tuple(float(np.sqrt(max(v, 0.0))) for v in variances[:-1]),
        repeat=float(np.sqrt(mean_squares[-1])),
        repeat_limits=sd_limits(float(mean_squares[-1]), freedoms[-1]),
        repeat_df=freedoms[-1],
        total=float(np.sqrt(total)),
        total_limits=sd_limits(total, total_df),
        total_df=total_df,
        n=len(y),
    )


def _numbered(path: Sequence[tuple[Hashable, ...]]) -> list[int]:
    seen: dict[tuple[Hashable, ...], int] = {}
    return [seen.setdefault(one, len(seen)) for one in path]
