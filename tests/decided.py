"""Decisions as `tregate review` takes them down, for tests that need no browser."""

import datetime
import json
from pathlib import Path

from cli_running import rows

from tregate.gating.units import PopulationName
from tregate.pipelines.files.input_file import fingerprint
from tregate.pipelines.interchange.gates_file import read_gates
from tregate.pipelines.interchange.plain_gate import gate_to_plain
from tregate.pipelines.review.audit_log import AUDIT, append
from tregate.pipelines.review.decision import Decision, Wish


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def take_down(out: Path, *wishes: Wish) -> tuple[Decision, ...]:
    return append(out / AUDIT, wishes, now)


def of_tube(out: Path, trial: Path, key: tuple[str, str, str], action: str, reason: str, **more: object) -> Wish:
    """A wish about one tube of a run."""
    file = next(row["file"] for row in rows(out / "counts.csv") if (row["subject"], row["visit"], row["tube"]) == key)
    digest = fingerprint(trial / file).sha256
    return Wish(
        who="A. Reader", action=action, subject=key[0], visit=key[1], tube=key[2], file=file, file_sha256=digest,
        reason=reason, **more,
    )  # fmt: skip


def moved_threshold(
    out: Path, trial: Path, key: tuple[str, str, str], population: str, factor: float, *, keep: tuple[str, ...] = ()
) -> Wish:
    """A threshold of a run, times a factor; gates of `keep` stay where they were."""
    gates = read_gates(out / "gates.csv")[key]
    before = gate_to_plain(gates[PopulationName(population)])
    after = json.loads(json.dumps(before)) | {"method": "by hand", "placed_by": "A. Reader", "reason": "too low"}
    end = "low" if after["geometry"]["low"] is not None else "high"
    after["geometry"][end] *= factor
    kept = [gate_to_plain(gates[PopulationName(name)]) for name in keep]
    return of_tube(
        out, trial, key, "move", "too low", population=population, before={"gate": before},
        after={"gate": after, "kept": kept, "again": []},
    )  # fmt: skip
