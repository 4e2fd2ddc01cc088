"""Where the gates of `--gates` come from: their file as it was parsed, and the run beside it that placed them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.events import PlacedGate
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.regular_file import ReadFile, read_regular
from tregate.gating.wording import counted
from tregate.pipelines.files.input_file import fingerprint
from tregate.pipelines.interchange.gates_file import UNSIGNED, Gates, TubeKey
from tregate.pipelines.runs.provenance import strategy_sha256
from tregate.pipelines.runs.run_folder import RECORD
from tregate.pipelines.tubes.outcomes import TubeOutcome
from tregate.pipelines.tubes.records import TubeFinding
from tregate.pipelines.tubes.tube_tasks import Job


@dataclass(frozen=True, slots=True)
class GatesOrigin:
    """A file of gates, and what is known of the run that wrote it."""

    name: str
    sha256: str
    edited: str = ""
    """Why the file is not what its run wrote, in the user's words; "" where it is, or where no run is beside it."""
    files: Mapping[TubeKey, str] = field(default_factory=dict)
    """Tube -> SHA-256 of the file on which its gates were placed."""
    strategies: Mapping[str, str] = field(default_factory=dict)
    """Tube name -> SHA-256 of the strategy that placed them."""

    def as_record(self) -> dict[str, Any]:
        return {"name": self.name, "sha256": self.sha256, "edited": self.edited or None}


def gates_origin(path: Path, parsed: ReadFile | None, edited: str) -> GatesOrigin:
    """The origin of a file of gates.

    parsed: the file as it was read; None looks again. edited: why it may differ from what its run wrote; "" where it
    may not.
    Raises ConfigurationError where it differs without a reason.
    """
    record = _record_beside(path)
    sha256 = fingerprint(path).sha256 if parsed is None else parsed.sha256
    try:
        files, inputs = record.get("files", {}), record.get("inputs", [])
        wrote = files.get(path.name)
        placed = {(one["subject"], one["visit"], one["tube"]): str(one["sha256"]) for one in inputs}
        strategies = {tube: str(one["sha256"]) for tube, one in record.get("strategies", {}).items()}
    except (AttributeError, KeyError, TypeError):
        wrote, placed, strategies = None, {}, {}
    if wrote is not None and wrote != sha256 and not edited:
        message = "the gates were changed since their run wrote them (SHA-256 in its run.json)."
        remedy = "Use the file as the run wrote it; if the change is meant, give --gates-edited REASON."
        raise ConfigurationError([Problem(str(path), None, message, remedy)])
    changed = wrote is not None and wrote != sha256
    return GatesOrigin(path.name, sha256, edited if changed else "", placed, strategies)


def named_edits(path: Path, gates: Mapping[TubeKey, Gates], edited: str) -> dict[TubeKey, Gates]:
    """The gates of a file, those of edited rows with the user's reason.

    Raises ConfigurationError where a row was edited, as its own SHA-256 shows, and no reason is given.
    """
    rows = [(key, gate) for key, of_tube in gates.items() for gate in of_tube.values() if _is_edited(gate)]
    if rows and not edited:
        (subject, visit, tube), gate = rows[0]
        changed = f"{counted(len(rows), 'row')} {'was' if len(rows) == 1 else 'were'} changed by hand"
        message = f"{changed}, the first is {gate.population} of {subject} {visit} {tube}."
        remedy = "Use the file as the run wrote it; if the change is meant, give --gates-edited REASON."
        raise ConfigurationError([Problem(str(path), None, message, remedy)])
    return {
        key: {name: replace(gate, reason=edited) if _is_edited(gate) else gate for name, gate in of_tube.items()}
        for key, of_tube in gates.items()
    }


def _is_edited(gate: PlacedGate) -> bool:
    return gate.placed_by == UNSIGNED and not gate.reason


def gates_of_others(origin: GatesOrigin, done: Sequence[tuple[Job, TubeOutcome]]) -> Iterator[TubeFinding]:
    """A warning on every tube whose gates were placed on another file, or by another strategy."""
    strategies = {job.entry.tube: job.order.strategy for job, _ in done}
    now = {tube: strategy_sha256(strategy) for tube, strategy in strategies.items()}
    for job, outcome in done:
        entry = job.entry
        if outcome.result is None or outcome.source is None or not job.order.replay:
            continue
        before = origin.files.get(entry.key, outcome.source.sha256)
        if before != outcome.source.sha256:
            yield _found(job, "gates_of_other_file", "were placed on a file with other content")
        if origin.strategies.get(entry.tube, now[entry.tube]) != now[entry.tube]:
            yield _found(job, "gates_of_other_strategy", "were placed by another version of the strategy")


def _found(job: Job, check: str, what: str) -> TubeFinding:
    entry = job.entry
    message = (
        f"The gates used for this tube {what}, so they may not fit it. "
        "Look at the plots, or run without --gates to place them anew."
    )
    return TubeFinding(entry.subject, entry.visit, entry.tube, entry.file, Finding(check, Severity.WARN, message))


def _record_beside(path: Path) -> Mapping[str, Any]:
    try:
        record = json.loads(read_regular(path.parent / RECORD))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
