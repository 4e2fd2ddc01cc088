"""Parts that add up to their whole."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text, percent_text
from tregate.pipelines.plausible.relation import AtVisit, Called, Limit, LimitOf, Relation
from tregate.pipelines.plausible.spreads import all_there, spread_outside, spreads_of


class Sum(Relation):
    """The parts add up to the whole."""

    MEASURES: ClassVar[tuple[str, ...]] = ("sum", "of")
    CELLS: ClassVar[tuple[str, ...]] = ("in_tube_of",)
    LIMITS: ClassVar[tuple[str, ...]] = ("warn", "fail")

    sum: Annotated[tuple[str, ...], Field(min_length=1)]
    of: str
    check: str
    """Name of the finding on means of a table."""
    visit_check: str | None = None
    """Name of the finding on one visit; none where it is not looked at visit by visit."""
    in_tube_of: str | None = None
    """Compare events within the tube that gives these cells; otherwise compare the measures."""
    warn: Limit = 5.0
    """Largest difference from 100 % [points]."""
    fail: Limit = 10.0
    called: str = ""
    """What the parts are called: "T, B and NK cells"."""
    advice: str = ""

    def broken_by(self, at: AtVisit, limit: LimitOf, called: Called) -> Iterator[Finding]:
        """Means of parts that do not add up, and an SD that their SDs do not allow."""
        yield from self._means(at, limit(self.warn) / 100.0, limit(self.fail) / 100.0, called)
        spreads = spreads_of(at, (self.of, *self.sum))
        if spreads is None:
            return
        seen, *of_parts = spreads
        names = ", ".join(map(called, self.sum))
        slack = limit(self.warn) / 100.0 * at[self.of].mean
        yield from spread_outside(
            "sd_of_sum",
            called(self.of),
            seen,
            low=max(0.0, 2.0 * max(of_parts) - sum(of_parts)) - slack,
            high=sum(of_parts) + slack,
            why=f"its parts {names} have SDs {', '.join(number_text(sd) for sd in of_parts)}",
        )

    def _means(self, at: AtVisit, warn: float, fail: float, called: Called) -> Iterator[Finding]:
        if not all_there(at, (self.of, *self.sum)) or at[self.of].mean <= 0.0:
            return
        ratio = sum(at[part].mean for part in self.sum) / at[self.of].mean
        if abs(ratio - 1.0) > warn:
            names = ", ".join(map(called, self.sum))
            yield Finding(
                self.check,
                Severity.FAIL if abs(ratio - 1.0) > fail else Severity.WARN,
                f"The means of {names} add up to {percent_text(ratio)} of mean {called(self.of)}. Review the "
                "gates and the pipetting.",
                value=100.0 * ratio,
                limit=f"{100.0 * (1.0 - warn):.0f} to {100.0 * (1.0 + warn):.0f} %",
            )
