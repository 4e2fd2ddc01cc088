"""Whether numbers can be a spillover matrix: what its diagonal, its rows and its signs say.

A dye is brightest in its own detector, by which its row is divided: the diagonal is 1 and, but for few pairs of dyes
and voltages, the largest entry of its row [Bagwell & Adams 1993, Ann N Y Acad Sci 677:167]. Rows in another order than
the columns exchange populations without a trace, so they are never used as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

UNIT_TOLERANCE = 1e-3
"""A diagonal nearer to 1 than this is 1, as written with 3 digits."""
PERCENT_TOLERANCE = 2.0
"""A diagonal nearer to 100 than this is written in percent."""
LARGEST_SPILLOVER = 3.0
"""Spillover above 300 % of a dye's own signal is none that an instrument is used with: the largest of the 40 matrices
of real files that were read is 1.39."""
NEGATIVE = -0.05
"""Spillover below this is no rounding: light is not negative."""


@dataclass(frozen=True, slots=True)
class ShapeFault:
    """Why numbers are no spillover matrix."""

    check: str
    """Name of the finding: "spillover_diagonal" ..."""
    message: str


def in_fractions(matrix: FloatArray) -> tuple[FloatArray, bool]:
    """The matrix as fractions, and whether it was in percent: each row, wherever it is, has its 100."""
    if len(matrix) and np.abs(np.nanmax(np.abs(matrix), axis=1) - 100.0).max() <= PERCENT_TOLERANCE:
        return matrix / 100.0, True
    if len(matrix) and np.abs(np.diagonal(matrix) - 100.0).max() <= PERCENT_TOLERANCE:
        return matrix / 100.0, True
    return matrix, False


def rows_out_of_place(matrix: FloatArray) -> tuple[int, ...]:
    """Rows whose largest entry is not on the diagonal, which is not 1 either; `matrix` in fractions."""
    diagonal = np.diagonal(matrix)
    elsewhere = np.abs(matrix).argmax(axis=1) != np.arange(len(matrix))
    return tuple(int(i) for i in np.flatnonzero(elsewhere & (np.abs(diagonal - 1.0) > UNIT_TOLERANCE)))


def diagonal_fault(source: str, channels: Sequence[str], matrix: FloatArray) -> ShapeFault | None:
    """A diagonal with entries of 0 or below, or with blank cells (NaN); not where each row has its 1 elsewhere."""
    diagonal = np.diagonal(matrix)
    empty = [i for i in range(len(matrix)) if not diagonal[i] > 0]
    if not empty or _each_row_has_its_own(matrix):
        return None
    kind = "blank" if np.isnan(diagonal[empty]).any() else "0" if not diagonal[empty].any() else "0 or negative"
    return ShapeFault(
        "spillover_diagonal",
        f"{source}: the diagonal is {kind} for {_listed([channels[i] for i in empty])}, expected 1 (100 in a table of "
        "percent), so it is not used. Write the diagonal into the table, or export the matrix itself.",
    )


def _each_row_has_its_own(matrix: FloatArray) -> bool:
    """Whether the largest entry of every row is 1, or 100: rows that are whole, in whatever order."""
    if np.isnan(matrix).any():
        return False
    largest = np.abs(matrix).max(axis=1)
    return any(bool(np.abs(largest / unit - 1.0).max() <= PERCENT_TOLERANCE / 100) for unit in (1.0, 100.0))


def shape_fault(
    source: str, channels: Sequence[str], matrix: FloatArray, rows: Sequence[str] = ()
) -> ShapeFault | None:
    """What speaks against a matrix in fractions, rows in the order in which they would be used.

    rows: how the table calls its rows, for the message.
    """
    found = diagonal_fault(source, channels, matrix)
    if found is not None:
        return found
    odd = rows_out_of_place(matrix)
    if odd:
        names = [rows[i] or str(channels[i]) for i in odd] if rows else [str(channels[i]) for i in odd]
        at = int(np.abs(matrix[odd[0]]).argmax())
        return ShapeFault(
            "spillover_row_order",
            f"{source}: rows are not in the order of the columns: the largest entry of row {_listed(names)} is off "
            f"the diagonal (row {odd[0] + 1} is largest at {channels[at]}). Put the rows in the order of the columns.",
        )
    off = matrix - np.diag(np.diagonal(matrix))
    if np.abs(off).max(initial=0.0) > LARGEST_SPILLOVER:
        row, column = divmod(int(np.abs(off).argmax()), len(off))
        return ShapeFault(
            "spillover_too_large",
            f"{source}: {off[row, column]:.4g} of {channels[row]} in {channels[column]}, with 1 on the diagonal, is no "
            f"spillover (at most {LARGEST_SPILLOVER:g}). If the table is in percent, write 100 on its diagonal.",
        )
    if off.min(initial=0.0) < NEGATIVE and -off[off < 0].sum() > off[off > 0].sum():
        return ShapeFault(
            "spillover_negative",
            f"{source}: most entries beside the diagonal are negative (down to {off.min():.3g}), as in the inverse of "
            "a spillover matrix, so it is not used. Export the spillover matrix, not the compensation matrix.",
        )
    return None


def unit_diagonal(source: str, matrix: FloatArray) -> tuple[FloatArray, str]:
    """The matrix with rows divided by their diagonal, and what to say of it ("" where the diagonal was 1)."""
    diagonal = np.diagonal(matrix)
    if np.abs(diagonal - 1.0).max(initial=0.0) <= UNIT_TOLERANCE:
        return matrix, ""
    low, high = float(diagonal.min()), float(diagonal.max())
    return matrix / diagonal[:, None], (
        f"{source}: the diagonal is {low:.4g} to {high:.4g}, expected 1, so each row is divided by it. Counts do not "
        "depend on it; check the matrix where intensities matter."
    )


def _listed(names: Sequence[str], at_most: int = 6) -> str:
    shown = ", ".join(map(str, names[:at_most]))
    more = len(names) - at_most
    return f"{shown} and {more} more" if more > 0 else shown
