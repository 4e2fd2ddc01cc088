"""The statistical libraries, imported while worker processes gate: half a second that nobody waits for."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.tubes.interrupts import interrupts_later


@contextmanager
def preloaded(analysis: Analysis, courses: Collection[Collection[str]], baseline: str) -> Iterator[None]:
    """While the block waits for others, import what its summary will need; on leaving, it is there.

    `courses`: the visits of each subject that have tubes. Where nothing can be tested nothing is imported.
    For a block that computes itself this is no gain: imports and computing take turns.
    """
    if not _needed(analysis, courses, baseline):
        yield
        return
    importing = threading.Thread(target=_import, name="statistics")
    with interrupts_later():
        importing.start()
    try:
        yield
    finally:
        importing.join()


def _needed(analysis: Analysis, courses: Collection[Collection[str]], baseline: str) -> bool:
    """Whether a test of these libraries is asked for and two subjects at least came to the baseline and again."""
    asked = {analysis.primary_test, analysis.later_test}.intersection({"mixed_ranks", "friedman"})
    return bool(asked) and sum(baseline in visits and len(set(visits)) > 1 for visits in courses) > 1


def _import() -> None:
    import statsmodels.regression.mixed_linear_model  # noqa: F401 - and with it scipy.stats
