"""Events that two files share: a tube saved again under another name, or mixed into another."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_SHARED = 8
"""Kept events (one in 64) that two files must share."""
NAMES_SHOWN = 3


def same_events(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A finding on every tube whose events are in another file too, whatever the bytes of the files are."""
    records = [record for record in usable(results) if record.result is not None and record.result.prints.kept]
    if len(records) < 2:
        return
    shared: dict[str, dict[str, float]] = defaultdict(dict)
    for one, other, share in _pairs(records, limits):
        shared[one.file][other.file] = share
    for record in records:
        others = shared.get(record.file)
        if not others:
            continue
        names = sorted(others, key=lambda name: (-others[name], name))
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        share = others[names[0]]
        yield at_tube(
            record, "same_events", Severity.FAIL,
            f"{100 * share:.0f} % of this tube's events are also in {', '.join(names[:NAMES_SHOWN])}{more}. One file "
            "was "
            "saved again or mixed into the other; find the right file, or give a reason in `exclude`.",
            value=share, limit=f"at most {limits.shared_events:g}",
        )  # fmt: skip


def _pairs(records: list[TubeRecord], limits: StudyLimits) -> Iterator[tuple[TubeRecord, TubeRecord, float]]:
    """Each tube with each other that shares events, and the share of the first's, by one sorting of all."""
    prints = [record.result.prints.hashes for record in records if record.result is not None]
    owners = np.repeat(np.arange(len(prints)), [len(one) for one in prints])
    hashes = np.concatenate(prints)
    order = np.argsort(hashes, kind="stable")
    hashes, owners = hashes[order], owners[order]
    counts: dict[tuple[int, int], int] = defaultdict(int)
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]])
    sizes = np.diff(np.r_[starts, len(hashes)])
    for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
        group = owners[start : start + size]
        for i in group:
            for k in group:
                if i != k:
                    counts[int(i), int(k)] += 1
    for (i, k), count in sorted(counts.items()):
        share = count / len(prints[i])
        if count >= LEAST_SHARED and share > limits.shared_events:
            yield records[i], records[k], share
