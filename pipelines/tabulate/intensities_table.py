"""intensities.csv: one row per tube, population and marker that the table definition asks for."""

from collections.abc import Mapping, Sequence

from tregate.gating.intensities import Intensity
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.tabulate.flags import doubts_about, joined
from tregate.pipelines.tabulate.results import Results

PLACE = ("subject", "visit", "tube", "file")
TEXT = (*PLACE, "population", "marker", "standard", "negative", "settings", "split", "flags")
"""Columns of text."""
NUMBERS: Mapping[str, str] = {
    "median_low": "low",
    "median_high": "high",
    "percent_positive_low": "positive_low",
    "percent_positive_high": "positive_high",
    "percent_saturated": "percent_saturated",
    "standard_median": "standard_median",
    "standardised": "standardised",
    "standardised_low": "standardised_low",
    "standardised_high": "standardised_high",
    "negative_median": "negative_median",
    "negative_sd": "negative_sd",
}
"""Column -> field of an intensity, of the columns after those of the contract."""
COLUMNS = (
    *PLACE, "population", "marker", "events", "median", "robust_cv", "percent_positive", "standard", *NUMBERS,
    "negative", "settings", "split", "threshold", "flags",
)  # fmt: skip


def intensities_table(results: Results) -> Table | None:
    """Every intensity of every tube that has a result, in the order of samples.csv; None where none is declared."""
    if not any(measure.intensity is not None for measure in results.sources.declared.measures.values()):
        return None
    rows: list[dict[str, Cell]] = []
    for record in results.records:
        if record.result is None or record.excluded:
            continue
        for one in record.result.intensities:
            about = doubts_about(results.doubts, record, one.population, concentration=False, marker=one.marker)
            rows.append(
                {
                    "subject": record.subject,
                    "visit": record.visit,
                    "tube": record.tube,
                    "file": record.file,
                    **_cells(one),
                    "flags": joined((*one.flags, *(name for name, _ in about))),
                }
            )
    return Table.from_records("intensities", COLUMNS, rows)


def _cells(one: Intensity) -> dict[str, Cell]:
    return {
        "population": one.population,
        "marker": one.marker,
        "events": one.events,
        "median": one.median,
        "robust_cv": one.robust_cv,
        "percent_positive": one.percent_positive,
        "standard": one.standard or None,
        **{column: getattr(one, name) for column, name in NUMBERS.items()},
        "negative": one.negative or None,
        "settings": one.settings or None,
        "split": one.split or None,
        "threshold": one.threshold,
    }


OWN_FLAGS = frozenset(
    {
        *("below_loq", "unmeasured", "marker_missing", "standard_missing", "standard_near_zero"),
        *("intensity_saturated", "no_valley", "shallow_valley"),
    }
)
"""Flags that measuring sets itself; others come from findings."""


def intensities_of(rows: Sequence[Mapping[str, Cell]]) -> tuple[Intensity, ...]:
    """The intensities of one tube again, from its rows."""
    return tuple(
        Intensity(
            population=str(row["population"]),
            marker=str(row["marker"]),
            standard=str(row["standard"] or ""),
            negative=str(row["negative"] or ""),
            events=None if row["events"] is None else int(row["events"]),
            median=_number(row["median"]),
            robust_cv=_number(row["robust_cv"]),
            percent_positive=_number(row["percent_positive"]),
            **{name: _number(row[column]) for column, name in NUMBERS.items()},
            settings=str(row["settings"] or ""),
            split=str(row.get("split") or ""),
            threshold=_number(row.get("threshold")),
            flags=tuple(flag for flag in str(row["flags"] or "").split(";") if flag in OWN_FLAGS),
        )
        for row in rows
    )


def _number(cell: Cell) -> float | None:
    return None if cell is None else float(cell)
