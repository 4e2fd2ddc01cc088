"""A folder of FCS files becomes a study: how its names are read, its first files, and the stains of a tube."""

from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.panel import recognise
from tregate.gating.read import survey
from tregate.pipelines.files.near_file import as_on_disk
from tregate.pipelines.study.draft import draft
from tregate.pipelines.study.draft_files import Beads, write_draft
from tregate.pipelines.study.draft_words import summary_lines


def read_folder(folder: Path, pattern: str) -> dict[str, Any]:
    """How every file of a folder is read. Raises ConfigurationError where none can be."""
    made = draft(folder, pattern or None)
    rows = [
        [one.path.relative_to(folder).as_posix(), one.named.subject, one.named.visit, one.named.tube, one.strategy,
         one.exclude or one.note]
        for one in made.seen
    ]  # fmt: skip
    return {"lines": summary_lines(made), "rows": rows, "visits": list(made.visits), "pattern": made.pattern}


def write_folder(folder: Path, pattern: str) -> None:
    """Write study.yaml and samples.csv, as `tregate init` does. Raises ConfigurationError where they are there."""
    write_draft(draft(folder, pattern or None), folder, Beads())


def stains_json(folder: Path, file: str) -> dict[str, Any]:
    """Channels of a file with stain and recognised marker; no keyword that may name a person is shown.

    Raises ConfigurationError where the file cannot be read.
    """
    path = as_on_disk(folder, file)
    try:
        found = survey(path)
    except (TubeError, OSError) as error:
        raise ConfigurationError([Problem(file, None, f"the file cannot be read: {error}")]) from None
    sets = [one for one in found.data_sets if found.default in (None, one.number)]
    return {
        "file": file,
        "sets": [
            {
                "number": one.number,
                "events": one.n_events,
                "instrument": one.instrument or "",
                "channels": [
                    [str(p.name), p.stain or "", str(recognise(p.stain, p.name) or "")] for p in one.parameters
                ],
            }
            for one in sets
        ],
    }
