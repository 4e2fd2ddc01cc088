"""Events that two files share: a tube saved again under another name, or mixed into another."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tregate.gating.event_prints import EventPrints
from tregate.gating.findings import Severity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_SHARED = 8
"""Kept events (one in 64, of large studies fewer) that two files must share."""
NAMES_SHOWN = 3

Hashes = npt.NDArray[np.uint64]


def same_events(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A finding on every tube whose events are in another file too, whatever the bytes of the files are."""
    found = [(record, hashes) for record in usable(results) if len(hashes := _hashes(results, record))]
    if len(found) < 2:
        return
    records, prints = [record for record, _ in found], [hashes for _, hashes in found]
    kinds = _by_events(prints)
    names = [sorted(records[at].file for at in kind) for kind in kinds]
    shared: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for one, other, share in _pairs([prints[kind[0]] for kind in kinds], [len(kind) > 1 for kind in kinds], limits):
        shared[one].append((share, other))
    kind_of = {at: number for number, kind in enumerate(kinds) for at in kind}
    for at, record in enumerate(records):
        own = kind_of[at]
        if own not in shared:
            continue
        share, first, number = _first_names(shared[own], names, record.file)
        more = f" and {number - NAMES_SHOWN} more" if number > NAMES_SHOWN else ""
        yield at_tube(
            record, "same_events", Severity.FAIL,
            f"{100 * share:.0f} % of this tube's events are also in {', '.join(first)}{more}. One file was "
            "saved again or mixed into the other; find the right file, or give a reason in `exclude`.",
            value=share, limit=f"at most {limits.shared_events:g}",
        )  # fmt: skip


def _by_events(prints: Sequence[Hashes]) -> list[list[int]]:
    """Positions of the tubes with equal events together: copies are compared with others once."""
    found: dict[bytes, list[int]] = defaultdict(list)
    for at, hashes in enumerate(prints):
        found[hashes.tobytes()].append(at)
    return list(found.values())


def _hashes(results: Results, record: TubeRecord) -> Hashes:
    own = EventPrints() if record.result is None else record.result.prints
    return results.prints.get((record.subject, record.visit, record.tube), own).hashes


def _first_names(
    shared: Sequence[tuple[float, int]], names: Sequence[Sequence[str]], own: str
) -> tuple[float, list[str], int]:
    """The largest share, the names to show (largest share first, then by name), and how many there are."""
    number = sum(len(names[kind]) for _, kind in shared) - any(own in names[kind] for _, kind in shared)
    first = sorted((-share, name) for share, kind in shared for name in names[kind][: NAMES_SHOWN + 1] if name != own)
    return -first[0][0], [name for _, name in first[:NAMES_SHOWN]], number


def _pairs(prints: Sequence[Hashes], copied: Sequence[bool], limits: StudyLimits) -> Iterator[tuple[int, int, float]]:
    """Each tube with each other that shares events, and the share of the first's, by one sorting of all.

    copied: of which tubes there are copies, that share all their events with them.
    """
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
    for i, of_it in enumerate(prints):
        if copied[i]:
            counts[i, i] = int(np.square(np.unique(of_it, return_counts=True)[1]).sum())
    for (i, k), count in sorted(counts.items()):
        share = count / len(prints[i])
        if count >= LEAST_SHARED and share > limits.shared_events:
            yield i, k, share
