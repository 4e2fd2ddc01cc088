"""What a run left behind: what the page, the terminal and whoever calls `run` are told from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.gather import Gathered
from pipelines.records import TubeFinding
from pipelines.statistics.summarise import Summary
from pipelines.table import Table


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left behind."""

    out: Path
    """The folder that holds the tables."""
    tables: Mapping[str, Table]
    gathered: Gathered
    findings: tuple[TubeFinding, ...]
    summary: Summary

    @property
    def notes(self) -> tuple[str, ...]:
        return self.summary.notes

    @property
    def interrupted(self) -> bool:
        return self.gathered.interrupted
