"""Course: values of the subjects at the visits, what is known of their counts, and what a test makes of the pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, log

Place = tuple[str, str]
"""(subject, visit)."""

LEAST = 3
"""Subjects; of fewer there is no mean, no group fold, no line and no star."""
HALF_AN_EVENT = 0.5
"""Added to both counts of a fold, so that a count of 0 has a logarithm (Gart and Zweifel 1967)."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """What was measured; who missed a visit is simply not in that visit's mapping."""

    visits: tuple[str, ...]
    """In planned order."""
    baseline: str
    values: Mapping[str, Mapping[str, float]]
    """visit -> subject -> value, subjects in table order."""
    one_event: Mapping[Place, float] = field(default_factory=dict)
    """What one event adds to a figure; figures that do not rest on one count are not in it."""
    censored: frozenset[Place] = frozenset()
    """Figures below the laboratory's own limit, of which only that is known: the limit stands for them."""
    near_zero: frozenset[Place] = frozenset()
    """Intensities whose confidence limits contain 0: they have differences, and no ratio or logarithm."""

    @cached_property
    def folds(self) -> Mapping[str, Mapping[str, float]]:
        """visit -> subject -> value / the subject's baseline; 1 at the baseline itself.

        Every pair of counts has one: a baseline of no events counts as half an event. There is none where a baseline
        is 0 and it is not known what one event adds, or where the limits of an intensity contain 0.
        """
        return {
            visit: {subject: fold for subject in self.pairs(visit) if (fold := self._fold(subject, visit)) is not None}
            for visit in self.visits
        }

    @cached_property
    def without_fold(self) -> tuple[str, ...]:
        """Subjects measured at baseline and later, of whom no fold can be given."""
        return tuple(
            subject
            for subject in self.values[self.baseline]
            if any(
                subject in self.values[visit] and subject not in self.folds[visit]
                for visit in self.visits
                if visit != self.baseline
            )
        )

    def pairs(self, visit: str) -> tuple[str, ...]:
        """Subjects with a value at the baseline and at the visit: the one set of its folds and of its tests."""
        base = self.values[self.baseline]
        return tuple(subject for subject in self.values[visit] if subject in base)

    def changes(self, visit: str) -> tuple[float, ...]:
        """Visit less baseline of every pair, in the unit of the measure."""
        base = self.values[self.baseline]
        return tuple(self.values[visit][subject] - base[subject] for subject in self.pairs(visit))

    def log_changes(self, visit: str) -> Mapping[str, float]:
        """Subject -> log((events + 0.5) / (baseline events + 0.5)) less the log ratio of what they were counted in.

        A pair without a logarithm (a value of 0 of which no events are known) is not in it.
        """
        found = {}
        for subject in self.pairs(visit):
            now, before = self._log(subject, visit), self._log(subject, self.baseline)
            if now is not None and before is not None:
                found[subject] = now - before
        return found

    def log_values(self, visit: str) -> Mapping[str, float]:
        """Subject -> log of the value with half an event more, where it has one."""
        logs = {subject: self._log(subject, visit) for subject in self.values[visit]}
        return {subject: value for subject, value in logs.items() if value is not None}

    def _log(self, subject: str, visit: str) -> float | None:
        if (subject, visit) in self.near_zero:
            return None
        value = self.values[visit][subject]
        if (subject, visit) not in self.censored:
            value += HALF_AN_EVENT * self.one_event.get((subject, visit), 0.0)
        return log(value) if value > 0.0 else None

    def _fold(self, subject: str, visit: str) -> float | None:
        if not self.near_zero.isdisjoint({(subject, visit), (subject, self.baseline)}):
            return None
        base = self.values[self.baseline][subject]
        if base <= 0.0:
            base = HALF_AN_EVENT * self.one_event.get((subject, self.baseline), 0.0)
        if visit == self.baseline:
            return 1.0 if base > 0.0 else None
        return fold_change(self.values[visit][subject], base)


def fold_change(value: float, baseline: float) -> float | None:
    """value / baseline; None for a baseline of zero or less."""
    if baseline <= 0.0:
        return None
    fold = value / baseline
    return fold if isfinite(fold) else None
