"""When Ctrl-C may arrive, and what else ends a run as it does: SIGTERM of a scheduler, SIGHUP of a closed terminal."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that end a run; what was finished is kept."""

_received: list[int] = []


def end_as_ctrl_c() -> None:
    """Let every signal of ENDING do what Ctrl-C does; one that is ignored, as under nohup, stays ignored."""
    for number in ENDING:
        if number != signal.SIGINT and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def ignore_ending() -> None:
    """In a worker: the process that started it decides when it ends."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def exit_code() -> int:
    """128 and the number of the signal that ended the run: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP."""
    return 128 + (_received[-1] if _received else signal.SIGINT)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt


@contextmanager
def interrupts_later() -> Generator[None, None, None]:
    """Processes and threads started in here never see Ctrl-C, not even while they start; the caller sees it on leaving.

    One thread that takes the signal is enough to interrupt the main thread: so every thread starts in here.
    """
    if sys.platform == "win32" or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set(ENDING))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
