"""A whole run (data-driven places, hashes, tables, no pages) against a FlowKit loop over fixed gates."""

import pickle
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench_start import CLI
from benchmarks.bench_tube import pass_over
from benchmarks.measuring import interleaved, python, table
from tregate.fixtures.trial import TUBES, Trial, make_trial
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse

EVENTS = 100_000


def measure(quick: bool) -> str:
    subjects = 1 if quick else 9
    with tempfile.TemporaryDirectory() as folder:
        trial = make_trial(
            Path(folder) / "trial", subjects=subjects, events=(EVENTS, EVENTS), withdrawn=0, formats=("float_little",)
        )
        files = [trial.folder / tube.file for tube in trial.tubes]
        size = sum(file.stat().st_size for file in files)
        gates = _fixed(trial, Path(folder) / "gates.pickle")
        rounds: dict[str, list[Any]] = {"1 worker": [], "2 workers": [], "FlowKit loop": []}
        passes: list[float] = []
        for turn in range(1 if quick else 3):
            passes += interleaved({"pass": lambda: [pass_over(file) for file in files]}, 1, warm=1)["pass"]
            for workers in ("1", "2"):
                done = _run(trial, Path(folder) / "out", workers)
                rounds[f"{workers} worker{'s' if workers == '2' else ''}"].append(done)
            if turn == 0:
                command = ("-m", "benchmarks.flowkit_peer", str(trial.folder), str(gates))
                rounds["FlowKit loop"].append(python(*command))
    one_pass, loop = median(passes), rounds["FlowKit loop"][0].wall
    rows = []
    for name, done in rounds.items():
        wall = median(p.wall for p in done)
        rows.append(
            [
                name if name == "FlowKit loop" else f"tregate run, {name}",
                f"{wall:.2f}",
                f"{median(p.cpu for p in done):.2f}",
                f"{wall / len(files) * 1000:.1f}",
                f"{loop / wall:.1f}",
                f"{wall / one_pass:.0f}",
                f"{max(p.peak_mb for p in done):.0f}",
            ]
        )
    rows.append(["one streaming pass", f"{one_pass:.2f}", "", f"{one_pass / len(files) * 1000:.2f}", "", "1", ""])
    introduction = (
        f"{len(files)} tubes of {EVENTS:,} events ({size / 1e6:.0f} MB), three kinds of tube. tregate finds its places "
        "on each file, hashes, counts with limits, checks, compares tubes and visits, tests and writes every "
        "table; FlowKit only gates, with the places tregate found on one tube of each kind. Peak memory is of the "
        "largest single process.\n\n"
    )
    header = ("", "wall s", "processor s", "ms a tube", "times faster than FlowKit", "streaming passes", "peak MB")
    return "## A whole run\n\n" + introduction + table(header, rows)


def files(quick: bool) -> str:
    """Wall time and memory by the number of small files."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for subjects in (1, 6) if quick else (1, 6, 18, 56):
            trial = make_trial(
                Path(folder) / f"{subjects}", subjects=subjects, events=(5_000, 5_000), withdrawn=0,
                formats=("float_little",),
            )  # fmt: skip
            done = [_run(trial, Path(folder) / "out", workers) for workers in ("1", "2")]
            n = len(trial.tubes)
            rows.append(
                [n, *(f"{p.wall:.2f}" for p in done), *(f"{p.wall / n * 1000:.1f}" for p in done)]
                + [f"{p.peak_mb:.0f}" for p in done]
            )
    header = ("files of 5,000 events", "1 worker, s", "2 workers, s", "ms a file", "ms a file", "peak MB", "peak MB")
    return "## By number of files\n\n" + table(header, rows)


def _run(trial: Trial, out: Path, workers: str) -> Any:
    options = ("--out", str(out), "--report", "none", "--quiet", "--fresh", "--workers", workers)
    return python("-c", f"import sys\ntry:\n  {CLI}\nexcept SystemExit as e: sys.exit(e.code == 2)", "run",
                  str(trial.folder), *options)  # fmt: skip


def _fixed(trial: Trial, path: Path) -> Path:
    """What the loop needs: files by kind, and of each kind the strategy with the places found on its first tube."""
    gates = {}
    for name, kind in TUBES.items():
        first = trial.folder / next(tube.file for tube in trial.tubes if tube.tube == name)
        strategy = load_strategy(kind)
        result = analyse(TubeTask(first, strategy))
        placed = {str(gate.population): gate for gate in result.gates}
        gates[kind] = (strategy, placed, first)
    path.write_bytes(pickle.dumps(([(tube.kind, Path(tube.file)) for tube in trial.tubes], gates)))
    return path
