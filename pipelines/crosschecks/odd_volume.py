"""Volumes, dilutions and bead loads of samples.csv that differ from the rest of the study."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tregate.gating.count.estimates import CountingInput
from tregate.gating.findings import Severity
from tregate.gating.wording import counted
from tregate.pipelines.crosschecks.per_tube import at_tube, beads_of
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_ROWS = 4


_READS: Mapping[str, Callable[[CountingInput], float | None]] = {
    "blood_volume_ul": lambda load: load.blood_volume_ul,
    "bead_volume_ul": lambda load: load.bead_volume_ul,
    "beads_per_tube": lambda load: load.beads_per_tube,
    "dilution": lambda load: load.dilution,
}
"""Column of samples.csv -> its number."""


class Odd(NamedTuple):
    """A number of one tube that nearly no other has."""

    tube: int
    """Position among the tubes that were looked at."""
    value: float
    usual: float
    message: str


def odd_numbers(loads: Sequence[CountingInput], limits: StudyLimits) -> Iterator[Odd]:
    """Volumes, dilutions and beads per tube that are not what nearly all other tubes are counted by."""
    for column, read in _READS.items():
        values = Counter(value for load in loads if (value := read(load)) is not None)
        if not values or values.total() < LEAST_ROWS:
            continue
        usual, count = values.most_common(1)[0]
        if count < (1 - limits.rare_share) * values.total():
            continue
        for i, load in enumerate(loads):
            value = read(load)
            if value is not None and value != usual:
                message = (
                    f"`{column}` is {value:g}; {count} of {values.total()} tubes have {usual:g}. If it was mistyped, "
                    "cells/µL are wrong by that factor: correct the row, else leave it."
                )
                yield Odd(i, value, usual, message)


def odd_volume(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A row whose volume or dilution is not what nearly all other rows have, and a ratio no product asks for."""
    rows = [(record, record.counted_by) for record in usable(results) if record.counted_by is not None]
    reported = set()
    for odd in odd_numbers([load for _, load in rows], limits):
        record = rows[odd.tube][0]
        reported.add(record.file)
        yield at_tube(
            record, "odd_volume", Severity.WARN, odd.message, population=beads_of(record), value=odd.value,
            limit=f"{odd.usual:g}", of_setup=True,
        )  # fmt: skip
    yield from _ratios([record for record, _ in rows if record.file not in reported], limits)


def _ratios(rows: list[TubeRecord], limits: StudyLimits) -> Iterator[TubeFinding]:
    ratios: dict[float, list[TubeRecord]] = defaultdict(list)
    for record in rows:
        if record.counted_by is not None and record.counted_by.bead_volume_ul:
            ratios[record.counted_by.bead_volume_ul / record.counted_by.blood_volume_ul].append(record)
    for ratio, alike in ratios.items():
        if limits.volume_ratio_low <= ratio <= limits.volume_ratio_high:
            continue
        for record in alike:
            yield at_tube(
                record, "odd_volume", Severity.WARN,
                f"Bead volume over blood volume is {ratio:.3g}; products ask for 0.5 to 1 "
                f"({counted(len(alike), 'tube')}). Check both.",
                population=beads_of(record), value=ratio,
                limit=f"{limits.volume_ratio_low:g} to {limits.volume_ratio_high:g}", of_setup=True,
            )  # fmt: skip
