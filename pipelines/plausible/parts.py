"""Parts and their whole."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from tregate.gating.findings import Finding, Severity
from tregate.gating.wording import number_text
from tregate.pipelines.plausible.relation import AtVisit, Called, LimitOf, Relation
from tregate.pipelines.plausible.spreads import ROUNDING


class Parts(Relation):
    """No part is larger than its whole."""

    MEASURES: ClassVar[tuple[str, ...]] = ("parts", "of")

    parts: Annotated[tuple[str, ...], Field(min_length=1)]
    of: str

    def broken_by(self, at: AtVisit, limit: LimitOf, called: Called) -> Iterator[Finding]:
        """Means of parts above the mean of their whole."""
        for part in self.parts:
            if part in at and self.of in at and at[part].mean > at[self.of].mean * (1.0 + ROUNDING):
                yield Finding(
                    "part_within_whole",
                    Severity.FAIL,
                    f"Mean {called(part)} ({number_text(at[part].mean)}) is larger than mean {called(self.of)} "
                    f"({number_text(at[self.of].mean)}), which includes it. Review the gates and the pipetting.",
                    value=at[part].mean,
                    limit=f"at most {at[self.of].mean:.4g}",
                )
