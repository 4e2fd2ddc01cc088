"""Compensated intensities of one channel, for those who look at events outside of gating."""

import numpy as np

from tregate.gating.events import Compensation, Sample
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.rows import Rows


def compensated_channel(sample: Sample, compensation: Compensation, index: int, rows: Rows | None = None) -> FloatArray:
    """Linear intensities of one parameter after compensation.

    Parameters
    ----------
    sample : the file
    compensation : what is done about spillover on it
    index : 0-based parameter
    rows : only these events, 0-based and ascending; None: all

    Returns
    -------
    array of float64, shape (n_events,) or (len(rows),), read-only. A parameter that the matrix does not cover is
    returned as it is.

    Notes
    -----
    compensated = values @ inverse(matrix) [Bagwell & Adams 1993, Ann N Y Acad Sci 677:167], summed in the order of
    the matrix, so that the same file gives the same bytes on every processor.
    """
    if compensation.inverse is None or index not in compensation.indices:
        return sample.linear(index, rows=rows)
    weights = compensation.inverse[:, compensation.indices.index(index)]
    values = np.zeros(sample.n_events if rows is None else len(rows))
    for other, weight in zip(compensation.indices, weights, strict=True):
        if weight != 0.0:
            values += sample.linear(other, rows=rows) * weight
    values.flags.writeable = False
    return values
