"""Whether a matrix describes an ellipse, decided alike on every processor."""

import numpy as np
import numpy.typing as npt

SMALLEST_EIGENVALUE = 1e-12
"""Smallest eigenvalue of a covariance, as a part of the largest. Below this, rounding decides about its sign."""


def is_positive_definite(covariance: npt.NDArray[np.float64]) -> bool:
    """Whether all eigenvalues of a symmetric matrix are clearly positive.

    covariance: `(n_axes, n_axes)`. The smallest eigenvalue of a singular matrix comes out as 1e-17 on one processor
    and as -1e-17 on another, so that it is compared with the largest one and not with 0.

    >>> is_positive_definite(np.array([[1.0, 0.5], [0.5, 1.0]]))
    True
    >>> is_positive_definite(np.array([[1.0, 1.0], [1.0, 1.0]]))
    False
    """
    eigenvalues = np.linalg.eigvalsh(covariance)
    return bool(eigenvalues[0] > SMALLEST_EIGENVALUE * eigenvalues[-1])
