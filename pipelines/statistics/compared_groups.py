"""Agreement of a run with manual values by level, visit and site, and of the changes from baseline."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tregate.pipelines.files.table import Cell, Table
from tregate.pipelines.statistics.compared_methods import ALL_READERS, Pair
from tregate.pipelines.statistics.manual_values import is_count
from tregate.pipelines.statistics.method_agreement import bias_of

COLUMNS = (
    "measure", "by", "group", "scale", "n", "subjects", "bias", "bias_low", "bias_high",
    "limit_low", "limit_high", "note",
)  # fmt: skip
THIRDS = ("low", "middle", "high")
LEAST_FOR_THIRDS = 9

Group = tuple[str, str, list[Pair]]
"""What divides, the name of the part, its pairs."""


def groups_table(pairs: Sequence[Pair], baseline: str, sites: Mapping[str, str]) -> Table:
    """comparison_groups.csv: one row per measure and part; of the mean of readers, where there are several.

    `sites`: subject -> site, where known. Folds are value / value at baseline of the same subject, on either side.
    """
    together = any(pair.reader == ALL_READERS for pair in pairs)
    used = [p for p in pairs if p.difference is not None and (not together or p.reader == ALL_READERS)]
    rows: list[tuple[Cell, ...]] = []
    for measure in dict.fromkeys(pair.key[2] for pair in used):
        own = [pair for pair in used if pair.key[2] == measure]
        parts = [*_levels(own), *_by_key(own), *_sites(own, sites)]
        rows += [_row(measure, *part) for part in parts]
        rows += [_row(measure, *part, fold=True) for part in _folds(own, baseline)]
    return Table("comparison_groups", COLUMNS, tuple(rows))


def _levels(pairs: Sequence[Pair]) -> Iterator[Group]:
    """Thirds by the mean of both values, which favours neither."""
    if len(pairs) < LEAST_FOR_THIRDS:
        return
    means = [pair.manual + (pair.ours or 0.0) for pair in pairs]
    cuts = np.quantile(means, [1 / 3, 2 / 3])
    for i, name in enumerate(THIRDS):
        yield "level", name, [p for p, mean in zip(pairs, means, strict=True) if np.searchsorted(cuts, mean) == i]


def _by_key(pairs: Sequence[Pair]) -> Iterator[Group]:
    for visit in dict.fromkeys(pair.key[1] for pair in pairs):
        yield "visit", visit, [pair for pair in pairs if pair.key[1] == visit]


def _sites(pairs: Sequence[Pair], sites: Mapping[str, str]) -> Iterator[Group]:
    known = dict.fromkeys(sites[pair.key[0]] for pair in pairs if sites.get(pair.key[0]))
    for site in known:
        yield "site", site, [pair for pair in pairs if sites.get(pair.key[0]) == site]


def _folds(pairs: Sequence[Pair], baseline: str) -> Iterator[Group]:
    """Pairs of folds, by visit."""
    first = {pair.key[0]: pair for pair in pairs if pair.key[1] == baseline}
    folds: dict[str, list[Pair]] = {}
    for pair in pairs:
        start = first.get(pair.key[0])
        if start is None or pair is start or not (start.manual > 0 and start.ours and pair.manual > 0 and pair.ours):
            continue
        fold = Pair(pair.key, pair.reader, pair.manual / start.manual, pair.ours / start.ours, "")
        folds.setdefault(pair.key[1], []).append(fold)
    for visit, own in folds.items():
        yield "fold", f"{visit} / {baseline}", own


def _row(measure: str, by: str, group: str, pairs: Sequence[Pair], *, fold: bool = False) -> tuple[Cell, ...]:
    ratio = fold or is_count(measure)
    x = np.array([pair.manual for pair in pairs])
    y = np.array([pair.ours for pair in pairs], dtype=np.float64)
    names = [pair.key[0] for pair in pairs]
    found = bias_of(np.log(y) - np.log(x) if ratio else y - x, np.unique(names, return_inverse=True)[1])
    head = (measure, by, group, "ratio" if ratio else "difference", len(pairs), len(set(names)))
    if found is None:
        return (*head, None, None, None, None, None, f"too few subjects ({len(set(names))} of 3)")
    numbers = (found.bias, *found.bias_limits, found.low, found.high)
    return (*head, *(float(np.exp(one)) if ratio else one for one in numbers), "")
