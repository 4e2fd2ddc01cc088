"""Measures of the visit tables, and what truth_effects.csv calls them."""

from pathlib import Path

from cli_running import rows

TRUE: dict[str, tuple[str, str]] = {
    "cd4_per_ul": ("CD4+", "cells_per_ul"),
    "treg_percent_of_cd4": ("Treg", "percent_of_cd4"),
    "treg_per_ul": ("Treg", "cells_per_ul"),
    "nk_per_ul": ("NK", "cells_per_ul"),
    "nk_bright_per_ul": ("NK bright", "cells_per_ul"),
    "nk_dim_per_ul": ("NK dim", "cells_per_ul"),
    "nk_bright_percent_of_nk": ("NK bright", "percent_of_nk"),
    "lymphocytes_per_ul": ("lymphocytes", "cells_per_ul"),
    "cd3_per_ul": ("CD3+", "cells_per_ul"),
    "cd8_per_ul": ("CD8+", "cells_per_ul"),
    "b_per_ul": ("B", "cells_per_ul"),
}


def compared(trial: Path, tables: Path) -> list[tuple[str, float, float, float]]:
    """(comparison in words, true ratio, low, high) of every interval between arms over all subjects."""
    true = {
        (row["visit"], row["population"], row["quantity"], row["arm"]): float(row["ratio"])
        for row in rows(trial / "truth_effects.csv")
    }
    return [
        (
            f"{row['measure']} {row['visit']} {row['group']}: {row['method']}",
            true[row["visit"], *TRUE[row["measure"]], row["group"]],
            float(row["low"]),
            float(row["high"]),
        )
        for row in rows(tables / "comparisons.csv")
        if row["comparison"] == "arms" and not row["subset"] and row["measure"] in TRUE and row["low"]
    ]
