"""matrix.csv, controls.csv and comparison.csv."""

from collections.abc import Sequence

from tregate.gating.controls import Estimated, Judged
from tregate.pipelines.compensating.compared import ComparedMatrix
from tregate.pipelines.compensating.controls_folder import Controls
from tregate.pipelines.files.table import Cell, Table

CONTROL_COLUMNS = (
    "file", "control_channel", "stain", "verdict", "used", "brightest_channel", "events", "positive_events",
    "negative_events", "negatives", "distance_in_widths", "percent_at_top", "percent_foreign", "into_channel", "slope",
    "slope_low", "slope_high", "residual", "message",
)  # fmt: skip
COMPARISON_COLUMNS = (
    "date", "source", "matrix_sha256", "files", "example", "control_channel", "into_channel", "stated", "slope",
    "slope_low", "slope_high", "difference", "residual", "contradicts",
)  # fmt: skip


def matrix_table(estimated: Estimated) -> Table:
    """The matrix in the form that the column `compensation` of samples.csv takes: row = dye, column = detector."""
    names = [str(estimated.channels[i]) for i in estimated.included]
    rows: list[tuple[Cell, ...]] = [
        (str(estimated.channels[i]), *(float(estimated.matrix[i, j]) for j in estimated.included))
        for i in estimated.included
    ]
    return Table("matrix", ("", *names), tuple(rows))


def controls_table(controls: Controls) -> Table:
    """One row per entry of the matrix; one row for each control that is not used, and for each missing one."""
    estimated = controls.estimated
    stains = {one.tube.name: one.tube.stains for one in controls.files}
    rows: list[dict[str, Cell]] = []
    for one in estimated.controls:
        record = _record(one, estimated, stains.get(one.name, ()))
        pairs = [pair for pair in estimated.pairs if one.used and pair.control == one.name]
        rows += [
            record
            | {
                "into_channel": estimated.channels[pair.into],
                "slope": pair.slope,
                "slope_low": pair.low,
                "slope_high": pair.high,
                "residual": round(pair.residual, 6),
            }
            for pair in pairs
        ] or [record]
    if estimated.unstained:
        rows.append({"file": estimated.unstained, "verdict": "unstained", "used": True})
    rows += [{"file": one.name, "used": False, "message": one.why} for one in controls.not_used]
    return Table.from_records("controls", CONTROL_COLUMNS, rows)


def _record(one: Judged, estimated: Estimated, stains: Sequence[str]) -> dict[str, Cell]:
    found = one.groups
    measured = found is not None and len(found.positive) > 0
    return {
        "file": one.name or None,
        "control_channel": None if one.own is None else estimated.channels[one.own],
        "stain": stains[one.own] or None if stains and one.own is not None else None,
        "verdict": one.verdict.value,
        "used": one.used,
        "brightest_channel": None if one.brightest is None else estimated.channels[one.brightest],
        "events": one.events or None,
        "positive_events": None if found is None else len(found.positive),
        "negative_events": None if found is None else len(found.negative),
        "negatives": None if found is None else found.negatives,
        "distance_in_widths": found.distance if found is not None and measured else None,
        "percent_at_top": 100 * found.at_top if found is not None and measured else None,
        "percent_foreign": 100 * one.foreign if measured else None,
        "message": one.message or None,
    }


def comparison_table(matrices: Sequence[ComparedMatrix]) -> Table:
    """One row per entry of every matrix that the files state, by date."""
    rows: list[dict[str, Cell]] = [
        {
            "date": None if one.day is None else one.day.isoformat(),
            "source": one.source,
            "matrix_sha256": one.sha256,
            "files": len(one.files),
            "example": one.files[0],
            "control_channel": entry.own,
            "into_channel": entry.into,
            "stated": entry.stated,
            "slope": entry.slope,
            "slope_low": entry.low,
            "slope_high": entry.high,
            "difference": entry.stated - entry.slope,
            "residual": round(entry.residual, 6),
            "contradicts": entry.contradicts,
        }
        for one in matrices
        for entry in one.entries
    ]
    return Table.from_records("comparison", COMPARISON_COLUMNS, rows)
