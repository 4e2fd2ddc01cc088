"""A folder of FCS files becomes a study: how its names are read, its first files, and the stains of a tube."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.panel import recognise
from tregate.gating.read.survey import survey
from tregate.pipelines.application.wording import on_the_page
from tregate.pipelines.files.near_file import as_on_disk
from tregate.pipelines.study.draft import draft
from tregate.pipelines.study.draft_files import Beads, write_draft
from tregate.pipelines.study.draft_words import summary_lines
from tregate.pipelines.study.fitting import fcs_files

COLUMNS = ("file", "subject", "visit", "tube", "exclude")


def read_folder(folder: Path, pattern: str) -> dict[str, Any]:
    """How every file of a folder is read. Raises ConfigurationError where none can be."""
    made = draft(folder, pattern or None)
    rows = [
        [one.path.relative_to(folder).as_posix(), one.named.subject, one.named.visit, one.named.tube, one.strategy,
         one.exclude, one.note]
        for one in made.seen
    ]  # fmt: skip
    return {
        "lines": [on_the_page(line) for line in summary_lines(made)],
        "rows": rows,
        "visits": list(made.visits),
        "pattern": made.pattern,
    }


def write_folder(folder: Path, pattern: str) -> None:
    """Write study.yaml and samples.csv, as `tregate init` does. Raises ConfigurationError where they are there."""
    write_draft(draft(folder, pattern or None), folder, Beads())


def unlisted(folder: Path, listed: Collection[str]) -> list[str]:
    """FCS files below a folder that the list does not name; none where the folder has no FCS file."""
    there = {os.path.normpath(as_on_disk(folder, file)) for file in listed}
    try:
        return [
            path.relative_to(folder).as_posix() for path in fcs_files(folder) if os.path.normpath(path) not in there
        ]
    except ConfigurationError:
        return []


def rows_of(folder: Path, files: Collection[str]) -> list[dict[str, str]]:
    """Rows of samples.csv for files of a folder, as all names of the folder are read together.

    Raises ConfigurationError where no shipped strategy can gate any file of the folder.
    """
    read = [dict(zip(COLUMNS, (*row[:4], row[5]), strict=True)) for row in read_folder(folder, "")["rows"]]
    return [{key: text for key, text in row.items() if text} for row in read if row["file"] in files]


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
