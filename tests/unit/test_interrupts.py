"""Ctrl-C reaches nobody but the main thread, and it when it is ready."""

import signal
import threading
from types import ModuleType

import pytest

from pipelines.interrupts import interrupts_later
from pipelines.statistics import ahead
from pipelines.statistics.analysis import Analysis


def blocked() -> set[signal.Signals]:
    """Signals that this thread does not take."""
    return {signal.Signals(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])}


def test_ctrl_c_waits_until_the_block_is_left() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the second half of the block is what is looked at
        with interrupts_later():
            signal.raise_signal(signal.SIGINT)
            reached.append("the end")
        reached.append("too far")
    assert reached == ["the end"]
    assert signal.SIGINT not in blocked()


def test_the_thread_that_imports_ahead_takes_no_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel hands Ctrl-C to any thread that takes it: one is enough to interrupt the start of a worker."""
    seen: list[tuple[str, bool]] = []
    module: ModuleType = ahead
    monkeypatch.setattr(
        module, "_import", lambda: seen.append((threading.current_thread().name, signal.SIGINT in blocked()))
    )
    with ahead.imported_ahead(Analysis(), [["D1", "D8"]] * 2, "D1"):
        assert signal.SIGINT not in blocked()
    assert seen == [("statistics", True)]
