"""A batch: the same number on every tube of one strategy."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tregate.gating.wording import number_text, percent_text
from tregate.pipelines.crosschecks.visits import sound
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.flags import lineage
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """One tube's number."""

    record: TubeRecord
    value: float
    """Threshold on its scale, or ln(odds) of a share."""
    noise: float
    """Counting SD of `value`."""
    plain: float
    """Threshold in linear intensity, or the share."""
    is_share: bool = False

    @property
    def shown(self) -> str:
        """As a person reads it: "3100", "6.2 %"."""
        return percent_text(self.plain) if self.is_share else number_text(self.plain)


@dataclass(frozen=True, slots=True)
class Series:
    """One number of one gate over a batch."""

    batch: str
    population: str
    label: str
    """"CD3 low"; "" for a share."""
    entries: tuple[Entry, ...]

    @property
    def values(self) -> list[float]:
        return [entry.value for entry in self.entries]

    @property
    def subjects(self) -> list[str]:
        return [entry.record.subject for entry in self.entries]

    @property
    def visits(self) -> list[str]:
        return [entry.record.visit for entry in self.entries]


def batches(records: Sequence[TubeRecord]) -> Callable[[TubeRecord], str]:
    """The batch of a tube: its strategy, and where the study declares instruments or sites, these too.

    Where instruments are declared for some tubes, the others are on the one that their file names. Where neither is
    declared, an instrument's name in a file makes no batch.
    """
    if not any(record.circumstances.instrument or record.circumstances.site for record in records):
        return lambda record: record.strategy_name
    return lambda record: "|".join((record.strategy_name, record.circumstances.device, record.circumstances.site))


def thresholds(results: Results, limits: StudyLimits) -> tuple[Series, ...]:
    """Every gate's numbers over the sound tubes of its batch, fallbacks left out: those are flagged as such.

    Tubes of which the tops of scale differ are not compared: positions on their scales mean other intensities.
    """
    return results.once(("thresholds", limits), lambda: tuple(_thresholds(sound(results), limits)))


def _thresholds(records: Sequence[TubeRecord], limits: StudyLimits) -> Iterator[Series]:
    found: dict[tuple[str, str, str, int], list[Entry]] = {}
    batch = batches(records)
    for record in records:
        for gate, placed in record.positions:
            if gate.fallback:
                continue
            for position in placed:
                if math.isfinite(position.scaled):
                    entry = Entry(record, position.scaled, 0.0, position.linear)
                    key = (batch(record), str(gate.population), position.label, _octave(position.top))
                    found.setdefault(key, []).append(entry)
    return _enough(found, limits)


def _octave(top: float) -> int:
    """The power of two nearest to a top of scale: some programs declare the brightest value, a little below it."""
    return round(math.log2(top))


def shares(results: Results, limits: StudyLimits) -> tuple[Series, ...]:
    """ln(odds) of the percent of parent over the sound tubes of a batch.

    Of populations below the one that the table definition names for it; above it they are the sample's.
    """
    within = results.sources.declared.definition.batch.within
    return results.once(("shares", limits), lambda: tuple(_shares(sound(results), within, limits)))


def _shares(records: Sequence[TubeRecord], within: str | None, limits: StudyLimits) -> Iterator[Series]:
    found: dict[tuple[str, str, str, int], list[Entry]] = {}
    batch = batches(records)
    for record in records:
        for count in record.result.counts if record.result is not None else ():
            events, of = count.events, count.parent_events
            if events is None or of is None or of < limits.least_events:
                continue
            if count.population == within or within not in lineage(record, count.population):
                continue
            inside, outside = events + 0.5, of - events + 0.5
            noise = math.sqrt(1.0 / inside + 1.0 / outside)
            entry = Entry(record, math.log(inside / outside), noise, events / of, is_share=True)
            found.setdefault((batch(record), str(count.population), "", 0), []).append(entry)
    return _enough(found, limits)


def _enough(found: dict[tuple[str, str, str, int], list[Entry]], limits: StudyLimits) -> Iterator[Series]:
    for (batch, population, label, _), entries in found.items():
        if len(entries) >= limits.least_tubes:
            yield Series(batch, population, label, tuple(entries))
