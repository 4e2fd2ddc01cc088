"""Everything that is made of visit tables: by a run, and again by `tregate tables`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tregate.pipelines.export.about_tables import about_tables, ids_of
from tregate.pipelines.export.collection import Collection
from tregate.pipelines.export.cp import cell_phenotype
from tregate.pipelines.export.footnotes import footnotes_of
from tregate.pipelines.export.formats import FORMATS
from tregate.pipelines.export.table1 import table1
from tregate.pipelines.export.xlsx import write_xlsx
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.table import Table
from tregate.pipelines.statistics.measures import units_of
from tregate.pipelines.statistics.summarise import Summary
from tregate.pipelines.study.declared import Declared


def write_tables(tables: Sequence[Table], out: Path, formats: Sequence[str] = ()) -> list[Path]:
    """Each table as CSV and in further formats; the files in the order of writing."""
    written = []
    for table in tables:
        for ending in dict.fromkeys(("csv", *formats)):
            written.append(out / f"{table.name}.{ending}")
            FORMATS[ending](table, written[-1])
    return written


def write_visit_outputs(
    out: Path,
    tables: Sequence[Table],
    summary: Summary,
    *,
    study: str,
    visits: Sequence[str],
    baseline: str,
    declared: Declared,
    footnotes: Sequence[str] = (),
    formats: Sequence[str] = (),
    figures: bool = True,
    collection: Collection | None = None,
    findings: Table | None = None,
    plan: Mapping[str, Any] | None = None,
    changes: Table | None = None,
) -> tuple[Path, ...]:
    """Write the visit tables, summary.csv, cp.csv, suppcp.csv, about_tables.csv, tables.xlsx, table1.md and figures.

    Each file is written whole. `footnotes` go beneath the summary's own notes and those on chosen definitions and
    undeclared uncertainties.
    `findings`: a sheet of tables.xlsx. `plan`: that of run.json.
    `changes`: what persons changed, a sheet of its own where there is any.
    `formats`: names of FORMATS in which the tables are written beside CSV. Returns the files in the order of writing.
    """
    notes = (*summary.notes, *footnotes_of(tables, declared), *footnotes)
    long = cell_phenotype(tables, visits, baseline, declared, study=study, collection=collection)
    compared = tuple(table for table in (summary.comparisons, summary.by_group) if len(table))
    about, units = _about(study, visits, baseline, declared, plan), units_of(tables, declared)
    described = about_tables((*tables, summary.table, *compared), about, units, notes, ids_of(declared))
    written = write_tables((*tables, summary.table, *compared, long.cp, long.supplemental, described), out, formats)
    changed = (changes,) if changes is not None and len(changes) else ()
    write_xlsx(
        [
            *tables,
            summary.table,
            *compared,
            *changed,
            *(() if findings is None else (replace(findings, name="Findings"),)),
        ],
        out / "tables.xlsx",
        units,
        footnotes=notes,
        about=about,
    )
    layout = table1(
        summary.table, visits, baseline, declared, study=study, footnotes=notes, cell=summary.cell,
        comparisons=summary.comparisons, by_group=summary.by_group,
    )  # fmt: skip
    write_text(out / "table1.md", layout)
    written += [out / "tables.xlsx", out / "table1.md"]
    if figures:
        written += _figures(summary, declared, out)
    return tuple(written)


def _figures(summary: Summary, declared: Declared, out: Path) -> list[Path]:
    from tregate.pipelines.report.figure_files import write_figure
    from tregate.pipelines.report.trial_figures import trial_figures

    return [path for figure in trial_figures(summary, declared) for path in write_figure(figure, out)]


def _about(
    study: str, visits: Sequence[str], baseline: str, declared: Declared, plan: Mapping[str, Any] | None
) -> list[tuple[str, str]]:
    """What every table of the workbook rests on."""
    choices = [
        (choice.capitalize(), f"{declared.about_choice(choice, option) or option} ({option})")
        for choice, option in declared.choices.items()
    ]
    of_plan = [] if plan is None else [("Analysis plan", f"SHA-256 {plan['sha256']}")]
    return [("Study", study), ("Visits", ", ".join(visits)), ("Baseline", baseline), *choices, *of_plan]
