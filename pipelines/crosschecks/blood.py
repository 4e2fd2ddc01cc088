"""Cells/µL of every visit that tubes count with beads of their own."""

from collections.abc import Iterator, Mapping

from tregate.pipelines.study.sources import CellSource
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeRecord

Blood = Mapping[tuple[str, str], Mapping[str, float]]
"""(subject, visit) -> cells -> cells/µL, as far as they were counted."""


def blood_of(results: Results) -> Blood:
    """Every concentration of the study, by the names of the table definition."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    directly = counted_directly(results)
    for place in ((subject, visit) for subject in results.subjects for visit in results.visits):
        values = {cells: results.values.concentration_of(cells, place).value for cells in directly}
        known = {cells: value for cells, value in values.items() if value is not None}
        if known:
            found[place] = known
    return found


def counted_directly(results: Results) -> tuple[str, ...]:
    """Cells that a tube counts with beads of its own."""
    return tuple(cells for cells, source in results.sources.cells.items() if source.by_beads)


def source_of(results: Results, measure: str) -> CellSource | None:
    """Where the cells of a measure of cells/µL are counted; None where no tube of the study counts them."""
    (cells,) = results.sources.declared.cells_of(measure)
    source = results.sources.cells[cells]
    return None if source.tube is None else source


def counting_record(results: Results, source: CellSource, place: tuple[str, str]) -> TubeRecord | None:
    """The tube of a visit that counts these cells."""
    return None if source.tube is None else results.usable(*place, source.tube)[0]


def tubes_with_beads(results: Results) -> Iterator[str]:
    """Names of the tubes that concentrations come from, in order of the name."""
    yield from sorted({str(source.tube) for source in results.sources.cells.values() if source.by_beads})
