"""The cells of a table of means: of a summary, or of a printed page."""

from collections.abc import Iterable, Mapping

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.plausible.mean_cell import MeanCell, MeanCells
from tregate.pipelines.statistics.claimed_p import claim
from tregate.pipelines.statistics.printed_units import cells_per_ul, is_percentage
from tregate.pipelines.study.declared import Declared
from tregate.pipelines.visit_tests.outcome import floor_of


def cells_of_summary(summary: Table) -> MeanCells:
    """The cells of a summary table, by measure; the first table that has a measure speaks for it."""
    found: dict[tuple[str, str], MeanCell] = {}
    for record in summary.records():
        key = (str(record["measure"]), str(record["visit"]))
        mean = _float(record["mean"])
        if mean is None or key in found:
            continue
        found[key] = MeanCell(
            mean=mean,
            sd=_float(record["sd"]),
            n=int(_float(record["n"]) or 0),
            stars=str(record["stars"] or ""),
            pairs_floor=_float(record["p_floor"]),
        )
    return found


def printed_names(declared: Declared) -> Mapping[tuple[str, bool], str]:
    """(name in lower case, whether it is a percentage) -> the measure that is printed so (`printed_as`)."""
    return {
        (printed.lower(), is_percentage(declared.unit(name))): name
        for name, measure in declared.measures.items()
        for printed in measure.printed_as
    }


def printed_measure(row: Mapping[str, str], names: Mapping[tuple[str, bool], str]) -> str | None:
    """The measure of a row of a printed table; None where it is none of these."""
    return names.get((row["measure"].lower(), is_percentage(row["unit"])))


def printed_factor(row: Mapping[str, str], measure: str, declared: Declared) -> float | None:
    """What a row's values are multiplied by to be in the unit of the measure; None where its unit is not known."""
    if row["unit"].casefold() == declared.unit(measure).casefold() or is_percentage(row["unit"]):
        return 1.0
    printed, own = cells_per_ul(row["unit"]), cells_per_ul(declared.unit(measure))
    return None if printed is None or own is None else printed / own


def printed_cells(rows: Iterable[Mapping[str, str]], declared: Declared, *, pairs: int | None = None) -> MeanCells:
    """The cells of a printed table: rows of `measure, unit, visit, mean, sd, stars`, in the units of the measures.

    `pairs`: how many pairs its tests can have had. A row is the measure whose `printed_as`
    names it, with a percentage or without; rows of other measures, and of units that are not known, are left out.
    """
    names = printed_names(declared)
    found = {}
    for row in rows:
        measure = printed_measure(row, names)
        factor = None if measure is None else printed_factor(row, measure, declared)
        if measure is not None and factor is not None:
            stars, claimed = claim(row["stars"]) or ("", None)
            found[measure, row["visit"]] = MeanCell(
                mean=factor * float(row["mean"]),
                sd=factor * float(row["sd"]) if row["sd"] else None,
                stars=stars,
                claimed=claimed,
                pairs_floor=None if pairs is None else floor_of(pairs),
            )
    return found


def _float(cell: Cell) -> float | None:
    return None if cell is None or isinstance(cell, str) else float(cell)
