"""Ids, codes and units of the table definition that are in no shipped list."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.tubes.records import TubeFinding


def unchecked_ids(study: Study) -> Iterator[TubeFinding]:
    """One note each, about no tube: no value depends on it. The file by its name, wherever the study is."""
    for note in study.tables.notes:
        named = replace(note, file=Path(note.file).name)
        yield TubeFinding("", "", "", "", Finding("catalogue_ids", Severity.INFO, str(named)))
