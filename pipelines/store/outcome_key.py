"""What a tube's measured outcome depends on, as one hash.

Beads, lots, volumes, names, visits, paths and workers are not in it: they enter after the events (`gating.tube`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tregate.gating.events import PlacedGate
from tregate.gating.read.file_bytes import FileBytes, read_bytes
from tregate.gating.reference_gates import ControlTube
from tregate.gating.strategy.schema import Strategy
from tregate.gating.tube import TubeTask
from tregate.pipelines.store.measured_codec import measured_codec

FORM = 2
"""Raised whenever an entry means something else than before under the same key."""


@dataclass(frozen=True, slots=True)
class OutcomeKey:
    """A key, and the files beside the tube's own whose bytes are in it."""

    sha256: str
    others: tuple[FileBytes, ...] = ()

    def unchanged(self) -> bool:
        """Whether these files are still what they were when the key was made."""
        return all(file.unchanged() for file in self.others)


def outcome_key(task: TubeTask, file_blake3: str, program: str) -> OutcomeKey:
    """The key of a task.

    file_blake3: of the bytes of its file. program: hash of the program that gates.
    Raises OSError where a matrix or a control file cannot be read.
    """
    others: list[FileBytes] = []

    def content(path: Path | None) -> str | None:
        if path is None:
            return None
        others.append(read_bytes(path))
        return others[-1].sha256()

    def control(tube: ControlTube) -> dict[str, Any]:
        matrix = None if tube.matrix_csv is None else tube.matrix_csv.name
        return {"file": content(tube.path), "data_set": tube.data_set,
                "matrix": content(tube.matrix_csv), "matrix_name": matrix}  # fmt: skip

    elsewhere = task.elsewhere
    parts = {
        "form": FORM,
        "program": program,
        "file": file_blake3,
        "data_set": task.data_set,
        "strategy": _strategy_sha256(task.strategy),
        "limits": asdict(task.limits),
        "matrix": content(task.matrix_csv),
        "matrix_name": None if task.matrix_csv is None else task.matrix_csv.name,
        "replay": None if task.replay is None else _gates(task.replay),
        "baseline": _gates(elsewhere.baseline),
        "is_baseline": elsewhere.is_baseline,
        "batch": _gates(elsewhere.batch),
        "tubes": {tube: _gates(gates) for tube, gates in elsewhere.tubes.items()},
        "controls": {name: control(tube) for name, tube in elsewhere.controls.items()},
        "shown": {one.name: control(one.tube) for one in task.controls},
        "pairs": task.coincidence != "none",
        "second_opinion": task.second_opinion,
        "intensities": [asdict(one) for one in task.intensities],
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return OutcomeKey(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), tuple(others))


def _gates(gates: Mapping[Any, PlacedGate]) -> list[str]:
    return [measured_codec().encoded(gate) for gate in gates.values()]


def _strategy_sha256(strategy: Strategy) -> str:
    known = _HASHES.get(id(strategy))
    if known is not None and known[0] is strategy:
        return known[1]
    sha256 = hashlib.sha256(strategy.model_dump_json().encode("utf-8", "surrogatepass")).hexdigest()
    if len(_HASHES) >= REMEMBERED:
        _HASHES.clear()
    _HASHES[id(strategy)] = strategy, sha256
    return sha256


REMEMBERED = 16
"""Strategies whose hash is remembered: a study has a few, and a worker gets a new object with every tube."""

_HASHES: dict[int, tuple[Strategy, str]] = {}
