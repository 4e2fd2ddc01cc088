"""Series: one measure of every subject at every visit, and each subject's folds from baseline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

from tregate.gating.count.flags import BELOW_DETECTION, BELOW_LOQ
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.measures import Measure

Loqs = Mapping[tuple[str, str, str, str], float]
"""(table, measure, subject, visit) -> limit of quantification, in the unit of the measure."""


@dataclass(frozen=True)
class Series:
    """What was measured; who missed a visit is simply not in that visit's mapping."""

    measure: Measure
    visits: tuple[str, ...]
    """In planned order."""
    baseline: str
    values: Mapping[str, Mapping[str, float]]
    """visit -> subject -> value, subjects in table order."""
    below_loq: frozenset[tuple[str, str]]
    """(subject, visit) of figures under their limit of quantification."""
    fold_refused: frozenset[tuple[str, str]] = frozenset()
    """(subject, visit) for which the visit table itself gives no fold."""

    @cached_property
    def folds(self) -> Mapping[str, Mapping[str, float]]:
        """visit -> subject -> value / the subject's baseline; 1 at the baseline itself."""
        base = self.values[self.baseline]
        return {
            visit: {
                subject: fold
                for subject, value in self.values[visit].items()
                if subject in base and (subject, visit) not in self.fold_refused
                if (
                    fold := fold_change(
                        value, base[subject], baseline_below_loq=(subject, self.baseline) in self.below_loq
                    )
                )
                is not None
            }
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

    def pairs(self, visit: str, subjects: Collection[str] | None = None) -> tuple[str, ...]:
        """Subjects (of `subjects`, if given) with a value at the baseline and at the visit."""
        base = self.values[self.baseline]
        return tuple(
            subject for subject in self.values[visit] if subject in base and (subjects is None or subject in subjects)
        )


def fold_change(value: float, baseline: float, *, baseline_below_loq: bool = False) -> float | None:
    """value / baseline; None for a baseline of zero (or less) or below its limit of quantification."""
    if baseline <= 0.0 or baseline_below_loq:
        return None
    fold = value / baseline
    return fold if isfinite(fold) else None


def series_of(
    table: Table,
    measure: Measure,
    visits: Sequence[str],
    baseline: str,
    *,
    exclude: Collection[str] = (),
    below_loq: str = "as_is",
    loqs: Loqs | None = None,
) -> Series:
    """Take one measure out of a visit table, applying the declared rule to figures below their limit.

    Below its limit is a value whose row has the flag `below_loq` of its cells, or that is less than its limit
    in `loqs`; the rule "half" needs the limit, and leaves the value as measured without it.
    The measure's fold column of the table, where it is empty and the value is not, refuses that fold change.
    Raises ValueError for a subject with two rows of one visit.
    """
    values: dict[str, dict[str, float]] = {visit: {} for visit in visits}
    below: set[tuple[str, str]] = set()
    refused: set[tuple[str, str]] = set()
    for record in table.records():
        subject, visit = str(record["subject"]), str(record["visit"])
        value = _number(record[measure.name])
        if visit not in values or subject in exclude or value is None:
            continue
        if subject in values[visit]:
            raise ValueError(f"table {table.name}: subject {subject} has two rows of visit {visit}")
        loq = (loqs or {}).get((table.name, measure.name, subject, visit))
        if _flagged_below(record, measure) or (loq is not None and value < loq):
            below.add((subject, visit))
            if below_loq == "exclude":
                continue
            value = loq / 2.0 if below_loq == "half" and loq is not None else value
        values[visit][subject] = value
        if measure.fold_column and visit != baseline and record[measure.fold_column] is None:
            refused.add((subject, visit))
    return Series(measure, tuple(visits), baseline, values, frozenset(below), frozenset(refused))


def _flagged_below(record: dict[str, Cell], measure: Measure) -> bool:
    flags = str(record.get("flags") or "").split(";")
    return any(f"{flag}:{cells}" in flags for flag in (BELOW_LOQ, BELOW_DETECTION) for cells in measure.cells)


def _number(cell: Cell) -> float | None:
    if cell is None or isinstance(cell, bool | str):
        return None
    return float(cell) if isfinite(cell) else None
