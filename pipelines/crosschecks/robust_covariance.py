"""Covariance that a minority of odd rows does not move: minimum covariance determinant, re-weighted.

The algorithm of Rousseeuw & Van Driessen (Technometrics 41, 1999, 212-223) about a known centre, with the consistency
factors of Croux & Haesbroeck (J. Multivariate Analysis 71, 1999, 161-190). scikit-learn's MinCovDet gives the same up
to 500 rows (tests/differential); importing it takes longer than all other checks between tubes together.
"""

import math

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

STARTS = 30
BEST = 10
"""Starts that are followed to their end after two steps."""
FIRST_STEPS, MOST_STEPS = 2, 30
STARTED_ON = 500
"""Rows above which the starts look at a random part of so many."""
OUTER = 0.025
"""Share of normal rows that the weights leave out."""


def robust_covariance(rows: Matrix) -> Matrix:
    """Covariance about zero of the half of the rows that scatters least, re-weighted.

    Parameters
    ----------
    rows : (n_rows, n_features), n_rows at least n_features + 2, centred at zero

    Returns
    -------
    (n_features, n_features); the same for the same rows, since its starts are fixed

    Notes
    -----
    Formulas: Rousseeuw & Van Driessen 1999 (steps), Croux & Haesbroeck 1999 (factors).

    Examples
    --------
    >>> rows = np.random.default_rng(1).normal(size=(400, 2)) * [1.0, 3.0]
    >>> rows[:60] += 50.0
    >>> bool(np.allclose(np.sqrt(np.diag(robust_covariance(rows))), [1.0, 3.0], rtol=0.2))
    True
    """
    from scipy import special

    n, features = rows.shape
    inner = rows[_inner_half(rows)]
    raw = inner.T @ inner / len(inner)
    share = len(inner) / n
    distance = _distances(rows, raw) / _consistency(features, share)
    kept = rows[distance < special.chdtri(features, OUTER)]
    return np.asarray(kept.T @ kept / len(kept) * _consistency(features, 1.0 - OUTER))


def _inner_half(rows: Matrix) -> Rows:
    """The rows whose covariance has the least determinant, of about half of all."""
    n, features = rows.shape
    half = min(math.ceil(0.5 * (n + features + 1)), n)
    random = np.random.RandomState(0)
    part = rows if n <= STARTED_ON else rows[random.permutation(n)[:STARTED_ON]]
    half_of_part = math.ceil(len(part) * half / n)
    starts = [
        _steps(part, random.permutation(len(part))[:half_of_part], half_of_part, FIRST_STEPS) for _ in range(STARTS)
    ]
    best = np.argsort([logdet for logdet, _ in starts])[:BEST]
    ended = [_steps(rows, _nearest(rows, part[starts[at][1]], half), half, MOST_STEPS) for at in best]
    return ended[int(np.argmin([logdet for logdet, _ in ended]))][1]


def _steps(rows: Matrix, chosen: Rows, half: int, most: int) -> tuple[float, Rows]:
    """Concentration: the rows nearest to the centre and covariance of the chosen ones, until these stay."""
    logdet = _logdet(rows[chosen])
    for _ in range(most):
        if math.isinf(logdet):
            break
        nearer = _nearest(rows, rows[chosen], half)
        after = _logdet(rows[nearer])
        if after >= logdet:
            break
        chosen, logdet = nearer, after
    return logdet, chosen


def _nearest(rows: Matrix, chosen: Matrix, half: int) -> Rows:
    middle = chosen.mean(axis=0)
    return np.asarray(np.argpartition(_distances(rows - middle, _covariance(chosen)), half - 1)[:half])


def _covariance(rows: Matrix) -> Matrix:
    return np.atleast_2d(np.cov(rows, rowvar=False, bias=True))


def _distances(rows: Matrix, covariance: Matrix) -> Matrix:
    """Squared Mahalanobis distances from zero, (n_rows,)."""
    inverse = np.linalg.pinv(covariance, hermitian=True)
    return np.asarray(((rows @ inverse) * rows).sum(axis=1))


def _logdet(rows: Matrix) -> float:
    sign, logdet = np.linalg.slogdet(_covariance(rows))
    return float(logdet) if sign > 0 else -math.inf


def _consistency(features: int, share: float) -> float:
    """What makes the covariance of the inner share of normal rows that of all; 1 for all of them."""
    from scipy import special

    if share >= 1.0:
        return 1.0
    return float(share / special.chdtr(features + 2, special.chdtri(features, 1.0 - share)))
