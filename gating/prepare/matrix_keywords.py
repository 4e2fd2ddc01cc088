"""Which of a file's own matrices is used, and whether its channels say that it has been applied already."""

from pathlib import Path

import numpy as np

from tregate.gating.errors import CompensationError
from tregate.gating.events import DataSet, Spillover
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.matrix_names import says_compensated
from tregate.gating.units import Channel

SAME_SPILLOVER = 2e-3
"""Two matrices that differ by less, as one written with fewer digits does, are the same."""


def best_matrix(data_set: DataSet, needed: tuple[int, ...]) -> Spillover:
    """The first matrix that covers every needed channel, else the first."""
    covering = (spillover for spillover in data_set.spillovers if _covers(spillover, data_set, needed))
    return next(covering, data_set.spillovers[0])


def _covers(spillover: Spillover, data_set: DataSet, needed: tuple[int, ...]) -> bool:
    return {data_set.parameters[index].name for index in needed} <= set(spillover.channels)


def contradictions(data_set: DataSet, used: Spillover, needed: tuple[int, ...]) -> tuple[Finding, ...]:
    """Other usable matrices of the file that state another spillover between the needed channels."""
    wanted = tuple(dict.fromkeys(data_set.parameters[index].name for index in needed))
    if len(wanted) < 2:
        return ()
    findings = []
    for other in data_set.spillovers:
        difference = 0.0 if other is used else _difference(used, other, wanted)
        if difference > SAME_SPILLOVER:
            message = (
                f"{used.source} and {other.source} are different matrices (up to {difference:.3g} apart): "
                f"{used.source} is used, {_why(data_set, used, other, needed)}. If the other is right, give it as CSV "
                "in the column `compensation` of samples.csv."
            )
            findings.append(
                Finding("compensation_keywords_differ", Severity.WARN, message, value=difference, limit="0")
            )
    return tuple(findings)


def _why(data_set: DataSet, used: Spillover, other: Spillover, needed: tuple[int, ...]) -> str:
    if not _covers(other, data_set, needed):
        return "since it covers every stain"
    if np.array_equal(other.matrix, np.eye(len(other.matrix))):
        return f"since {other.source} is an identity matrix"
    return "as the keyword of the higher rank"


def _difference(one: Spillover, two: Spillover, wanted: tuple[Channel, ...]) -> float:
    """Largest difference between two matrices over all channels of either; a channel left out spills nowhere."""
    channels = tuple(dict.fromkeys((*one.channels, *two.channels, *wanted)))
    return float(np.abs(_over(one, channels) - _over(two, channels)).max())


def _over(spillover: Spillover, channels: tuple[Channel, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    position = [channels.index(channel) for channel in spillover.channels]
    matrix = np.eye(len(channels))
    matrix[np.ix_(position, position)] = spillover.matrix
    return matrix


def compensated_by_name(data_set: DataSet, needed: tuple[int, ...], csv: Path | None) -> Finding | None:
    """What to say where the needed channels are called Comp-..., as software calls those that it has compensated.

    Raises CompensationError where samples.csv names a matrix for such channels, or only some of them are called so.
    """
    names = [data_set.parameters[index].name for index in needed]
    done = [name for name in names if says_compensated(name)]
    if not done:
        return None
    shown = ", ".join(done[:6])
    if csv is not None:
        raise CompensationError(
            f"The channels {shown} are compensated already, by their names; applying {csv.name} would compensate "
            "twice. Empty the column `compensation` of samples.csv for this tube, or use the file before compensation."
        )
    if len(done) < len(names):
        others = ", ".join(name for name in names if name not in done)
        raise CompensationError(
            f"The channels {shown} are compensated already, by their names, and {others} are not. Use the file before "
            "compensation, or name channels of one kind in the panel."
        )
    message = (
        f"{shown}: channels called Comp- hold compensated values, so no matrix is applied again. If they are not "
        "compensated, rename them and export again."
    )
    return Finding("compensation_by_channel_name", Severity.WARN, message)
