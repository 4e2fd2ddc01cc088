"""What must be read with the visit tables: which Teff, and what their limits leave out."""

from collections.abc import Sequence

from tregate.pipelines.files.table import Table
from tregate.pipelines.tabulate.flags import NO_PREPARATION_CV

TEFF = {
    "cd3_minus_treg": "CD3+ cells without Treg",
    "cd3": "all CD3+ cells",
    "cd4_non_treg": "CD4+ cells without Treg",
    "cd4_plus_cd8_minus_treg": "CD4+ and CD8+ cells without Treg",
}


def footnotes_of(tables: Sequence[Table]) -> tuple[str, ...]:
    """Sentences for the foot of a table, from what the tables themselves say."""
    notes = [f"Teff: {TEFF.get(teff, teff)} ({teff})." for teff in _cells(tables, "teff_definition")]
    notes.append(
        "Low and high are 95 % confidence limits of counting, including the declared uncertainties, without gating."
    )
    flags = {flag for cell in _cells(tables, "flags") for flag in cell.split(";")}
    if NO_PREPARATION_CV in flags:
        notes.append(
            "No uncertainty of preparation (pipetting, lysing) is declared, so the confidence limits do not include it."
        )
    return tuple(notes)


def _cells(tables: Sequence[Table], column: str) -> list[str]:
    found = (cell for table in tables if column in table.columns for cell in table.column(column))
    return list(dict.fromkeys(cell for cell in found if isinstance(cell, str) and cell))
