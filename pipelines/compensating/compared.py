"""The matrices that files state, beside the one of the controls: entry by entry, by date."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from tregate.gating.controls import Contradiction, Estimated, contradictions, seem_compensated
from tregate.gating.events import Spillover

IDENTITY = 1e-5
"""A matrix with no larger entry beside its diagonal is none."""


@dataclass(frozen=True, slots=True)
class StatedMatrix:
    """One matrix as one file states it."""

    file: str
    day: date | None
    spillover: Spillover


@dataclass(frozen=True, slots=True)
class ComparedMatrix:
    """A matrix that one or more files of one day state."""

    source: str
    day: date | None
    files: tuple[str, ...]
    sha256: str
    entries: tuple[Contradiction, ...]

    @property
    def contradicted(self) -> tuple[Contradiction, ...]:
        return tuple(entry for entry in self.entries if entry.contradicts)

    @property
    def worst(self) -> Contradiction | None:
        return max(self.contradicted, key=lambda entry: abs(entry.residual), default=None)


def compared(estimated: Estimated, stated: Iterable[StatedMatrix]) -> tuple[ComparedMatrix, ...]:
    """Every matrix of every day once, by date, without identities and those that share fewer than two channels."""
    groups: dict[tuple[str, str, str], list[StatedMatrix]] = {}
    for one in stated:
        if np.abs(one.spillover.matrix - np.eye(len(one.spillover.matrix))).max() <= IDENTITY:
            continue  # states no spillover: files of controls mostly hold it
        key = ("" if one.day is None else one.day.isoformat(), one.spillover.source, digest(one.spillover))
        groups.setdefault(key, []).append(one)
    found = []
    for (_, source, sha256), alike in sorted(groups.items()):
        entries = contradictions(estimated, alike[0].spillover)
        if entries:
            found.append(ComparedMatrix(source, alike[0].day, tuple(one.file for one in alike), sha256, entries))
    return tuple(found)


def compensated_message(estimated: Estimated, stated: Iterable[Spillover]) -> str:
    """That the controls seem compensated already, in words; "" where they do not."""
    if not seem_compensated(estimated, stated):
        return ""
    largest = max((abs(pair.slope) for pair in estimated.pairs), default=0.0)
    return (
        f"The controls seem to be compensated already: no entry of their matrix is above {largest:.2g}, although their "
        "dyes spill over. Nothing can be compared with them. Export the controls without compensation."
    )


def digest(spillover: Spillover) -> str:
    """SHA-256 of channels and values."""
    text = "\0".join(spillover.channels).encode()
    return hashlib.sha256(text + np.ascontiguousarray(spillover.matrix, dtype="<f8").tobytes()).hexdigest()


def message(one: ComparedMatrix) -> str:
    """That a matrix contradicts the controls, in words; "" where it does not."""
    worst = one.worst
    if worst is None:
        return ""
    number = len(one.contradicted)
    of = f"{len(one.files)} files" if len(one.files) > 1 else one.files[0]
    return (
        f"{one.source} of {of}: {number} of {len(one.entries)} entries contradict the controls; {worst.own} into "
        f"{worst.into} is {worst.stated:.3g}, by the controls {worst.slope:.3g} ({worst.low:.3g} to {worst.high:.3g}). "
        "Give matrix.csv of `tregate compensate` in the column `compensation`."
    )
