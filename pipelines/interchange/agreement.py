"""Stored counts beside tregate's own, population by population, each with why they differ."""

from collections.abc import Mapping
from dataclasses import dataclass

from tregate.gating.events import Sample
from tregate.gating.geometry.scales import BiexScale, LinearScale, LogScale
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.interchange.drawn import DrawnGate, DrawnShape

COLUMNS = ("file", "sample", "population", "stored_count", "count", "difference", "percent", "why")
PERCENT, EVENTS = 0.2, 2
"""A count agrees within so many percent of the stored one, or within so many events."""
NOT_COMPUTED = -1


@dataclass(frozen=True, slots=True)
class Line:
    """One population of one sample."""

    file: str
    sample: str
    gate: DrawnGate
    count: int | None
    refused: str
    """Why there is no count."""
    because: str = ""
    """What may explain a difference."""
    renamed: str = ""
    """How the strategy calls the population, where it cannot by its path."""
    apart: str = ""
    """Why the study does not have it, though it was counted."""

    @property
    def stored(self) -> int | None:
        return None if self.gate.stored_count in (None, NOT_COMPUTED) else self.gate.stored_count

    @property
    def agrees(self) -> bool | None:
        """None where there is nothing to compare."""
        if self.count is None or self.stored is None:
            return None
        return abs(self.count - self.stored) <= max(EVENTS, PERCENT / 100 * self.stored)

    @property
    def why(self) -> str:
        if self.count is None:
            return self.refused
        return "; ".join(part for part in (self._compared(), self.renamed, self.apart) if part)

    def _compared(self) -> str:
        if self.gate.stored_count == NOT_COMPUTED:
            return "the program had not computed this count (-1)"
        if self.stored is None:
            return "no stored count"
        if self.count == self.stored:
            return "equal"
        return "within tolerance" if self.agrees else self.because


def because(gate: DrawnGate, sample: Sample, other_matrix: bool) -> str:
    """What is known to make counts differ, for this gate on this file."""
    packed = [p for p in sample.parameters if sample.data_set.datatype == "I" and p.bits not in (8, 16, 32, 64)]
    if packed:
        return "bit-packed: older programs read such files wrongly"
    scales = [axis.scale for axis in gate.what.axes] if isinstance(gate.what, DrawnShape) else []
    drawn = gate.element in ("PolygonGate", "EllipsoidGate")
    shape = "ellipse" if gate.element == "EllipsoidGate" else "polygon"
    if drawn and any(isinstance(scale, BiexScale) for scale in scales):
        return f"{shape} on a biex scale: the program may gate on its display's bins"
    if other_matrix:
        return "other compensation: the workspace's matrix is not the file's"
    if any(isinstance(scale, LogScale) for scale in scales):
        return "other scale: a logarithm that puts what lies below it on its lower end"
    if drawn and any(scale is not None and not isinstance(scale, LinearScale) for scale in scales):
        return f"{shape} on a scale that is not linear: the program may gate on its display's bins"
    if drawn:
        return f"{shape}: the program may gate on its display's bins"
    return "not explained"


def agreement_table(lines: list[Line]) -> Table:
    """agreement.csv: every population of every sample once."""
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        difference = None if line.count is None or line.stored is None else line.count - line.stored
        percent = None if difference is None or not line.stored else round(100 * difference / line.stored, 4)
        stored = line.gate.stored_count
        rows.append((line.file, line.sample, line.gate.path, stored, line.count, difference, percent, line.why))
    return Table("agreement", COLUMNS, tuple(rows))


def summary(lines: list[Line]) -> Mapping[str, int]:
    """How many populations agree, differ, have nothing to compare with, and were not taken over."""
    return {
        "agree": sum(line.agrees is True for line in lines),
        "differ": sum(line.agrees is False for line in lines),
        "without a stored count": sum(line.count is not None and line.agrees is None for line in lines),
        "not taken over": sum(line.count is None for line in lines),
    }
