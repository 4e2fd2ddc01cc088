"""The measures of the visit tables: which columns they are, and what people call them."""

from dataclasses import dataclass

from tregate.pipelines.files.table import Table


@dataclass(frozen=True)
class Measure:
    """One column of a visit table."""

    table: str
    name: str

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def label(self) -> str:
        """What is counted, without its unit: "CD3-CD56+ NK"."""
        return _LABELS.get(self.name) or _readable(self.name)

    @property
    def concept(self) -> str:
        """What is counted, as flags name it: "nk_bright" of nk_bright_per_ul and nk_bright_percent_of_nk."""
        return self.name.split("_percent")[0].removesuffix("_per_ul")

    @property
    def unit(self) -> str:
        """ "cells/µL", "% of CD4+", "%" or nothing."""
        return unit_of(self.name)


def measures_of(table: Table) -> tuple[Measure, ...]:
    """The measured columns of a visit table, in column order."""
    return tuple(Measure(table.name, column) for column in table.columns if _is_measure(column, table))


def unit_of(column: str) -> str:
    """Unit of a column of any visit table, by its name; "" where it has none."""
    stem = column.removesuffix("_low").removesuffix("_high")
    if stem.startswith("fold_"):
        return "fold"
    if stem in _UNITS:
        return _UNITS[stem]
    if stem.endswith("_per_ul"):
        return "cells/µL"
    if "_percent_of_" in stem:
        return f"% of {_readable(stem.split('_percent_of_', 1)[1])}"
    return "%" if stem.endswith("_percent") else ""


def _is_measure(column: str, table: Table) -> bool:
    if column in _NO_MEASURES or column.startswith("fold_") or column.endswith("_definition"):
        return False
    stem = column.removesuffix("_low").removesuffix("_high")
    return stem == column or stem not in table.columns


def _readable(name: str) -> str:
    stem = name.removesuffix("_per_ul").removesuffix("_percent").split("_percent_of_")[0]
    return " ".join(_WORDS.get(word, word) for word in stem.split("_"))


_NO_MEASURES = frozenset({"subject", "visit", "flags"})
_WORDS = {"treg": "Treg", "teff": "Teff", "nk": "NK", "cd3": "CD3+", "cd4": "CD4+", "cd8": "CD8+", "b": "B"}
_UNITS = {"treg_percent_of_teff": "% of Teff", "lymphosum_percent": "% of lymphocytes"}
_LABELS = {
    "treg_per_ul": "Treg",
    "treg_percent_of_cd4": "Treg",
    "treg_percent_of_teff": "Treg/Teff",
    "lymphocytes_per_ul": "Lymphocytes",
    "lymphosum_percent": "CD3+, CD19+ and NK together",
    "cd3_per_ul": "CD3+",
    "cd4_per_ul": "CD4+",
    "cd8_per_ul": "CD8+",
    "b_per_ul": "CD19+",
    "nk_per_ul": "CD3-CD56+ NK",
    "nk_bright_per_ul": "CD56bright NK",
    "nk_dim_per_ul": "CD56dim NK",
    "nk_bright_percent_of_nk": "CD56bright",
}
