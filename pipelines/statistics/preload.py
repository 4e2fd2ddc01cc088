"""The statistical libraries, imported while worker processes gate, which saves half a second."""

import importlib
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.time_tests.registry import TIME_TESTS
from tregate.pipelines.tubes.interrupts import interrupts_later
from tregate.pipelines.visit_tests.registry import TESTS


@contextmanager
def preloaded(analysis: Analysis, courses: Collection[Collection[str]], baseline: str) -> Iterator[None]:
    """While the block waits for others, import what its summary will need; on leaving, it is there.

    `courses`: the visits of each subject that have tubes. Where nothing can be tested nothing is imported.
    For a block that computes itself this is no gain: imports and computing take turns.
    """
    needed = _needed(analysis, courses, baseline)
    if not needed:
        yield
        return
    importing = threading.Thread(target=_import, args=(needed,), name="statistics")
    with interrupts_later():
        importing.start()
    try:
        yield
    finally:
        importing.join()


def _needed(analysis: Analysis, courses: Collection[Collection[str]], baseline: str) -> tuple[str, ...]:
    """Libraries of the tests; none unless two subjects at least came to the baseline and again."""
    if sum(baseline in visits and len(set(visits)) > 1 for visits in courses) < 2:
        return ()
    asked = {analysis.primary_test, analysis.later_test, *analysis.tests_of.values()}
    over_time = {span.test for span in analysis.spans.values()}
    return (
        "scipy.special",
        *(name for test in sorted(asked) for name in TESTS[test].libraries),
        *(name for test in sorted(over_time) for name in TIME_TESTS[test].libraries),
    )


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        importlib.import_module(name)
