"""The tubes of one subject and visit, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass

from tregate.gating.findings import Severity
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeRecord


@dataclass(frozen=True, slots=True)
class VisitTubes:
    """Usable tubes of one subject and visit, in the order of samples.csv."""

    subject: str
    visit: str
    records: tuple[TubeRecord, ...]


def usable(results: Results) -> tuple[TubeRecord, ...]:
    """Every tube that counts: gated, not excluded, not one of two of the same name."""
    return tuple(
        record for record in results.records if results.usable(record.subject, record.visit, record.tube)[0] is record
    )


def sound(results: Results) -> tuple[TubeRecord, ...]:
    """Usable tubes with which nothing is wrong by themselves: no finding `fail`, no beads in a washed tube.

    A batch is made of these: a tube that is known to be bad must not move what the others are measured by.
    """
    return tuple(record for record in usable(results) if not _wrong(record))


def _wrong(record: TubeRecord) -> bool:
    findings = () if record.result is None else record.result.findings
    return (record.washed and bool(record.bead_lot)) or any(finding.severity is Severity.FAIL for finding in findings)


def visits(results: Results) -> Iterator[VisitTubes]:
    """Each subject and visit that has a usable tube."""
    places: dict[tuple[str, str], list[TubeRecord]] = {}
    for record in usable(results):
        places.setdefault((record.subject, record.visit), []).append(record)
    for (subject, visit), records in places.items():
        yield VisitTubes(subject, visit, tuple(records))


def events(record: TubeRecord, population: str) -> int | None:
    """Events of a population; None where it was not measured."""
    count = record.count(population)
    return None if count is None else count.events


def per_ul(record: TubeRecord, population: str) -> float | None:
    """Cells/µL of a population; None where there is no concentration."""
    count = record.count(population)
    return None if count is None or count.cells_per_ul is None else count.cells_per_ul.value
