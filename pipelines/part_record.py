"""What a part of a study records beside the store, so that merging knows what was gated, and by which study."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tregate.gating.read.regular_file import read_regular
from tregate.pipelines.files.atomic import write_json
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.runs.this_program import libraries, program_version
from tregate.pipelines.store.outcome_store import OutcomeStore
from tregate.pipelines.store.program import gating_sha256
from tregate.pipelines.study.load_study import Study

FOLDER = "parts"
"""Of a store."""


@dataclass(frozen=True, slots=True)
class PartRecord:
    """One part that was gated."""

    number: int
    of: int
    plan: Mapping[str, str]
    """What all parts must have in common: the study's files by their SHA-256, program, libraries, options."""
    gated: tuple[str, ...] = field(default=())
    """Files that have an outcome in the store."""
    failed: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return f"{self.number}/{self.of}"


def plan_of(study: Study, options: RunOptions) -> dict[str, str]:
    """Name of each thing that parts must have in common -> its value."""
    files = {path.name: file.sha256 for path, file in sorted(study.parsed.items())}
    program = {"program": program_version(), "program of gating": gating_sha256(), "libraries": json.dumps(libraries())}
    return {**files, **program, "--report": options.pages, "number of tubes": str(len(study.used))}


def write_part(store: OutcomeStore, part: PartRecord) -> None:
    """Keep the record of a part. Raises OSError."""
    folder = store.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / f"{part.number}-of-{part.of}.json", asdict(part))


def read_parts(folder: Path) -> list[PartRecord]:
    """The records of the parts in a store's folder, in their order; files that are no records are left out."""
    found = []
    for path in sorted((folder / FOLDER).glob("*-of-*.json")):
        try:
            recorded: Any = json.loads(read_regular(path))
            found.append(
                PartRecord(
                    int(recorded["number"]), int(recorded["of"]), {str(k): str(v) for k, v in recorded["plan"].items()},
                    tuple(map(str, recorded["gated"])), tuple(map(str, recorded["failed"])),
                )
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return sorted(found, key=lambda part: (part.of, part.number))
