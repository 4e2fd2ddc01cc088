"""A function over many values, in this process or over several; the same results in the same order either way."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from tregate.pipelines.tubes.executors.start_method import context, start_ahead

Given = TypeVar("Given")
Made = TypeVar("Made")


def spread(function: Callable[[Given], Made], values: Sequence[Given], workers: int) -> Iterator[tuple[int, Made]]:
    """(position, function(value)) as they are finished. `function` must be a plain function of a module."""
    if workers <= 1 or len(values) <= 1:
        for position, value in enumerate(values):
            yield position, function(value)
        return
    start_ahead()
    pool = ProcessPoolExecutor(min(workers, len(values)), context(), _leave_interrupts_to_the_parent)
    try:
        futures = {pool.submit(function, value): position for position, value in enumerate(values)}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
