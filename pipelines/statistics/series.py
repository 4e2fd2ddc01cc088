"""Series: one measure of every subject at every visit, its pairs, and each subject's folds from baseline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite, log

from tregate.gating.count.flags import BELOW_DETECTION, BELOW_LOQ
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.measures import Measure

Loqs = Mapping[tuple[str, str, str, str], float]
"""(table, measure, subject, visit) -> limit of quantification, or what one event adds, in the unit of the measure."""
Place = tuple[str, str]
"""(subject, visit)."""

HALF_AN_EVENT = 0.5
"""Added to both counts of a fold, so that a count of 0 has a logarithm (Gart and Zweifel 1967)."""


@dataclass(frozen=True)
class Series:
    """What was measured; who missed a visit is simply not in that visit's mapping."""

    measure: Measure
    visits: tuple[str, ...]
    """In planned order."""
    baseline: str
    values: Mapping[str, Mapping[str, float]]
    """visit -> subject -> value, subjects in table order."""
    below_loq: frozenset[Place]
    """Figures under their limit of quantification."""
    one_event: Mapping[Place, float] = field(default_factory=dict)
    """What one event adds to a figure; figures that do not rest on one count are not in it."""
    left_out: frozenset[Place] = frozenset()
    """Figures below their limit that the rule `exclude` leaves out."""
    censored: frozenset[Place] = frozenset()
    """Figures below the laboratory's own limit, of which only that is known: the limit stands for them."""

    @cached_property
    def folds(self) -> Mapping[str, Mapping[str, float]]:
        """visit -> subject -> value / the subject's baseline; 1 at the baseline itself.

        Every pair has one: a baseline of no events counts as half an event. Only where it is not known what one
        event adds does a baseline of 0 give none.
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
        value = self.values[visit][subject]
        if (subject, visit) not in self.censored:
            value += HALF_AN_EVENT * self.one_event.get((subject, visit), 0.0)
        return log(value) if value > 0.0 else None

    def _fold(self, subject: str, visit: str) -> float | None:
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


def series_of(
    table: Table,
    measure: Measure,
    visits: Sequence[str],
    baseline: str,
    *,
    exclude: Collection[str] = (),
    below_loq: str = "as_is",
    loqs: Loqs | None = None,
    one_events: Loqs | None = None,
) -> Series:
    """Take one measure out of a visit table, applying the declared rule to figures below their limit.

    Below its limit is a value whose row has the flag `below_loq` of its cells, or that is less than its limit
    in `loqs`. `below_loq`: "as_is" keeps every count, "exclude" leaves such figures out, "censor" sets figures below
    the measure's own `lloq` to that limit and keeps the others.
    Raises ValueError for a subject with two rows of one visit.
    """
    values: dict[str, dict[str, float]] = {visit: {} for visit in visits}
    below: set[Place] = set()
    left_out: set[Place] = set()
    censored: set[Place] = set()
    adds: dict[Place, float] = {}
    for record in table.records():
        subject, visit = str(record["subject"]), str(record["visit"])
        value = _number(record[measure.name])
        if visit not in values or subject in exclude or value is None:
            continue
        if subject in values[visit]:
            raise ValueError(f"table {table.name}: subject {subject} has two rows of visit {visit}")
        key = (table.name, measure.name, subject, visit)
        loq = (loqs or {}).get(key)
        if _flagged_below(record, measure) or (loq is not None and value < loq):
            below.add((subject, visit))
            if below_loq == "exclude":
                left_out.add((subject, visit))
                continue
        if below_loq == "censor" and measure.lloq is not None and value < measure.lloq:
            below.add((subject, visit))
            censored.add((subject, visit))
            value = measure.lloq
        values[visit][subject] = value
        if key in (one_events or {}):
            adds[subject, visit] = (one_events or {})[key]
    return Series(
        measure, tuple(visits), baseline, values, frozenset(below), adds, frozenset(left_out), frozenset(censored)
    )


def _flagged_below(record: dict[str, Cell], measure: Measure) -> bool:
    flags = str(record.get("flags") or "").split(";")
    return any(f"{flag}:{cells}" in flags for flag in (BELOW_LOQ, BELOW_DETECTION) for cells in measure.cells)


def _number(cell: Cell) -> float | None:
    if cell is None or isinstance(cell, bool | str):
        return None
    return float(cell) if isfinite(cell) else None
