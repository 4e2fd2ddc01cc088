"""All subsets of one visit off by one factor: a volume, a bead load or a dilution, and rarely the blood."""

import math
from collections.abc import Iterable, Iterator, Mapping

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.crosschecks.blood import blood_of, counted_directly, counting_record
from tregate.pipelines.crosschecks.per_tube import beads_of
from tregate.pipelines.crosschecks.robust import median_polish_residuals, spread
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding

LEAST_VISITS = 2
LEAST_SUBSETS = 3
FLOOR = 0.1
"""Least SD of ln(cells/µL) of one subset from visit to visit."""


def one_factor(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Residuals of ln(cells/µL) from subject and visit that agree over the subsets and are large.

    Subsets are the cells that hold no other counted cells. A drug that moves all of them alike looks the same
    (docs/silent_faults.md).
    """
    blood = blood_of(results)
    subsets = _leaves(results)
    residuals: dict[tuple[str, str], dict[str, float]] = {}
    for cells in subsets:
        places = [place for place, values in blood.items() if values.get(cells, 0.0) > 0.0]
        if len({visit for _, visit in places}) < LEAST_VISITS or len(places) < 2 * LEAST_VISITS:
            continue
        values = [math.log(blood[place][cells]) for place in places]
        left = median_polish_residuals(values, [s for s, _ in places], [v for _, v in places])
        for place, value in zip(places, left, strict=True):
            residuals.setdefault(place, {})[cells] = value
    columns = {cells: [found[cells] for found in residuals.values() if cells in found] for cells in subsets}
    usual = {cells: spread(values, FLOOR) for cells, values in columns.items() if values}
    for place, found in residuals.items():
        factor = _shared(found, usual, limits)
        if factor is None:
            continue
        populations = ", ".join(results.sources.cells[cells].population for cells in found)
        message = (
            f"{populations} are all about {math.exp(factor):.2g} times the cells/µL that this subject's other visits "
            "suggest. This is a volume, bead or dilution error more often than biology; check the rows of the visit."
        )
        limit = f"within {math.exp(limits.one_factor):.2g}-fold"
        finding = Finding("one_factor", Severity.WARN, message, _beads(results, found, place), math.exp(factor), limit)
        yield TubeFinding(*place, "", "", finding)


def _beads(results: Results, cells: Iterable[str], place: tuple[str, str]) -> str:
    """A population that is no cells: the finding concerns concentrations and no percentage."""
    records = (counting_record(results, results.sources.cells[one], place) for one in cells)
    return next((beads for record in records if record is not None and (beads := beads_of(record))), "")


def _shared(found: Mapping[str, float], usual: Mapping[str, float], limits: StudyLimits) -> float | None:
    """ln of the factor that all subsets share, each weighed by how much it usually varies; None where they disagree."""
    if len(found) < LEAST_SUBSETS:
        return None
    weights = {cells: 1.0 / usual[cells] ** 2 for cells in found}
    mean = sum(weights[cells] * value for cells, value in found.items()) / sum(weights.values())
    chi_square = sum(weights[cells] * (value - mean) ** 2 for cells, value in found.items()) / (len(found) - 1)
    same_sign = min(found.values()) > 0 or max(found.values()) < 0
    agree = same_sign and chi_square < limits.one_factor_spread
    return mean if agree and abs(mean) > limits.one_factor else None


def _leaves(results: Results) -> list[str]:
    """Directly counted cells whose population is the ancestor of no other one's."""
    directly = counted_directly(results)
    ancestors = set()
    for cells in directly:
        source = results.sources.cells[cells]
        record = next((r for r in results.records if r.tube == source.tube and r.result is not None), None)
        count = None if record is None else record.count(source.population)
        seen = set[str]()
        while record is not None and count is not None and count.parent not in seen:
            seen.add(str(count.parent))
            count = record.count(str(count.parent))
        ancestors |= {(source.tube, name) for name in seen}
    sources = results.sources.cells
    return [cells for cells in directly if (sources[cells].tube, sources[cells].population) not in ancestors]
