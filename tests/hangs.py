"""A hang becomes a failure."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def guarded(seconds: float, words: str) -> Iterator[None]:
    """TimeoutError with these words where the block takes longer; in the main thread alone."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(words)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
