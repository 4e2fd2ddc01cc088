"""One tube, sixteen fixed gates, every event's membership kept: tregate against FlowKit, in one interleaved run."""

import json
import mmap
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.flowkit_peer import gate_file, in_flowkit
from benchmarks.measuring import interleaved, ms, process, quiet, ratio, table
from benchmarks.tubes import write_tube
from tregate.gating.engine import gate
from tregate.gating.events import Gated
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy

STRATEGY = Path(__file__).with_name("fixed16.yaml")
SIZES = {100_000: 9, 300_000: 5, 1_000_000: 3}
QUICK = {100_000: 5, 300_000: 3}


def gated(path: Path) -> Gated:
    """Read, compensate and gate one file."""
    strategy = load_strategy(str(STRATEGY))
    return gate(prepare(read(path), strategy), strategy)


def pass_over(path: Path) -> int:
    """The limit: every byte of the file in the page cache read once."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        words = np.frombuffer(mapped, dtype=np.uint64, count=len(mapped) // 8)
        total = int(words.sum())
        del words
    return total


def measure(quick: bool) -> str:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for events, rounds in (QUICK if quick else SIZES).items():
            path = write_tube(Path(folder) / f"{events}.fcs", events)
            strategy = load_strategy(str(STRATEGY))
            ours = gated(path)
            theirs, paths = in_flowkit(strategy, {str(placed.population): placed for placed in ours.gates}, path)
            with quiet():
                results = gate_file(path, theirs)
            differ = sum(int((results.get_gate_membership(n, p) != ours.mask(n)).sum()) for n, p in paths.items())
            calls: dict[str, Callable[[], object]] = {
                "one pass": lambda path=path: pass_over(path),
                "tregate": lambda path=path, strategy=strategy: gate(prepare(read(path), strategy), strategy),
                "FlowKit": lambda path=path, theirs=theirs: gate_file(path, theirs),
                "FlowKit, cached": lambda path=path, theirs=theirs: gate_file(path, theirs, cache=True),
            }
            if events == 300_000:
                calls["FlowKit Session"] = lambda path=path, theirs=theirs: _session(path, theirs)
            times = interleaved(calls, rounds)
            memory = {who: peak(who, path) for who in ("tregate", "FlowKit")}
            rows.append(
                [
                    f"{events:,}",
                    ms(times["one pass"]),
                    ms(times["tregate"]),
                    ms(times["FlowKit"]),
                    ms(times["FlowKit, cached"]),
                    ms(times["FlowKit Session"]) if "FlowKit Session" in times else "",
                    f"**{ratio(times, 'FlowKit', 'tregate'):.0f}**",
                    f"{ratio(times, 'FlowKit, cached', 'tregate'):.0f}",
                    f"{ratio(times, 'tregate', 'one pass'):.0f}",
                    differ,
                    f"{memory['tregate']:.0f}",
                    f"{memory['FlowKit']:.0f}",
                ]
            )
    header = (
        "events", "one pass, ms", "tregate, ms", "FlowKit, ms", "its cache, ms", "its Session, ms", "times faster",
        "than with cache", "passes", "memberships that differ", "peak MB", "FlowKit's",
    )  # fmt: skip
    return "## One tube, sixteen fixed gates, membership of every event\n\n" + table(header, rows)


def _session(path: Path, gating: object) -> None:
    import flowkit

    with quiet():
        session = flowkit.Session(gating, fcs_samples=[str(path)])
        session.analyze_samples(verbose=False)


def peak(who: str, path: Path) -> float:
    """Peak memory of a process that does this and nothing else [MB]."""
    return process(sys.executable, "-m", "benchmarks.bench_tube", who, str(path)).peak_mb


def main(who: str, path: str) -> None:
    ours = gated(Path(path))
    if who == "FlowKit":
        placed = {str(one.population): one for one in ours.gates}
        theirs, _ = in_flowkit(load_strategy(str(STRATEGY)), placed, Path(path))
        gate_file(Path(path), theirs)
    print(json.dumps({"events": ours.n_events, "populations": median(ours.events.values())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
