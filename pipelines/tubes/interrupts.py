"""When Ctrl-C may arrive."""

import signal
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def interrupts_later() -> Generator[None, None, None]:
    """Processes and threads started in here never see Ctrl-C, not even while they start; the caller sees it on leaving.

    One thread that takes the signal is enough to interrupt the main thread: so every thread starts in here.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
