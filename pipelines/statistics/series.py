"""Series: one measure of every subject at every visit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from tregate.gating.count.flags import BELOW_DETECTION, BELOW_LOQ
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.measures import Measure
from tregate.pipelines.visit_tests.course import Course, Place

Loqs = Mapping[tuple[str, str, str, str], float]
"""(table, measure, subject, visit) -> limit of quantification, or what one event adds, in the unit of the measure."""
Incomparable = Mapping[tuple[str, str, str, str], str]
"""(table, measure, subject, visit) -> why an intensity has no ratio to the baseline: the flag of the visit tables."""
OTHER_SETTINGS = "settings_changed"


@dataclass(frozen=True, kw_only=True)
class Series(Course):
    """The course of a measure, and which of its figures are below a limit."""

    measure: Measure
    below_loq: frozenset[Place] = frozenset()
    """Figures under their limit of quantification."""
    left_out: frozenset[Place] = frozenset()
    """Figures below their limit that the rule `exclude` leaves out."""
    other_settings: frozenset[Place] = frozenset()
    """Intensities measured with other settings than the subject's baseline: in no value, fold change or test."""

    @property
    def low_baselines(self) -> frozenset[str]:
        """Subjects whose baseline is below its limit: their fold changes are used here and empty in the visit table."""
        return frozenset(s for s in self.values[self.baseline] if (s, self.baseline) in self.below_loq)


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
    incomparable: Incomparable | None = None,
) -> Series:
    """Take one measure out of a visit table, applying the declared rule to figures below their limit.

    Below its limit is a value whose row has the flag `below_loq` of its cells, or that is less than its limit
    in `loqs`. `below_loq`: "as_is" keeps every count, "exclude" leaves such figures out, "censor" sets figures below
    the measure's own `lloq` to that limit and keeps the others. `incomparable`: intensities of other settings than
    the baseline are left out, since no test or mean may mix them; those about 0 have no ratio.
    Raises ValueError for a subject with two rows of one visit.
    """
    values: dict[str, dict[str, float]] = {visit: {} for visit in visits}
    below: set[Place] = set()
    left_out: set[Place] = set()
    censored: set[Place] = set()
    adds: dict[Place, float] = {}
    own = (table.name, measure.name)
    why_not = {(s, v): why for (t, m, s, v), why in (incomparable or {}).items() if (t, m) == own}
    other_settings = frozenset(place for place, why in why_not.items() if why == OTHER_SETTINGS)
    for record in table.records():
        subject, visit = str(record["subject"]), str(record["visit"])
        value = _number(record[measure.name])
        if visit not in values or subject in exclude or value is None or (subject, visit) in other_settings:
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
        measure=measure,
        visits=tuple(visits),
        baseline=baseline,
        values=values,
        one_event=adds,
        censored=frozenset(censored),
        below_loq=frozenset(below),
        left_out=frozenset(left_out),
        other_settings=frozenset((s, v) for s, v in other_settings if v in values and s not in exclude),
        near_zero=frozenset(why_not) - other_settings,
    )


def _flagged_below(record: dict[str, Cell], measure: Measure) -> bool:
    flags = str(record.get("flags") or "").split(";")
    return any(f"{flag}:{cells}" in flags for flag in (BELOW_LOQ, BELOW_DETECTION) for cells in measure.cells)


def _number(cell: Cell) -> float | None:
    if cell is None or isinstance(cell, bool | str):
        return None
    return float(cell) if isfinite(cell) else None
