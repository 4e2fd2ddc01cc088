"""Very many tubes: memory of the main process and its part of the processor time, gated and taken from the store."""

import tempfile
from pathlib import Path

from benchmarks.bench_start import CLI
from benchmarks.many_tubes import make_many
from benchmarks.measuring import Process, python, table

EVENTS = 20_000


def measure(quick: bool) -> str:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number in (500,) if quick else (1_000, 10_000):
            study, out = Path(folder) / f"{number}", Path(folder) / f"out{number}"
            n = make_many(study, number, EVENTS)
            for name, options in (("every tube gated", ("--fresh",)), ("one table lost, run again", ())):
                done = _run(study, out, *options)
                (out / "treg.csv").unlink()
                share, times = 100 * done.own_cpu / done.cpu, (done.wall, done.cpu, done.own_cpu)
                rows.append(
                    [f"{n:,}", name, *(f"{time:.0f}" for time in times), f"{share:.0f} %", f"{done.own_peak_mb:.0f}"]
                )
    header = ("tubes", "", "wall s", "processor s", "of them main process", "part", "its peak MB")
    about = f"Hard links of 108 different tubes of {EVENTS:,} events, two workers, no page."
    return f"## Very many tubes\n\n{about}\n\n" + table(header, rows)


def _run(study: Path, out: Path, *options: str) -> Process:
    fixed = ("--out", str(out), "--report", "none", "--quiet", "--workers", "2")
    return python("-c", f"import sys\ntry:\n  {CLI}\nexcept SystemExit as e: sys.exit(e.code == 2)", "run",
                  str(study), *fixed, *options)  # fmt: skip
