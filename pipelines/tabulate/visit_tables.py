"""treg.csv, nk.csv and subsets.csv: one row per subject and planned visit, whatever became of its tubes."""

from collections.abc import Iterator

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.tabulate.figures import Figure, concentration, share
from tregate.pipelines.tabulate.flags import joined
from tregate.pipelines.tabulate.folds import fold
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tabulate.teff import treg_percent_of_teff

Row = dict[str, Cell]

SUBSETS = ("lymphocytes", "cd3", "cd4", "cd8", "b", "nk")


def _limits(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"


TREG_COLUMNS = (
    "subject", "visit", *_limits("cd4_per_ul"), *_limits("treg_percent_of_cd4"), *_limits("treg_per_ul"),
    "treg_percent_of_teff", "teff_definition", "fold_treg_percent", "fold_treg_per_ul", "flags",
)  # fmt: skip

NK_COLUMNS = (
    "subject", "visit", *_limits("nk_per_ul"), *_limits("nk_bright_per_ul"), *_limits("nk_dim_per_ul"),
    "nk_bright_percent_of_nk", "fold_nk_per_ul", "fold_nk_bright_per_ul", "flags",
)  # fmt: skip

SUBSETS_COLUMNS = (
    "subject", "visit", *(column for name in SUBSETS for column in _limits(f"{name}_per_ul")),
    "lymphosum_percent", "flags",
)  # fmt: skip


def treg_table(results: Results) -> Table:
    """Treg and CD4+ a visit, with Treg as a percentage of CD4+ and of Teff."""
    return Table.from_records("treg", TREG_COLUMNS, [_treg(results, *place) for place in _places(results)])


def nk_table(results: Results) -> Table:
    """NK, CD56bright and CD56dim a visit."""
    return Table.from_records("nk", NK_COLUMNS, [_nk(results, *place) for place in _places(results)])


def subsets_table(results: Results) -> Table:
    """Lymphocytes and their subsets a visit, and what T, B and NK add up to."""
    rows = [_subsets(results, *place) for place in _places(results)]
    return Table.from_records("subsets", SUBSETS_COLUMNS, rows)


def lymphosum(results: Results, subject: str, visit: str) -> float | None:
    """100 x (CD3 + B + NK) / lymphocytes [%]; None where one of them is missing or there are no lymphocytes."""
    whole = concentration(results, "lymphocytes", subject, visit).value
    parts = [concentration(results, name, subject, visit).value for name in ("cd3", "b", "nk")]
    known = [part for part in parts if part is not None]
    return 100.0 * sum(known) / whole if whole and len(known) == len(parts) else None


def _places(results: Results) -> Iterator[tuple[str, str]]:
    return ((subject, visit) for subject in results.subjects for visit in results.visits)


def _treg(results: Results, subject: str, visit: str) -> Row:
    first = results.baseline
    cd4 = concentration(results, "cd4", subject, visit)
    percent = share(results, "treg", subject, visit)
    count = concentration(results, "treg", subject, visit)
    of_teff = treg_percent_of_teff(results, subject, visit, count)
    fold_percent, why_percent = fold(percent, share(results, "treg", subject, first), "treg")
    fold_count, why_count = fold(count, concentration(results, "treg", subject, first), "treg")
    marks = (*cd4.flags, *percent.flags, *count.flags, *of_teff.flags, *why_percent, *why_count)
    return {
        "subject": subject,
        "visit": visit,
        **_cells("cd4_per_ul", cd4),
        **_cells("treg_percent_of_cd4", percent),
        **_cells("treg_per_ul", count),
        "treg_percent_of_teff": of_teff.value,
        "teff_definition": results.sources.teff,
        "fold_treg_percent": fold_percent,
        "fold_treg_per_ul": fold_count,
        "flags": joined(marks),
    }


def _nk(results: Results, subject: str, visit: str) -> Row:
    measures = ("nk", "nk_bright", "nk_dim")
    figures = {name: concentration(results, name, subject, visit) for name in measures}
    bright = share(results, "nk_bright", subject, visit)
    row: Row = {"subject": subject, "visit": visit}
    marks = [*bright.flags]
    for name, figure in figures.items():
        row |= _cells(f"{name}_per_ul", figure)
        marks += figure.flags
    row["nk_bright_percent_of_nk"] = bright.value
    for name in ("nk", "nk_bright"):
        baseline = concentration(results, name, subject, results.baseline)
        row[f"fold_{name}_per_ul"], why_not = fold(figures[name], baseline, name)
        marks += why_not
    return {**row, "flags": joined(marks)}


def _subsets(results: Results, subject: str, visit: str) -> Row:
    row: Row = {"subject": subject, "visit": visit}
    marks: list[str] = []
    for name in SUBSETS:
        figure = concentration(results, name, subject, visit)
        row |= _cells(f"{name}_per_ul", figure)
        marks += figure.flags
    return {**row, "lymphosum_percent": lymphosum(results, subject, visit), "flags": joined(marks)}


def _cells(name: str, figure: Figure) -> Row:
    estimate = figure.estimate
    values = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    return dict(zip(_limits(name), values, strict=True))
