"""A trial as visit tables: the published course of means, subjects drawn around it."""

from collections.abc import Collection, Mapping

import numpy as np

from tregate.pipelines.files.table import Cell, Table

VISITS = ("D1", "D8", "D15", "M1", "M3", "M6")
SUBJECTS = tuple(f"P{number:02d}" for number in range(1, 10))
MISSED = (*(("P01", visit) for visit in VISITS[1:]), ("P04", "D15"), ("P05", "M3"))
"""Visits of a trial with a withdrawal after baseline and two missed visits."""

TREG_PERCENT = (6.3, 10.7, 8.1, 7.1, 6.2, 6.5)
CD4 = (782.0, 1108.0, 964.0, 853.0, 841.0, 946.0)
CD8 = (281.0, 358.0, 352.0, 317.0, 311.0, 346.0)
B = (159.0, 140.0, 154.0, 173.0, 145.0, 175.0)
NK_DIM = (80.0, 167.6, 139.0, 133.0, 107.5, 105.5)
NK_BRIGHT = (4.8, 10.4, 6.0, 5.0, 4.5, 4.5)
"""Means by visit [Barde 2024, Table 1; bright 2.2-fold at D8 from the text]."""


def trial(
    seed: int = 1,
    *,
    missed: Collection[tuple[str, str]] = (),
    baseline_zero: Collection[str] = (),
    digits: int | None = None,
    subjects: tuple[str, ...] = SUBJECTS,
) -> tuple[Table, Table, Table]:
    """treg, nk and subsets with the contract's columns and every planned visit of every subject.

    `missed`: (subject, visit) with empty cells. `baseline_zero`: subjects whose bright NK at D1 are 0.
    `digits`: round cells to so many decimals, which makes ties.
    """
    rng = np.random.default_rng(seed)
    treg, nk, subsets = [], [], []
    for subject in subjects:
        own = {name: float(np.exp(rng.normal(0.0, 0.25))) for name in ("treg", "cd4", "cd8", "b", "dim", "bright")}
        for at, visit in enumerate(VISITS):

            def drawn(name: str, mean: float, own: Mapping[str, float] = own) -> float:
                value = mean * own[name] * float(np.exp(rng.normal(0.0, 0.08)))
                return value if digits is None else round(value, digits)

            percent, cd4 = drawn("treg", TREG_PERCENT[at]), drawn("cd4", CD4[at])
            cd8, b = drawn("cd8", CD8[at]), drawn("b", B[at])
            dim, bright = drawn("dim", NK_DIM[at]), drawn("bright", NK_BRIGHT[at])
            if visit == "D1" and subject in baseline_zero:
                bright = 0.0
            cd3, nk_all = cd4 + cd8, dim + bright
            figures: dict[str, float] = {
                "cd4_per_ul": cd4,
                "treg_percent_of_cd4": percent,
                "treg_per_ul": percent * cd4 / 100.0,
                "treg_percent_of_teff": 100.0 * percent * cd4 / (100.0 * cd3 - percent * cd4),
                "nk_per_ul": nk_all,
                "nk_bright_per_ul": bright,
                "nk_dim_per_ul": dim,
                "nk_bright_percent_of_nk": 100.0 * bright / nk_all,
                "cd3_per_ul": cd3,
                "cd8_per_ul": cd8,
                "b_per_ul": b,
                "lymphocytes_per_ul": (cd3 + b + nk_all) / 0.98,
                "lymphosum_percent": 98.0,
            }
            gone = (subject, visit) in missed
            rows = {"subject": subject, "visit": visit, "flags": "missing_tube" if gone else ""}
            record: dict[str, Cell] = rows | ({} if gone else _with_limits(figures))
            treg.append(record | {"teff_definition": "cd3_minus_treg"})
            nk.append(record)
            subsets.append(record)
    tables = []
    for name, columns, records, folds in (
        ("treg", _TREG, treg, ("fold_treg_percent", "fold_treg_per_ul")),
        ("nk", _NK, nk, ("fold_nk_per_ul", "fold_nk_bright_per_ul")),
        ("subsets", _SUBSETS, subsets, ()),
    ):
        for record in records:
            base = next(r for r in records if r["subject"] == record["subject"] and r["visit"] == "D1")
            for fold in folds:
                of = fold.removeprefix("fold_").replace("treg_percent", "treg_percent_of_cd4")
                before, now = base.get(of), record.get(of)
                both = isinstance(before, float) and isinstance(now, float) and before > 0.0
                record[fold] = now / before if both else None  # type: ignore[operator]
        chosen = [{column: record.get(column) for column in columns} for record in records]
        tables.append(Table.from_records(name, columns, chosen))
    return tables[0], tables[1], tables[2]


def _with_limits(figures: Mapping[str, float]) -> dict[str, Cell]:
    low = {f"{name}_low": value * 0.9 for name, value in figures.items()}
    high = {f"{name}_high": value * 1.1 for name, value in figures.items()}
    return {**figures, **low, **high}


def _limits(*names: str) -> tuple[str, ...]:
    return tuple(column for name in names for column in (name, f"{name}_low", f"{name}_high"))


_TREG = (
    *("subject", "visit"),
    *_limits("cd4_per_ul", "treg_percent_of_cd4", "treg_per_ul"),
    *("treg_percent_of_teff", "teff_definition", "fold_treg_percent", "fold_treg_per_ul", "flags"),
)
_NK = (
    *("subject", "visit"),
    *_limits("nk_per_ul", "nk_bright_per_ul", "nk_dim_per_ul"),
    *("nk_bright_percent_of_nk", "fold_nk_per_ul", "fold_nk_bright_per_ul", "flags"),
)
_SUBSETS = (
    *("subject", "visit"),
    *_limits("lymphocytes_per_ul", "cd3_per_ul", "cd4_per_ul", "cd8_per_ul", "b_per_ul", "nk_per_ul"),
    *("lymphosum_percent", "flags"),
)
