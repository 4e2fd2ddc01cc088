"""The tables of docs/validation.md, from what `tregate validate` wrote.

    for s in tetrachrome_t tetrachrome_nk treg treg_nk; do
        .venv/bin/tregate validate $s --out validation-out/$s
    done
    .venv/bin/python tools/validation_doc.py validation-out

The folder holds one folder a strategy, each with validation.csv and validation_tubes.csv.
"""

import csv
import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from blocks import put  # noqa: E402

from tregate.gating.count import flags  # noqa: E402

STRATEGIES = ("tetrachrome_t", "tetrachrome_nk", "treg", "treg_nk")
ASKED = ("CD4+", "Treg", "NK", "NK dim", "NK bright")
PAGE = ROOT / "docs" / "validation.md"
COUNTING = frozenset({flags.WIDE_LIMITS, flags.IMPRECISE, flags.BELOW_LOQ, flags.BELOW_DETECTION})
"""Flags that speak of few cells, not of a doubtful gate."""
OFF, LEAST = 0.15, 50
"""A gate that takes so many events more or fewer of at least so many true ones is off."""

Rows = Sequence[Mapping[str, str]]


def main(folder: str) -> int:
    """Write every table into the page."""
    for strategy in STRATEGIES:
        rows = read(Path(folder) / strategy / "validation.csv")
        tubes = read(Path(folder) / strategy / "validation_tubes.csv")
        put(PAGE, f"table of {strategy}", strategy_table(rows, tubes))
    everything = {name: read(Path(folder) / name / "validation.csv") for name in STRATEGIES}
    every_tube = {name: read(Path(folder) / name / "validation_tubes.csv") for name in STRATEGIES}
    put(PAGE, "misses", misses_table(everything))
    put(PAGE, "gates that are off", off_table(every_tube))
    put(PAGE, "perfect gates", perfect_table(every_tube))
    return 0


def read(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def strategy_table(rows: Rows, tubes: Rows) -> str:
    """One line a condition; in each cell F1, bias of the figure, error of the gate, coverage, flagged tubes."""
    names = [name for name in ASKED if any(row["population"] == name for row in rows)]
    by_place = {(row["condition"], row["population"]): row for row in rows}
    lines = [
        "| condition | " + " | ".join(names) + " | silent, % | meets |",
        "|---|" + "---|" * len(names) + "---:|---|",
    ]
    for condition in dict.fromkeys(row["condition"] for row in rows):
        cells = [_cell(by_place[condition, name]) for name in names]
        whole = by_place[condition, "any figure"]
        silent = f"{_number(whole['silent_percent'], '.2g')} / {_number(whole['silent_by_gate_percent'], '.2g')}"
        missed = [
            f"{row['population']}: {row['misses'].replace(';', ', ').replace('_', ' ')}"
            for name in (*names, "any figure")
            if (row := by_place[condition, name])["misses"]
        ]
        lines.append(f"| {condition} | {' | '.join(cells)} | {silent} | {'; '.join(missed) or 'yes'} |")
    return "\n".join(lines)


def _cell(row: Mapping[str, str]) -> str:
    parts = [
        _number(row["f1"], ".3f"),
        _number(row["bias_percent"], "+.1f"),
        f"({_number(row['event_error_percent'], '+.1f')})",
        _number(row["coverage_percent"], ".0f"),
        f"{round(100 * int(row['flagged']) / int(row['tubes']))}",
    ]
    return " · ".join(parts)


def _number(text: str, form: str) -> str:
    return format(float(text), form) if text else "–"


def misses_table(everything: Mapping[str, Rows]) -> str:
    """Every row that does not meet what is asked."""
    lines = [
        "| strategy | condition | value | target missed | F1 | bias, % (95 %) | gate, % | in 95 %, % | silent, % "
        "| flagged |",
        "|---|---|---|---|---:|---|---:|---:|---:|---:|",
    ]
    for strategy, rows in everything.items():
        for row in rows:
            if row["misses"]:
                bias = "–"
                if row["bias_percent"]:
                    low, high = row["bias_percent_low"], row["bias_percent_high"]
                    bias = f"{float(row['bias_percent']):+.1f} ({float(low):+.1f} to {float(high):+.1f})"
                lines.append(
                    f"| {strategy} | {row['condition']} | {row['population']} | {row['misses'].replace(';', ', ')} "
                    f"| {_number(row['f1'], '.3f')} | {bias} | {_number(row['event_error_percent'], '+.1f')} "
                    f"| {_number(row['coverage_percent'], '.0f')} | {_number(row['silent_percent'], '.3g')} / "
                    f"{_number(row['silent_by_gate_percent'], '.3g')} | {row['flagged']} of {row['tubes']} |"
                )
    return "\n".join(lines)


def off_table(every_tube: Mapping[str, Rows]) -> str:
    """Gates off by more than 15 %, by what was said of them."""
    lines = [
        "| strategy | condition | population | flagged as uncertain | flagged for few cells only | not flagged |",
        "|---|---|---|---:|---:|---:|",
    ]
    for strategy, tubes in every_tube.items():
        totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in tubes:
            if row["series"] != "condition" or row["population"] == "beads" or not row["true_events"]:
                continue
            true, found = float(row["true_events"]), float(row["events"])
            if true >= LEAST and abs(found / true - 1) > OFF:
                said = set(row["flags"].split(";")) - {""}
                which = 0 if said - COUNTING else 1 if said else 2
                totals[row["condition"], row["population"]][which] += 1
        for (condition, population), counts in totals.items():
            lines.append(f"| {strategy} | {condition} | {population} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines)


def perfect_table(every_tube: Mapping[str, Rows]) -> str:
    """What the same tubes would have given by gates without any error."""
    lines = [
        "| strategy | value | bias on nominal tubes, % | with 5 % doublets | all others "
        "| truth in the interval, all others, % | the same as gated, % |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for strategy, tubes in every_tube.items():
        for name in ASKED:
            biases: dict[str, list[float]] = defaultdict(list)
            held: list[bool] = []
            held_as_gated: list[bool] = []
            for row in tubes:
                if (
                    row["series"] != "condition"
                    or row["population"] != name
                    or not row["value"]
                    or row["events"] == "0"
                ):
                    continue
                correction = float(row["true_events"]) / float(row["events"])
                if row["figure"] != "cells/µL":
                    continue
                group = row["condition"] if row["condition"] in ("nominal", "doublets_5pct") else "others"
                truth = float(row["truth"])
                biases[group].append(100 * (correction * float(row["value"]) / truth - 1))
                if group == "others":
                    held_as_gated.append(float(row["low"]) <= truth <= float(row["high"]))
                    held.append(correction * float(row["low"]) <= truth <= correction * float(row["high"]))
            if held:
                means = " | ".join(_mean(biases[group]) for group in ("nominal", "doublets_5pct", "others"))
                lines.append(
                    f"| {strategy} | {name} | {means} | {100 * statistics.fmean(held):.1f} "
                    f"| {100 * statistics.fmean(held_as_gated):.1f} |"
                )
    return "\n".join(lines)


def _mean(values: Sequence[float]) -> str:
    return f"{statistics.fmean(values):+.2f} ± {statistics.stdev(values) / len(values) ** 0.5:.2f}" if values else "–"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
