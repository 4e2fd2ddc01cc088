"""One line of the report of a laboratory's own validation, and how it stands to a declared limit."""

from dataclasses import dataclass, replace

from tregate.pipelines.files.table import Cell, Table

COLUMNS = (
    "section", "measure", "group", "statistic", "n", "estimate", "low", "high", "unit", "limit", "verdict", "note",
)  # fmt: skip
SECTIONS = ("precision", "detection capability", "linearity", "carry-over", "stability")
"""In the order of the page: performance characteristics that CLSI H62 treats."""
WITHIN, BEYOND = "within the limit", "beyond the limit"
UNDECIDED = "undecided: the interval holds the limit"


@dataclass(frozen=True, slots=True)
class Line:
    """A figure with its 95 % interval, where it has one."""

    section: str
    measure: str
    group: str
    """Specimen, level or hours; "" for all together."""
    statistic: str
    n: int
    estimate: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    limit: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Of the whole interval, or of the estimate where there is none; "" without a limit."""
        if self.limit is None or self.estimate is None:
            return ""
        low = self.estimate if self.low is None else self.low
        high = self.estimate if self.high is None else self.high
        size_low = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        if max(abs(low), abs(high)) <= self.limit:
            return WITHIN
        return BEYOND if size_low > self.limit else UNDECIDED

    def judged(self, limit: float | None) -> "Line":
        """The line with a declared limit, of the size of the figure."""
        return replace(self, limit=limit)


def lines_table(lines: list[Line]) -> Table:
    """own_validation.csv: every figure, in the order of the sections."""
    rows: list[tuple[Cell, ...]] = [
        (
            one.section, one.measure, one.group, one.statistic, one.n, one.estimate, one.low, one.high, one.unit,
            one.limit, one.verdict, one.note,
        )
        for one in sorted(lines, key=lambda line: SECTIONS.index(line.section))
    ]  # fmt: skip
    return Table("own_validation", COLUMNS, tuple(rows))
