"""What `tregate power` reports for each measure."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import exp, log

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.power import arms_power, detectable, needed, t_power, wilcoxon_power
from tregate.pipelines.statistics.variance_components import Components, cv_percent

COLUMNS = (
    *("measure", "source", "repeat_cv_percent", "day_cv_percent", "biological_cv_percent", "change_sd_log", "freedom"),
    *("single_subject_fold", "subjects", "power_percent"),
    *("fold_wilcoxon", "fold_paired_t", "fold_between_arms"),
    *("asked_fold", "subjects_wilcoxon", "subjects_paired_t", "subjects_per_arm"),
)
_TESTS = {"wilcoxon": wilcoxon_power, "paired_t": t_power, "between_arms": arms_power}


def power_table(every: Sequence[Components], subjects: Sequence[int], power: float, fold: float | None) -> Table:
    """power.csv: one row a measure and number of subjects. `power`: 0 to 1; `fold`: the change to plan for, if any.

    A fold of 1 / x is detected as x is, because changes are judged on logs. A single subject's fold change is beyond
    the spread of unchanged values where it exceeds exp(1.96 SD of a log ratio).
    """
    return Table.from_records("power", COLUMNS, [row for one in every for row in _rows(one, subjects, power, fold)])


def _rows(one: Components, subjects: Sequence[int], power: float, fold: float | None) -> Iterator[dict[str, Cell]]:
    sd = one.of_change
    common: dict[str, Cell] = {
        "measure": one.measure,
        "source": one.source,
        **{
            f"{name}_cv_percent": None if value is None else cv_percent(value)
            for name, value in (("repeat", one.repeat), ("day", one.day), ("biological", one.biological))
        },
        "change_sd_log": sd,
        "freedom": one.freedom or None,
        "single_subject_fold": None if sd is None else exp(1.959963984540054 * sd),
        "power_percent": 100.0 * power,
        "asked_fold": fold,
    }
    if fold is not None and sd:
        effect = abs(log(fold)) / sd
        common["subjects_wilcoxon"], common["subjects_paired_t"], common["subjects_per_arm"] = (
            needed(_TESTS[test], effect, power) for test in ("wilcoxon", "paired_t", "between_arms")
        )
    for n in subjects:
        folds: dict[str, Cell] = {f"fold_{test}": _fold(test, n, power, sd) for test in _TESTS}
        yield common | {"subjects": n} | folds


def _fold(test: str, n: int, power: float, sd: float | None) -> float | None:
    effect = None if sd is None else _detectable(test, n, power)
    return None if effect is None or sd is None else exp(effect * sd)


@lru_cache(maxsize=256)
def _detectable(test: str, n: int, power: float) -> float | None:
    return detectable(_TESTS[test], n, power)


def power_lines(table: Table) -> Iterator[str]:
    """The table for a person: each measure, its components, and folds by number of subjects."""
    last = None
    for row in table.records():
        if row["measure"] != last:
            last = row["measure"]
            yield f"{last} ({row['source']})"
            parts = [
                f"{words} CV {row[f'{name}_cv_percent']:.3g} %"
                for name, words in (("repeat", "assay"), ("day", "between-day"), ("biological", "biological"))
                if row[f"{name}_cv_percent"] is not None
            ]
            if row["change_sd_log"] is not None:
                parts.append(f"SD of a log ratio of two visits {row['change_sd_log']:.3g}")
                parts.append(f"a single subject's change counts from {row['single_subject_fold']:.3g}-fold")
            yield "  " + "; ".join(parts)
            if row["asked_fold"] is not None and row["change_sd_log"]:
                numbers = [_n(row[f"subjects_{test}"]) for test in ("wilcoxon", "paired_t", "per_arm")]
                yield (
                    f"  {row['asked_fold']:g}-fold with {row['power_percent']:g} % power: {numbers[0]} subjects (exact "
                    f"signed-rank), {numbers[1]} (paired t on logs), {numbers[2]} in each of two arms"
                )
        if row["change_sd_log"] is not None:
            folds = [_x(row[f"fold_{test}"]) for test in _TESTS]
            yield (
                f"  {row['subjects']} subjects: {folds[0]} (exact signed-rank), {folds[1]} (paired t on logs), "
                f"{folds[2]} between two arms of so many"
            )


def _n(cell: Cell) -> str:
    return "more than 500" if cell is None else str(cell)


def _x(cell: Cell) -> str:
    return "no change" if cell is None or isinstance(cell, str) else f"{cell:.3g}-fold"
