"""Who is where by what `tregate import` wrote, and by nothing else."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from cli_running import rows

from tregate.gating.engine import gate
from tregate.gating.events import Gated
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy
from tregate.pipelines.interchange.gates_file import read_gates


def imported_tubes(folder: Path) -> Iterator[tuple[str, Gated]]:
    """Name of each FCS file, and its populations by strategy, gates.csv and matrices of an import."""
    study = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    strategies = {kind: load_strategy(folder / name) for kind, name in study["tubes"].items()}
    placed = read_gates(folder / "gates.csv", strategies)
    for row in rows(folder / "samples.csv"):
        strategy, path = strategies[row["tube"]], folder / row["file"]
        prepared = prepare(read(path), strategy, folder / row["compensation"] if row["compensation"] else None)
        yield path.name, gate(prepared, strategy, placed[row["subject"], row["visit"], row["tube"]])
