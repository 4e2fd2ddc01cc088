"""The pair factor of each tube in run.json, and back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tregate.gating.count.coincidence import Coincidence
from tregate.pipelines.interchange.gates_file import TubeKey
from tregate.pipelines.runs.run_folder import RECORD


def recorded(factor: Coincidence) -> dict[str, Any]:
    """The pair factor as run.json keeps it."""
    return {
        "factor": factor.factor,
        "relative_sd": factor.relative_sd,
        "source": factor.source,
        "pair_events": factor.pair_events,
        "applied": factor.applied,
    }


def read_recorded(written: Mapping[str, Any] | None) -> Coincidence:
    """The pair factor of a tube of run.json; none, where an earlier version of tregate made the run."""
    return Coincidence() if written is None else Coincidence(**written)


def batch_factors(gates: Path) -> dict[TubeKey, Coincidence]:
    """Pair factors that an earlier run took from its batch, by tube: they are replayed with its gates.csv as stored.

    Empty where no run.json lies beside the file.
    """
    try:
        record = json.loads((gates.parent / RECORD).read_text(encoding="utf-8"))
        inputs = record["inputs"]
        written = [(str(one["subject"]), str(one["visit"]), str(one["tube"]), one.get("coincidence")) for one in inputs]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    factors = {(subject, visit, tube): read_recorded(factor) for subject, visit, tube, factor in written if factor}
    return {key: factor for key, factor in factors.items() if factor.source == "batch"}
