"""Volumes, dilutions and bead loads of samples.csv that differ from the rest of the study."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.per_tube import at_tube, beads_of
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_ROWS = 4


def odd_volume(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A row whose volume or dilution is not what nearly all other rows have, and a ratio no product asks for."""
    rows = [record for record in usable(results) if record.counted_by is not None]
    reads: dict[str, Callable[[TubeRecord], float | None]] = {
        "blood_volume_ul": lambda r: None if r.counted_by is None else r.counted_by.blood_volume_ul,
        "bead_volume_ul": lambda r: None if r.counted_by is None else r.counted_by.bead_volume_ul,
        "beads_per_tube": lambda r: None if r.counted_by is None else r.counted_by.beads_per_tube,
        "dilution": lambda r: None if r.counted_by is None else r.counted_by.dilution,
    }
    reported = set()
    for column, read in reads.items():
        values = Counter(value for record in rows if (value := read(record)) is not None)
        if not values or values.total() < LEAST_ROWS:
            continue
        usual, count = values.most_common(1)[0]
        if count < (1 - limits.rare_share) * values.total():
            continue
        for record in rows:
            value = read(record)
            if value is not None and value != usual:
                reported.add(record.file)
                yield at_tube(
                    record, "odd_volume", Severity.WARN,
                    f"`{column}` is {value:g}; {count} of {values.total()} tubes have {usual:g}. If it was mistyped, "
                    "cells/µL "
                    "are wrong by that factor: correct the row, else leave it.",
                    population=beads_of(record), value=value, limit=f"{usual:g}", of_setup=True,
                )  # fmt: skip
    yield from _ratios([record for record in rows if record.file not in reported], limits)


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
                f"Bead volume over blood volume is {ratio:.3g}; products ask for 0.5 to 1 ({len(alike)} tubes). "
                "Check both.",
                population=beads_of(record), value=ratio,
                limit=f"{limits.volume_ratio_low:g} to {limits.volume_ratio_high:g}", of_setup=True,
            )  # fmt: skip
