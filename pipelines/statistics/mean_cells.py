"""The cells of a table of means: of a summary, or of a printed page."""

from collections.abc import Iterable, Mapping

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.plausible.mean_cell import MeanCell, MeanCells
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


def printed_cells(rows: Iterable[Mapping[str, str]], declared: Declared, *, pairs: int | None = None) -> MeanCells:
    """The cells of a printed table: rows of `measure, unit, visit, mean, sd, stars`.

    `pairs`: how many pairs its tests can have had. A row is the measure whose `printed_as`
    names it, with a percentage or without; rows of other measures are left out.
    """
    names = {
        (printed.lower(), "%" in declared.unit(name)): name
        for name, measure in declared.measures.items()
        for printed in measure.printed_as
    }
    found = {}
    for row in rows:
        quantity = names.get((row["measure"].lower(), "%" in row["unit"]))
        if quantity is not None:
            found[quantity, row["visit"]] = MeanCell(
                mean=float(row["mean"]),
                sd=float(row["sd"]) if row["sd"] else None,
                stars=row["stars"],
                pairs_floor=None if pairs is None else floor_of(pairs),
            )
    return found


def _float(cell: Cell) -> float | None:
    return None if cell is None or isinstance(cell, str) else float(cell)
