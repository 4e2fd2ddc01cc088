"""`tregate compare`: agreement of a run's values with a laboratory's own, measure by measure and reader by reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tregate.gating.wording import counted
from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.manual_values import Key, Manual, RunValues, is_count
from tregate.pipelines.statistics.method_agreement import (
    LEAST_FOR_A_LINE,
    bias_of,
    concordance,
    passing_bablok,
)

COLUMNS = (
    "measure", "reader", "scale", "n", "subjects", "without_partner", "zero",
    "bias", "bias_low", "bias_high",
    "limit_low", "limit_low_low", "limit_low_high", "limit_high", "limit_high_low", "limit_high_high",
    "slope", "slope_low", "slope_high", "intercept", "intercept_low", "intercept_high",
    "ccc", "ccc_low", "ccc_high", "note",
)  # fmt: skip
PAIR_COLUMNS = (
    "subject", "visit", "measure", "reader", "manual", "tregate", "difference", "standardised", "files", "note",
)  # fmt: skip
ALL_READERS = "mean of readers"


@dataclass(frozen=True, slots=True)
class Pair:
    """A manual value, or the mean of several, and the run's."""

    key: Key
    reader: str
    manual: float
    ours: float | None
    why: str
    """Why the pair cannot be compared; "" where it can."""

    @property
    def difference(self) -> float | None:
        """Ratio tregate / manual of counts, tregate less manual of percentages."""
        if self.ours is None or self.why:
            return None
        return self.ours / self.manual if is_count(self.key[2]) else self.ours - self.manual


def pairs_of(manual: Sequence[Manual], run: RunValues) -> list[Pair]:
    """Repeats are averaged within a reader, and several readers once more: counts on the log scale."""
    readers = list(dict.fromkeys(one.reader for one in manual))
    by_reader: dict[tuple[str, Key], list[float]] = {}
    for one in manual:
        by_reader.setdefault((one.reader, one.key), []).append(one.value)
    means = {place: _mean(values, place[1]) for place, values in by_reader.items()}
    if len(readers) > 1:
        together: dict[Key, list[float]] = {}
        for (_, key), value in means.items():
            together.setdefault(key, []).append(value)
        means = {(ALL_READERS, key): _mean(values, key) for key, values in together.items()} | means
    return [_pair(reader, key, value, run) for (reader, key), value in means.items()]


def _mean(values: Sequence[float], key: Key) -> float:
    if is_count(key[2]) and all(value > 0 for value in values):
        return float(np.exp(np.log(values).mean()))
    return float(np.mean(values))


def _pair(reader: str, key: Key, value: float, run: RunValues) -> Pair:
    ours = run.values.get(key)
    if key not in run.values:
        why = "the run has no such subject and visit"
    elif ours is None:
        why = "the run has no value"
    elif is_count(key[2]) and (value <= 0 or ours <= 0):
        why = "zero has no ratio"
    else:
        why = ""
    return Pair(key, reader, value, ours, why)


def comparison_table(pairs: Sequence[Pair]) -> Table:
    """comparison.csv: one row a measure and reader, in the order of the manual values."""
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        groups.setdefault((pair.key[2], pair.reader), []).append(pair)
    measures = list(dict.fromkeys(measure for measure, _ in groups))
    ordered = sorted(groups, key=lambda place: measures.index(place[0]))
    return Table("comparison", COLUMNS, tuple(_row(*place, groups[place]) for place in ordered))


