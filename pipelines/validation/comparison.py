"""One population of one tube beside its truth: one row of validation_tubes.csv."""

from dataclasses import dataclass

from tregate.gating.count.estimates import Estimate

SILENT_ABOVE = 0.15
"""Relative error from which an unflagged figure is a silent failure."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Events of a population: found, true, and both. Events that time cleaning excluded are in none."""

    found: int
    true: int
    both: int

    @property
    def precision(self) -> float | None:
        return self.both / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        return self.both / self.true if self.true else None

    @property
    def f1(self) -> float | None:
        total = self.found + self.true
        return 2.0 * self.both / total if total else None

    @property
    def error(self) -> float | None:
        """Found / true - 1: what the gate adds or loses, free of the luck of sampling."""
        return (self.found - self.true) / self.true if self.true else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found of one population, and what is true."""

    population: str
    unit: str
    """"cells/µL", "% of <population>", "beads", or "" where the population has no figure with a truth."""
    overlap: Overlap | None
    """None where the population was not measured."""
    figure: Estimate | None
    """As a run reports it; None where it reports none."""
    has_limits: bool
    truth: float | None
    """Of the blood (of the acquisition for beads), in the figure's unit."""
    flags: tuple[str, ...]
    """That the figure would carry in counts.csv."""

    @property
    def error(self) -> float | None:
        """figure / truth - 1."""
        if self.figure is None or not self.truth:
            return None
        return (self.figure.value - self.truth) / self.truth

    @property
    def covered(self) -> bool | None:
        """Whether the 95 % interval holds the truth."""
        if self.figure is None or self.truth is None or not self.has_limits:
            return None
        return self.figure.low <= self.truth <= self.figure.high

    @property
    def silent(self) -> bool:
        """The reported figure is off the blood's truth by more than 15 % and carries no flag."""
        return not self.flags and self.error is not None and abs(self.error) > SILENT_ABOVE

    @property
    def silent_by_gate(self) -> bool:
        """The gate took 15 % more or fewer events than are true, whatever the sampling, and nothing says so."""
        error = None if self.overlap is None else self.overlap.error
        return not self.flags and error is not None and abs(error) > SILENT_ABOVE
