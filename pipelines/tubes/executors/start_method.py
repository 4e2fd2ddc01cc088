"""How worker processes start, chosen by name: one server that has imported what tubes need forks them on Linux.

The server is a process of its own without threads, so that forking it is safe whatever this process does. Elsewhere
each worker starts anew and imports for itself: slower by the imports, the same otherwise.
"""

import multiprocessing
import os
import sys
from multiprocessing.context import BaseContext

from tregate.pipelines.tubes.interrupts import interrupts_later

PRELOADED = ("tregate.pipelines.tubes.executors.needed_by_tubes", "tregate.pipelines.report.draw")
ONE_THREAD = "OPENBLAS_NUM_THREADS"


def context() -> BaseContext:
    """Where worker processes are made."""
    if not _may_fork():
        return multiprocessing.get_context("spawn")
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([*PRELOADED])
    return made


def start_ahead() -> None:
    """Let the server begin with its imports, while this process still prepares what workers will do."""
    if not _may_fork():
        return
    context()
    from multiprocessing import forkserver

    before = os.environ.get(ONE_THREAD)
    os.environ.setdefault(ONE_THREAD, "1")  # a server with threads must not fork
    try:
        with interrupts_later():
            forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ[ONE_THREAD]


def _may_fork() -> bool:
    return sys.platform == "linux" and "forkserver" in multiprocessing.get_all_start_methods()
