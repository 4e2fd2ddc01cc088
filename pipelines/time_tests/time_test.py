"""TimeTest: one p for the factor time over several visits, and all that other parts need to know about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tregate.gating.wording import counted

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TimeOutcome:
    """What a test says about several visits together."""

    subjects: int
    p_value: float | None
    """None: not tested, and `method` says why."""
    method: str
    adjusted: Mapping[int, float] = field(default_factory=dict)
    """Column of the table -> p adjusted for all visits, where the test gives one."""


@dataclass(frozen=True)
class TimeTest:
    """One test that a span of study.yaml may name."""

    run: Callable[[Floats], TimeOutcome]
    """(n_subjects, n_visits), the first column the baseline, NaN where a visit was missed -> outcome."""
    words: str
    """What it is, for the notes of the tables."""
    only_complete: bool = True
    """Whether it takes only the subjects who came to every visit."""
    libraries: tuple[str, ...] = ()
    """Modules that it imports when it runs, beside `scipy.special`."""


def complete(table: Floats) -> Floats:
    """Rows of the subjects who came to every visit."""
    return table[~np.isnan(table).any(axis=1)]


def too_few(table: Floats, why: str = "") -> TimeOutcome:
    """The outcome of a test that cannot be made."""
    cases = f"{counted(len(table), 'complete case')} of {counted(table.shape[1], 'visit')}"
    return TimeOutcome(len(table), None, f"not tested: {cases}" + (f"; {why}" if why else ""))
