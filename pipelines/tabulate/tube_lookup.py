"""The tubes of a study, looked up by subject, visit and tube."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from tregate.pipelines.tubes.records import TubeRecord


class TubeLookup:
    """Which tube counts at a place, or why none does."""

    def __init__(self, records: Sequence[TubeRecord]) -> None:
        self.records = records
        self._by_place: Mapping[tuple[str, str, str], tuple[TubeRecord, ...]] = _by_place(records)

    def usable(self, subject: str, visit: str, tube: str) -> tuple[TubeRecord | None, str]:
        """The tube that counts, or None and the flag that says why there is none."""
        listed = self._by_place.get((subject, visit, tube), ())
        used = [record for record in listed if not record.excluded]
        if len(used) > 1:
            return None, f"several_tubes_{tube}"
        if not used:
            return None, f"excluded_{tube}" if listed else f"missing_tube_{tube}"
        if used[0].result is None:
            return None, f"tube_failed_{tube}"
        return used[0], ""

    def replicates(self, subject: str, visit: str, tube: str) -> tuple[TubeRecord, ...]:
        """The usable tubes of a planned visit and of its repeats, in the order of samples.csv."""
        listed = self._by_planned.get((subject, visit, tube), ())
        return tuple(one for one in listed if self.usable(subject, one.visit, tube)[0] is one)

    def replicated(self, tube: str) -> tuple[tuple[TubeRecord, ...], ...]:
        """Of every subject and planned visit, its replicates of this tube."""
        places = ((subject, visit) for subject, visit, name in self._by_planned if name == tube)
        return tuple(self.replicates(*place, tube) for place in places)

    @cached_property
    def _by_planned(self) -> Mapping[tuple[str, str, str], tuple[TubeRecord, ...]]:
        found: dict[tuple[str, str, str], tuple[TubeRecord, ...]] = {}
        for record in self.records:
            place = (record.subject, record.planned_visit, record.tube)
            found[place] = (*found.get(place, ()), record)
        return found


def _by_place(records: Sequence[TubeRecord]) -> dict[tuple[str, str, str], tuple[TubeRecord, ...]]:
    found: dict[tuple[str, str, str], tuple[TubeRecord, ...]] = {}
    for record in records:
        place = (record.subject, record.visit, record.tube)
        found[place] = (*found.get(place, ()), record)
    return found
