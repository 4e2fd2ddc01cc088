"""Statistic: one cell of a table of means, from a summary or from a printed page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.outcome import floor_of
from tregate.pipelines.study.declared import Declared


@dataclass(frozen=True)
class Statistic:
    """One cell of a table: mean, SD where there is one, and what is claimed about it."""

    mean: float
    sd: float | None = None
    n: int | None = None
    """None: the table does not say."""
    stars: str = ""
    pairs_floor: float | None = None
    """Smallest p that the pairs of its test allow."""


Statistics = Mapping[tuple[str, str], Statistic]
"""(quantity, visit) -> statistic; quantities by the names of measures."""


def statistics_of(summary: Table) -> Statistics:
    """The cells of a summary table, by measure; the first table that has a measure speaks for it."""
    found: dict[tuple[str, str], Statistic] = {}
    for record in summary.records():
        key = (str(record["measure"]), str(record["visit"]))
        mean = _float(record["mean"])
        if mean is None or key in found:
            continue
        found[key] = Statistic(
            mean=mean,
            sd=_float(record["sd"]),
            n=int(_float(record["n"]) or 0),
            stars=str(record["stars"] or ""),
            pairs_floor=_float(record["p_floor"]),
        )
    return found


def published_statistics(
    rows: Iterable[Mapping[str, str]], declared: Declared, *, pairs: int | None = None
) -> Statistics:
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
            found[quantity, row["visit"]] = Statistic(
                mean=float(row["mean"]),
                sd=float(row["sd"]) if row["sd"] else None,
                stars=row["stars"],
                pairs_floor=None if pairs is None else floor_of(pairs),
            )
    return found


def _float(cell: Cell) -> float | None:
    return None if cell is None or isinstance(cell, str) else float(cell)
