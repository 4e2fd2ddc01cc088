"""Interleaved times and whole-process figures, so that a busy machine is busy for all that are compared."""

import contextlib
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

Times = dict[str, list[float]]
"""Name -> seconds of each round."""


@dataclass(frozen=True, slots=True)
class Process:
    """One finished command: wall time [s], processor time of it and its workers [s], peak memory [MB]."""

    wall: float
    cpu: float
    peak_mb: float
    """Resident set of the largest single process."""
    own_cpu: float
    """Processor time without its workers [s]."""
    own_peak_mb: float
    """Resident set without its workers."""
    out: str


def interleaved(calls: Mapping[str, Callable[[], object]], rounds: int, warm: int = 1) -> Times:
    """A B C A B C ...: each call's seconds, after `warm` rounds that are not counted."""
    times: Times = {name: [] for name in calls}
    for turn in range(-warm, rounds):
        for name, call in calls.items():
            gc.collect()
            begin = time.perf_counter()
            call()
            took = time.perf_counter() - begin
            if turn >= 0:
                times[name].append(took)
    return times


def ratio(times: Times, slow: str, fast: str) -> float:
    """How many times faster, by the median of the ratios round by round."""
    return median(a / b for a, b in zip(times[slow], times[fast], strict=True))


_LAUNCHER = """
import ctypes, json, os, sys, time
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # what a command leaves behind comes to this process: a server of workers
begin = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - begin
cpu, peak = own_cpu, own_peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
while True:
    try:
        _, _, usage = os.wait4(-1, 0)
    except ChildProcessError:
        break
    cpu, peak = cpu + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
measured = [wall, cpu, peak, own_cpu, own_peak, os.waitstatus_to_exitcode(status)]
open(sys.argv[1], "w").write(json.dumps(measured))
"""


def process(*command: str) -> Process:
    """Run a command to its end. Raises RuntimeError where it fails.

    A small process starts it: a child's peak memory begins at that of the process it was started from.
    """
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        launch = (sys.executable, "-S", "-c", _LAUNCHER, str(figures), *command)
        out = subprocess.run(launch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True).stdout
        wall, cpu, peak, own_cpu, own_peak, code = json.loads(figures.read_text())
    if code:
        raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{out}")
    unit = (1 if sys.platform == "darwin" else 1024) / 1e6
    return Process(wall, cpu, peak * unit, own_cpu, own_peak * unit, out)


def python(*arguments: str) -> Process:
    """The same for this Python."""
    return process(sys.executable, *arguments)


def processes(commands: Mapping[str, Sequence[str]], rounds: int, warm: int = 1) -> dict[str, list[Process]]:
    """Whole Python processes, interleaved."""
    done: dict[str, list[Process]] = {name: [] for name in commands}
    for turn in range(-warm, rounds):
        for name, arguments in commands.items():
            finished = python(*arguments)
            if turn >= 0:
                done[name].append(finished)
    return done


def walls(done: Mapping[str, Sequence[Process]]) -> Times:
    return {name: [one.wall for one in finished] for name, finished in done.items()}


@contextlib.contextmanager
def quiet() -> Any:
    """FlowIO and FlowKit warn of harmless keywords."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def ms(times: Sequence[float]) -> str:
    """Median in milliseconds."""
    at = 1000 * median(times)
    return f"{at:.2f}" if at < 10 else f"{at:.1f}" if at < 100 else f"{at:.0f}"
