"""Results: the tubes of a study and all that was found about them, and the measurements that are made of both."""

from dataclasses import dataclass
from functools import cached_property

from tregate.pipelines.study.sources import TableSources
from tregate.pipelines.tabulate.doubts import Doubts
from tregate.pipelines.tabulate.tube_lookup import TubeLookup
from tregate.pipelines.tabulate.values import Values
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


@dataclass(frozen=True)
class Results:
    """What the visit tables are made of."""

    subjects: tuple[str, ...]
    """In row order."""
    visits: tuple[str, ...]
    """Planned, in order."""
    baseline: str
    records: tuple[TubeRecord, ...]
    """In the order of samples.csv, with those that failed or are excluded."""
    sources: TableSources
    findings: tuple[TubeFinding, ...] = ()
    """Of tubes, cross-checks and the second look."""
    kept: Values | None = None
    """Values that are computed already, kept where the findings alone change."""

    @cached_property
    def tubes(self) -> TubeLookup:
        return self.values.tubes

    @cached_property
    def values(self) -> Values:
        """The values of these tubes by these sources."""
        kept = self.kept
        if kept is not None and kept.sources is self.sources and kept.tubes.records is self.records:
            return kept
        return Values(self.sources, TubeLookup(self.records))

    def usable(self, subject: str, visit: str, tube: str) -> tuple[TubeRecord | None, str]:
        """The tube that counts, or None and the flag that says why there is none."""
        return self.tubes.usable(subject, visit, tube)

    @cached_property
    def doubts(self) -> Doubts:
        """What was found of severity warn or fail, by tube."""
        return Doubts(self.findings)
