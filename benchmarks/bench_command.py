"""The command line as a person waits for it: --help against `import numpy`, and a run by number of workers."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from fixtures.trial import make_trial

ROUNDS = 9


def seconds(*command: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *command], capture_output=True, check=True)
    return time.perf_counter() - begin


def start() -> None:
    """Interleaved, so that a busy machine is busy for both."""
    rounds = [
        (seconds("-c", "import numpy"), seconds("-m", "pipelines.cli", "--help"), seconds("-c", "import pipelines.run"))
        for _ in range(ROUNDS)
    ]
    for name, times in zip(
        ("import numpy", "tregate --help", "import pipelines.run"), zip(*rounds, strict=True), strict=True
    ):
        print(f"{name:24} {1000 * median(times):6.0f} ms")


def run() -> None:
    """36 tubes of 50,000 events, without and with the page."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "trial"
        make_trial(trial, subjects=2, events=(50_000, 50_000), withdrawn=0)
        for workers in ("1", "2"):
            for report in ("none", "all"):
                out = str(Path(folder) / f"out-{workers}-{report}")
                options = ("--out", out, "--workers", workers, "--report", report, "--quiet")
                took = seconds("-m", "pipelines.cli", "run", str(trial), *options)
                print(f"36 tubes, workers {workers}, report {report:5} {took:6.1f} s")


if __name__ == "__main__":
    start()
    run()