def _row(measure: str, reader: str, pairs: Sequence[Pair]) -> tuple[Cell, ...]:
    used = [(pair, pair.ours) for pair in pairs if not pair.why and pair.ours is not None]
    manual = np.array([pair.manual for pair, _ in used])
    ours = np.array([value for _, value in used])
    names = [pair.key[0] for pair, _ in used]
    subjects = np.unique(names, return_inverse=True)[1] if names else np.zeros(0, dtype=np.intp)
    count = is_count(measure)
    x, y = (np.log(manual), np.log(ours)) if count else (manual, ours)
    cells: dict[str, Cell] = {
        "measure": measure,
        "reader": reader,
        "scale": "ratio" if count else "difference",
        "n": len(used),
        "subjects": len(set(names)),
        "without_partner": sum(pair.ours is None for pair in pairs),
        "zero": sum(pair.ours is not None and bool(pair.why) for pair in pairs),
    }
    notes = []
    found = bias_of(y - x, subjects)
    if found is None:
        notes.append(f"too few subjects for bias and limits ({len(set(names))} of 3)")
    else:
        numbers = (found.bias, *found.bias_limits, found.low, *found.low_limits, found.high, *found.high_limits)
        cells |= dict(zip(COLUMNS[7:16], (float(np.exp(v)) if count else v for v in numbers), strict=True))
    line = passing_bablok(manual, ours, subjects) if len(used) >= LEAST_FOR_A_LINE else None
    if line is not None:
        fitted = (line.slope, *line.slope_limits, line.intercept, *line.intercept_limits)
        cells |= dict(zip(COLUMNS[16:22], fitted, strict=True))
    else:
        few = len(used) < LEAST_FOR_A_LINE
        notes.append(f"too few pairs for a line ({len(used)} of {LEAST_FOR_A_LINE})" if few else "no line fits")
    agreement = concordance(x, y, subjects)
    if agreement is None:
        notes.append("no concordance: too few pairs, or no spread")
    else:
        cells |= {"ccc": agreement.ccc, "ccc_low": agreement.limits[0], "ccc_high": agreement.limits[1]}
    cells["note"] = "; ".join(notes)
    return tuple(cells.get(column) for column in COLUMNS)


def pairs_table(pairs: Sequence[Pair], files: Mapping[tuple[str, str], Sequence[str]]) -> Table:
    """comparison_pairs.csv: every manual value, those without a partner with the reason, the farthest first.

    `standardised` is the distance from the mean difference in SDs of the differences of the measure and reader.
    `files`: (subject, visit) -> its files.
    """
    apart = standardised(pairs)
    rows = tuple(
        (
            *pair.key, pair.reader, pair.manual, pair.ours, pair.difference, apart.get(id(pair)),
            "; ".join(files.get(pair.key[:2], ())), pair.why,
        )
        for pair in _ranked(pairs)
    )  # fmt: skip
    return Table("comparison_pairs", PAIR_COLUMNS, rows)


def standardised(pairs: Sequence[Pair]) -> dict[int, float]:
    """id of a pair -> its difference (of counts its logarithm) less the mean, in SDs; from 3 pairs of a measure."""
    groups: dict[tuple[str, str], list[tuple[Pair, float]]] = {}
    for pair in pairs:
        difference = pair.difference
        if difference is not None:
            at = float(np.log(difference)) if is_count(pair.key[2]) else difference
            groups.setdefault((pair.key[2], pair.reader), []).append((pair, at))
    found: dict[int, float] = {}
    for own in groups.values():
        values = np.array([value for _, value in own])
        spread = float(values.std(ddof=1)) if len(own) >= 3 else 0.0
        if spread > 0:
            found |= {id(pair): (value - float(values.mean())) / spread for pair, value in own}
    return found


def _ranked(pairs: Sequence[Pair]) -> list[Pair]:
    measures = list(dict.fromkeys((pair.key[2], pair.reader) for pair in pairs))

    def rank(pair: Pair) -> tuple[int, float, Key]:
        apart = pair.difference
        far = -1.0 if apart is None else abs(float(np.log(apart)) if is_count(pair.key[2]) else apart)
        return measures.index((pair.key[2], pair.reader)), -far, pair.key

    return sorted(pairs, key=rank)


def comparison_lines(table: Table) -> Iterator[str]:
    """One line a row of comparison.csv, for a person."""
    for row in table.records():
        who = f" ({row['reader']})" if row["reader"] else ""
        pairs, subjects = counted(int(row["n"] or 0), "pair"), counted(int(row["subjects"] or 0), "subject")
        head = f"{row['measure']}{who}: {pairs} of {subjects}"
        parts = [head]
        if row["bias"] is not None:
            name = "ratio tregate/manual" if row["scale"] == "ratio" else "difference tregate - manual"
            parts.append(f"{name} {_three(row, 'bias')}")
            parts.append(f"95 % limits of agreement {row['limit_low']:.3g} to {row['limit_high']:.3g}")
        if row["slope"] is not None:
            parts.append(f"Passing-Bablok slope {_three(row, 'slope')}")
            parts.append(f"intercept {_three(row, 'intercept')}")
        if row["ccc"] is not None:
            parts.append(f"concordance {_three(row, 'ccc')}")
        if row["note"]:
            parts.append(str(row["note"]))
        yield "; ".join(parts)


def _three(row: dict[str, Cell], name: str) -> str:
    return f"{row[name]:.3g} ({row[f'{name}_low']:.3g} to {row[f'{name}_high']:.3g})"
