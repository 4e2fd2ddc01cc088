"""How many processes gate the tubes of a run."""

import os

TUBES_WORTH_A_PROCESS = 8
"""Starting a process takes as long as gating so many tubes of 100,000 events."""


def default_workers(tubes: int) -> int:
    """A process per core that this process may use, but at least a few tubes for each: starting one takes a while."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, tubes // TUBES_WORTH_A_PROCESS))
