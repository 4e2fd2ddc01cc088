"""Ctrl-C reaches only the main thread, once that is ready."""

import signal
import threading
from types import ModuleType

import pytest

from tregate.pipelines.statistics import preload as ahead
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.tubes.interrupts import interrupts_later


def blocked() -> set[signal.Signals]:
    """Signals that this thread does not take."""
    return {signal.Signals(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])}


def test_ctrl_c_waits_until_the_block_is_left() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a server in another test may have set its own
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
        module, "_import", lambda _: seen.append((threading.current_thread().name, signal.SIGINT in blocked()))
    )
    with ahead.preloaded(Analysis(), [["D1", "D8"]] * 2, "D1"):
        assert signal.SIGINT not in blocked()
    assert seen == [("statistics", True)]
