"""How cost grows with events, gates and channels: one tube, fixed gates, the file read each time."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.bench_tube import STRATEGY
from benchmarks.measuring import interleaved, ms, table
from benchmarks.tubes import write_tube
from tregate.gating.engine import gate
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.schema import Strategy


def measure(quick: bool) -> str:
    rounds = 3 if quick else 7
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        sixteen = load_strategy(str(STRATEGY))
        sizes = (100_000, 300_000) if quick else (100_000, 300_000, 1_000_000, 3_000_000)
        by_events = _times({f"{n:,}": (write_tube(root / f"e{n}", n), sixteen) for n in sizes}, rounds)
        tube = write_tube(root / "gates", 300_000)
        by_gates = _times({n: (tube, with_gates(sixteen, n)) for n in (10, 16, 30, 60)}, rounds)
        by_channels = _times(
            {n + 4: (write_tube(root / f"c{n}", 300_000, n), sixteen) for n in (10, 16, 26, 36)}, rounds
        )
        eight = with_markers(sixteen, ("CD45", "CD3", "CD4", "CD8"))
        by_channels = _times({8: (write_tube(root / "c4", 300_000, 4), eight)}, rounds) + by_channels
    return "\n\n".join(
        [
            "## Growth: one tube, fixed gates",
            "Sixteen gates, 14 channels:",
            table(("events", "ms"), by_events),
            "300,000 events, 14 channels (the first 10; then further ranges within the 16):",
            table(("gates", "ms"), by_gates),
            "300,000 events, sixteen gates (eight channels carry but the gates whose markers are there):",
            table(("channels", "ms"), by_channels),
        ]
    )


def with_gates(strategy: Strategy, n: int) -> Strategy:
    """The first n populations; beyond sixteen, further ranges on every stain within CD3+, CD4+, CD8+, B and NK."""
    whole = strategy.model_dump(mode="json", exclude_unset=True)
    populations: dict[str, Any] = dict(list(whole["populations"].items())[:n])
    stains = ("CD25", "CD127", "Foxp3", "CD16", "CD56", "CD8", "CD4", "CD19", "CD45")
    further = ((parent, stain) for stain in stains for parent in ("CD3+", "CD4+", "CD8+", "B", "NK"))
    for parent, stain in list(further)[: max(0, n - 16)]:
        gate_spec = {"kind": "range", "low": 1500.0}
        populations[f"{parent} {stain} high"] = {"parent": parent, "axes": [stain], "gate": gate_spec}
    return Strategy.model_validate({**whole, "populations": populations})


def with_markers(strategy: Strategy, stains: tuple[str, ...]) -> Strategy:
    """Only the populations that need no other stain."""
    whole = strategy.model_dump(mode="json", exclude_unset=True)
    known = {*stains, "FSC-A", "FSC-H", "SSC-A", "Time"}
    kept: dict[str, Any] = {}
    for name, population in whole["populations"].items():
        needs = {*population.get("all_of", ()), *population.get("none_of", ())} | {population.get("parent", "all")}
        if known.issuperset(population.get("axes", ())) and needs <= {*kept, "all"}:
            kept[name] = population
    return Strategy.model_validate({**whole, "populations": kept})


def _times(cases: dict[Any, tuple[Path, Strategy]], rounds: int) -> list[list[object]]:
    calls = {
        name: (lambda path=path, strategy=strategy: gate(prepare(read(path), strategy), strategy))
        for name, (path, strategy) in cases.items()
    }
    return [[name, ms(took)] for name, took in interleaved(calls, rounds).items()]
