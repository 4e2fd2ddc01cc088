"""Gates on compensated values where the matrix cannot be used: refused with the reason, and the others kept."""

from dataclasses import replace

import numpy as np

from tregate.gating.prepare.compensation import CONDITION_REFUSED
from tregate.gating.read.spillover import MAX_SPILLOVER, condition_number
from tregate.pipelines.interchange.drawn import DrawnGate, DrawnMatrix, DrawnSample, DrawnShape

MOST_CHANNELS = 1_000
"""Of a matrix: more than any cytometer has."""


def with_usable_matrix(drawn: DrawnSample) -> DrawnSample:
    """The sample as it is; or without its matrix and the gates that need it, where that has no inverse."""
    fault = "" if drawn.matrix is None else _fault(drawn.matrix)
    if not fault:
        return drawn
    gates = tuple(_refused(gate, f"it is compensated, and {fault}", by_file=False) for gate in drawn.gates)
    return replace(drawn, matrix=None, gates=gates)


def without_compensated(drawn: DrawnSample, why: str) -> DrawnSample:
    """The sample without its matrix, with every gate on compensated values refused: `why` says of what they are."""
    gates = tuple(_refused(gate, f"it is compensated, and {why}", by_file=True) for gate in drawn.gates)
    return replace(drawn, matrix=None, gates=gates)


def _refused(gate: DrawnGate, why: str, *, by_file: bool) -> DrawnGate:
    """`by_file`: whether axes that are compensated by the file's own matrix are meant too."""
    if gate.refused or not isinstance(gate.what, DrawnShape):
        return gate
    meant = any(axis.compensated and (by_file or not axis.by_file) for axis in gate.what.axes)
    return replace(gate, what=None, refused=why) if meant else gate


def _fault(matrix: DrawnMatrix) -> str:
    """Why a matrix cannot be used; "" where it can.

    >>> _fault(DrawnMatrix("m", ("FITC-A", "PE-A"), ((1.0, 0.5), (0.5, 0.25))))
    'its matrix is singular: two dyes are the same'
    """
    n = len(matrix.detectors)
    if len(matrix.rows) != n or any(len(row) != n for row in matrix.rows):
        return f"its matrix has {len(matrix.rows)} rows for {n} channels"
    if not 0 < n <= MOST_CHANNELS:
        return f"its matrix has {n:,} channels, and 1 to {MOST_CHANNELS:,} are read"
    if len(set(matrix.detectors)) < n or "" in matrix.detectors:
        return "its matrix has a channel twice or without a name"
    values = np.array(matrix.rows, dtype=np.float64)
    if not np.isfinite(values).all():
        return "its matrix has a coefficient that is no number"
    if np.abs(values).max() > MAX_SPILLOVER:
        return f"its matrix has a coefficient of {np.abs(values).max():g}"
    condition = condition_number(values)
    if not np.isfinite(condition):
        return "its matrix is singular: two dyes are the same"
    if condition > CONDITION_REFUSED:
        return f"its matrix has the condition number {condition:.3g} of at most {CONDITION_REFUSED:g}"
    return ""
