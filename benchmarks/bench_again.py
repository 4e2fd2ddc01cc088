"""A run again: the first, the same once more, and with one tube changed; interleaved, as ratios of the first."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench_start import CLI
from benchmarks.measuring import python, table
from tregate.fixtures.trial import make_trial

EVENTS = 100_000


def measure(quick: bool) -> str:
    subjects, rounds = (1, 1) if quick else (9, 3)
    with tempfile.TemporaryDirectory() as folder:
        trial = make_trial(
            Path(folder) / "trial", subjects=subjects, events=(EVENTS, EVENTS), withdrawn=0, formats=("float_little",)
        )
        done: dict[str, list[Any]] = {"first run": [], "unchanged": [], "one tube changed": []}
        for turn in range(rounds):
            out = Path(folder) / f"out{turn}"
            done["first run"].append(_run(trial.folder, out))
            done["unchanged"].append(_run(trial.folder, out))
            _change(trial.folder / trial.tubes[turn].file)
            done["one tube changed"].append(_run(trial.folder, out))
    first = done["first run"]
    rows = []
    for name, runs in done.items():
        ratio = median(a.wall / b.wall for a, b in zip(first, runs, strict=True))
        by_cpu = median(a.cpu / b.cpu for a, b in zip(first, runs, strict=True))
        wall, cpu = median(run.wall for run in runs), median(run.cpu for run in runs)
        rows.append([name, f"{wall:.2f}", f"{cpu:.2f}", f"{ratio:.1f}", f"{by_cpu:.1f}"])
    header = ("", "wall s", "processor s", "times faster than the first", "by processor time")
    return f"## Again\n\n{len(trial.tubes)} tubes of {EVENTS:,} events, two workers.\n\n" + table(header, rows)


def _change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-400] ^= 0x10
    path.write_bytes(data)


def _run(study: Path, out: Path) -> Any:
    options = ("--out", str(out), "--report", "none", "--quiet", "--workers", "2")
    return python("-c", f"import sys\ntry:\n  {CLI}\nexcept SystemExit as e: sys.exit(e.code == 2)", "run",
                  str(study), *options)  # fmt: skip
