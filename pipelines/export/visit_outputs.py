"""Everything that is made of visit tables: by a run, and again by `tregate tables`."""

from collections.abc import Sequence
from pathlib import Path

from tregate.pipelines.export.cp import cp_table
from tregate.pipelines.export.footnotes import footnotes_of
from tregate.pipelines.export.parquet import write_parquet
from tregate.pipelines.export.table1 import table1
from tregate.pipelines.export.xlsx import write_xlsx
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import MEASURE_DIGITS, SUMMARY_DIGITS, write_csv
from tregate.pipelines.files.table import Table
from tregate.pipelines.report.figure1 import NK, TREG, write_figure
from tregate.pipelines.statistics.summarise import Summary

CAPTION = (
    "Mean with 95 % interval (from 3 subjects on), one line per subject, n subjects with a fold change; "
    "stars against the baseline as in the notes of table1.md."
)


def write_visit_outputs(
    out: Path,
    tables: Sequence[Table],
    summary: Summary,
    *,
    study: str,
    visits: Sequence[str],
    baseline: str,
    footnotes: Sequence[str] = (),
    parquet: bool = False,
    figures: bool = True,
) -> tuple[Path, ...]:
    """Write the visit tables, summary.csv, cp.csv, tables.xlsx, table1.md and the figures, each whole.

    `footnotes` go beneath the summary's own notes and those on Teff and on undeclared uncertainties.
    Returns the files in the order of writing.
    """
    notes = (*summary.notes, *footnotes_of(tables), *footnotes)
    long = cp_table(tables, visits, baseline, study=study)
    written = []
    for table in (*tables, summary.table, long):
        path = out / f"{table.name}.csv"
        write_csv(table, path, digits=SUMMARY_DIGITS if table is summary.table else MEASURE_DIGITS)
        written.append(path)
        if parquet:
            write_parquet(table, path.with_suffix(".parquet"))
            written.append(path.with_suffix(".parquet"))
    write_xlsx([*tables, summary.table], out / "tables.xlsx", footnotes=notes)
    write_text(out / "table1.md", table1(summary.table, visits, baseline, study=study, footnotes=notes))
    written += [out / "tables.xlsx", out / "table1.md"]
    for name, measures in (("figure1", TREG), ("figure_nk", NK)) if figures else ():
        written += write_figure(summary.series, summary.table, measures, out / name, caption=CAPTION)
    return tuple(written)
