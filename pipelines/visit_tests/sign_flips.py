"""Tests that flip the signs of whole subjects: mean changes at one visit, and at several visits together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bits = NDArray[np.uint8]

EXACT_UP_TO = 14
"""Subjects: all 2^n flips, of which one half is the mirror of the other; beyond, drawn ones."""
DRAWN = 9999
"""Flips drawn beside the one that was seen."""
BLOCK = 1 << 19
"""Signs that are in memory as double precision at a time."""
SEED = 20240607
"""Of the drawn flips; the same flips for the same number of subjects."""


@dataclass(frozen=True)
class MaxT:
    """p of each visit adjusted for all of them, and one p of any change; None where nothing can be tested."""

    adjusted: Mapping[str, float]
    any_change: float | None
    exact: bool
    subjects: int


def max_t(changes: Mapping[str, Mapping[str, float]]) -> MaxT:
    """Sign-flip test of mean changes over several visits, single step (Westfall and Young 1993, 2.3).

    `changes`: visit -> subject -> change from baseline. All changes of a subject are flipped together, so that
    the correlation of visits, whatever it is, stays as it is. Each visit's t is compared by its own p under Student's t
    with its own degrees of freedom, because visits with few pairs have larger t by chance; visits below three pairs
    are left out.
    """
    tested = [visit for visit in changes if len(changes[visit]) >= 3]
    subjects = sorted({subject for visit in tested for subject in changes[visit]})
    if not tested:
        return MaxT({}, None, True, 0)
    table = np.array([[changes[visit].get(subject, 0.0) for visit in tested] for subject in subjects])
    pairs = np.array([len(changes[visit]) for visit in tested], dtype=np.float64)
    sizes = _sizes(_flipped_sums(table), np.sum(table**2, axis=0), pairs)
    largest = sizes.max(axis=1)
    adjusted = {
        visit: float(np.mean(largest >= seen * (1.0 - 1e-9))) for visit, seen in zip(tested, sizes[0], strict=True)
    }
    return MaxT(adjusted, min(adjusted.values()), len(subjects) <= EXACT_UP_TO, len(subjects))


def sign_flip(changes: Sequence[float]) -> tuple[float, bool]:
    """Two-sided p of a mean change by flipping signs, and whether all flips were made.

    Raises ValueError where there is no change at all.

    Examples
    --------
    >>> sign_flip([1.0, 2.0, 3.0, 4.0])
    (0.125, True)
    """
    if not len(changes):
        raise ValueError("no changes cannot be tested")
    sums = np.abs(_flipped_sums(np.asarray(changes, dtype=np.float64)))
    return float(np.mean(sums >= sums[0] - 1e-9 * np.sum(np.abs(changes)))), len(changes) <= EXACT_UP_TO


def how_flipped(exact: bool) -> str:
    """How many flips a p rests on."""
    return "exact (all flips)" if exact else f"{DRAWN} flips drawn, fixed seed"


def signs(subjects: int, start: int = 0, stop: int | None = None) -> Floats:
    """Flips (n_flips, n_subjects) of ±1, the first all +1: every one of half of them, or the seen and drawn ones.

    start, stop: of which flips.
    """
    flipped = np.unpackbits(_flipped(subjects)[start:stop], axis=1, count=subjects)
    return 1.0 - 2.0 * flipped.astype(np.float64)


@lru_cache(maxsize=8)
def _flipped(subjects: int) -> Bits:
    """Which signs are -1, (n_flips, n_subjects) in bits."""
    if subjects <= EXACT_UP_TO:
        numbers = np.arange(2 ** (subjects - 1))[:, np.newaxis]
        return np.packbits((numbers >> np.arange(subjects)) & 1, axis=1)
    random = np.random.default_rng(SEED)
    seen = np.zeros((1, (subjects + 7) // 8), dtype=np.uint8)
    blocks = _blocks(DRAWN, subjects)
    drawn = [np.packbits(random.integers(0, 2, (stop - start, subjects)), axis=1) for start, stop in blocks]
    return np.concatenate([seen, *drawn])


def _flipped_sums(changes: Floats) -> Floats:
    """Sums over the subjects, (n_flips,) or (n_flips, n_visits), of changes (n_subjects,) or (n_subjects, n_visits)."""
    subjects = len(changes)
    blocks = _blocks(len(_flipped(subjects)), subjects)
    return np.concatenate([signs(subjects, start, stop) @ changes for start, stop in blocks])


def _blocks(flips: int, subjects: int) -> list[tuple[int, int]]:
    """(first, one after the last) flip of blocks that take a few megabytes as double precision."""
    rows = max(1, BLOCK // subjects)
    return [(at, min(at + rows, flips)) for at in range(0, flips, rows)]


def _sizes(sums: Floats, squares: Floats, pairs: Floats) -> Floats:
    """-log p of every flip's t at every visit, (n_flips, n_visits); 0 at a visit where nothing changed."""
    from scipy.special import stdtr

    means = sums / pairs
    rest = np.maximum(squares / pairs - means**2, 1e-12 * squares / pairs)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(means) / np.sqrt(rest / (pairs - 1.0))
        sizes = t if np.all(pairs == pairs[0]) else -np.log(np.maximum(stdtr(pairs - 1.0, -t), 1e-300))
    return np.where(squares > 0.0, sizes, 0.0)
