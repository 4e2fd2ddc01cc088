"""Which compensation applies to a tube: decided once, said aloud, never done twice.

compensated = values @ inverse(matrix), row = dye, column = detector [docs/sources.md#compensation]. A missing or
singular matrix is an error; it never means that the tube is gated uncompensated in silence.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from tregate.gating.errors import CompensationError
from tregate.gating.events import Compensation, DataSet, Spillover
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.prepare.matrix_csv import read_matrix
from tregate.gating.prepare.matrix_keywords import best_matrix, compensated_by_name, contradictions
from tregate.gating.prepare.matrix_rows import resolve
from tregate.gating.read.spillover import condition_number

Setting = Literal["file", "none"]

CONDITION_DOUBTFUL = 100.0
"""Above this, errors of the matrix come out a hundredfold in the worst direction: reported."""
CONDITION_REFUSED = 1e4
"""Above this, a matrix written with 3 to 4 digits has lost its meaning: refused."""

IDENTITY_SPILLOVER = 1e-5
"""A matrix with no larger off-diagonal states no spillover."""

_WAYS_OUT = (
    "Give a CSV matrix in the column `compensation` of samples.csv, or write `compensation: none` in the strategy."
)


def choose(
    data_set: DataSet, csv: Path | None, setting: Setting, fluorescence_needed: tuple[int, ...]
) -> tuple[Compensation, tuple[Finding, ...]]:
    """What is done about spillover on this tube.

    csv: matrix that samples.csv names for the tube. setting: `compensation` of the strategy. fluorescence_needed:
    0-based parameters of the stains that the strategy gates on.
    Raises CompensationError: two or more stains and no usable matrix; a CSV that cannot be read, does not fit the
    file, or meets compensated values; a singular or badly conditioned matrix; none of two stains in the matrix.
    """
    needed = tuple(dict.fromkeys(fluorescence_needed))
    if data_set.already_compensated:
        return _already(data_set, csv), ()
    if setting == "none":
        if csv is not None:
            raise CompensationError(
                f"The strategy says `compensation: none`, but samples.csv names {csv.name} for this tube. Empty the "
                "column `compensation`, or remove the line from the strategy."
            )
        return Compensation(source="none (strategy)"), ()
    done = compensated_by_name(data_set, needed, csv)
    if done is not None:
        return Compensation(source="already compensated (channels called Comp-)"), (done,)
    if csv is not None:
        spillover, notes = resolve(read_matrix(csv), csv.name, data_set.parameters)
        compensation, doubts = _apply(spillover, data_set, needed)
        return compensation, (*notes, *doubts)
    if data_set.spillovers:
        spillover = best_matrix(data_set, needed)
        compensation, doubts = _apply(spillover, data_set, needed)
        return compensation, (*contradictions(data_set, spillover, needed), *doubts)
    if len(needed) < 2:
        return Compensation(source="none (fewer than two stains, no matrix in the file)"), ()
    raise CompensationError(_no_matrix(data_set, needed))


def matrix_behind(
    compensation: Compensation, data_set: DataSet, csv: Path | None, fluorescence_needed: tuple[int, ...]
) -> Spillover | None:
    """The matrix that `choose` applied, to be written for other programs; None where nothing is compensated.

    Arguments as for `choose`, with what it returned. Raises CompensationError where the CSV cannot be read any more.
    """
    if compensation.inverse is None:
        return None
    if csv is not None:
        return resolve(read_matrix(csv), csv.name, data_set.parameters)[0]
    return best_matrix(data_set, tuple(dict.fromkeys(fluorescence_needed)))


def _already(data_set: DataSet, csv: Path | None) -> Compensation:
    if csv is not None:
        raise CompensationError(
            f"Data set {data_set.number} is compensated already, so {csv.name} would compensate twice. Empty the "
            "column `compensation` in samples.csv, or choose the uncompensated data set in `dataset`."
        )
    return Compensation(source=f"already compensated (data set {data_set.number})")


def _apply(
    spillover: Spillover, data_set: DataSet, needed: tuple[int, ...]
) -> tuple[Compensation, tuple[Finding, ...]]:
    position = {parameter.name: parameter.index for parameter in reversed(data_set.parameters)}
    indices = tuple(position[channel] for channel in spillover.channels)
    condition, inverse = _inverted(np.asarray(spillover.matrix, dtype=np.float64).tobytes(), len(indices))
    if inverse is None:
        singular = not np.isfinite(condition)
        how = "singular" if singular else f"badly conditioned (condition number {condition:.3g})"
        raise CompensationError(
            f"The matrix {spillover.source} is {how}, at most {CONDITION_REFUSED:g} allowed: two dyes are almost "
            f"the same. {_WAYS_OUT}"
        )
    compensation = Compensation(
        source=spillover.source,
        indices=indices,
        inverse=inverse,
        condition=condition,
        sha256=_digest(spillover),
    )
    return compensation, tuple(_doubts(spillover, data_set, needed, indices, condition))


@lru_cache(maxsize=64)
def _inverted(matrix: bytes, size: int) -> tuple[float, FloatArray | None]:
    """Condition number and inverse (None: refused) of a matrix, which the tubes of a study mostly share."""
    values = np.frombuffer(matrix, dtype=np.float64).reshape(size, size)
    condition = condition_number(values)
    if condition > CONDITION_REFUSED:
        return condition, None
    inverse: FloatArray = np.asarray(np.linalg.inv(values), dtype=np.float64)
    inverse.flags.writeable = False
    return condition, inverse


def _doubts(
    spillover: Spillover,
    data_set: DataSet,
    needed: tuple[int, ...],
    indices: tuple[int, ...],
    condition: float,
) -> list[Finding]:
    findings = []
    outside = [data_set.parameters[index].name for index in needed if index not in indices]
    if outside and len(needed) - len(outside) < 2 <= len(needed):
        raise CompensationError(
            f"The matrix {spillover.source} lacks {len(outside)} of the {len(needed)} stains that the strategy "
            f"needs. {_WAYS_OUT}"
        )
    if outside:
        message = (
            f"{', '.join(outside)} not in the matrix {spillover.source}, so these channels are uncompensated. Give "
            "a matrix of the whole panel in the column `compensation` of samples.csv."
        )
        findings.append(
            Finding("compensation_channel_missing", Severity.WARN, message, value=float(len(outside)), limit="0")
        )
    if _is_practically_identity(spillover) and len(needed) > 1:
        message = (
            f"{spillover.source} is an identity matrix, so it is unknown whether the data are compensated. Check "
            "two overlapping stains; if they slant, give the real matrix in the column `compensation`."
        )
        findings.append(Finding("compensation_identity", Severity.WARN, message))
    if condition > CONDITION_DOUBTFUL:
        message = (
            f"The matrix {spillover.source} is badly conditioned: two dyes are almost the same, so compensated "
            "values are uncertain. Check it against the single stains."
        )
        findings.append(
            Finding(
                "compensation_condition",
                Severity.WARN,
                message,
                value=condition,
                limit=f"at most {CONDITION_DOUBTFUL:g}",
            )
        )
    if spillover.source == "$DFCiTOj" and not _is_practically_identity(spillover):
        message = (
            "The matrix is $DFCiTOj of a file with one data set, and some instruments have applied it already. If "
            "the values are compensated, write `compensation: none` in the strategy."
        )
        findings.append(Finding("compensation_maybe_applied", Severity.WARN, message))
    return findings


def _is_practically_identity(spillover: Spillover) -> bool:
    """No off-diagonal above what any cytometer resolves (Cytek writes one 1e-6 into its identity matrices)."""
    return float(np.abs(spillover.matrix - np.eye(len(spillover.matrix))).max()) <= IDENTITY_SPILLOVER


def _no_matrix(data_set: DataSet, needed: tuple[int, ...]) -> str:
    why = [finding.message for finding in data_set.findings if finding.check.startswith("spillover_")]
    found = " ".join(why) if why else "The file contains no matrix."
    return f"{found} {len(needed)} overlapping stains need one. {_WAYS_OUT}"


def _digest(spillover: Spillover) -> str:
    """SHA-256 of the channel names and the matrix as little-endian float64."""
    digest = hashlib.sha256("\0".join(spillover.channels).encode())
    digest.update(np.ascontiguousarray(spillover.matrix, dtype="<f8").tobytes())
    return digest.hexdigest()
