"""A finished run, read for its data sets: tables as they were written, and what the record says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.csv_file import read_csv
from tregate.pipelines.files.differences import differences
from tregate.pipelines.files.table import Table
from tregate.pipelines.runs.blinded import blinded_problem
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.rebuilt_options import last_options
from tregate.pipelines.runs.run_folder import recorded_files

NUMBERS = frozenset(
    {
        *("CPSEQ", "CPSTRESN", "CPREPNUM", "VISITNUM", "VISITDY", "CPDY"),
        *("AGE", "AVISITN", "ADY", "AVAL", "BASE", "CHG", "R2BASE"),
    }
)
"""Numeric variables of CP and ADCP; all others are text."""


@dataclass(frozen=True)
class FinishedRun:
    """What a run left in its folder."""

    folder: Path
    record: Mapping[str, Any]

    @property
    def study(self) -> str:
        return str(self.record["study"]["name"])

    @property
    def visits(self) -> tuple[str, ...]:
        """Planned visits of the tables, as `tregate tables` made them last."""
        return last_options(self.record).visits or tuple(self.record["study"]["visits"])

    @property
    def baseline(self) -> str:
        """Baseline of the tables."""
        declared = str(self.record["study"]["baseline"])
        return last_options(self.record).baseline or (declared if declared in self.visits else self.visits[0])

    @property
    def excluded(self) -> frozenset[str]:
        """Subjects that summary and tests leave out."""
        planned = self.record["study"]["analysis"]["exclude_subjects"]
        return frozenset((*planned, *last_options(self.record).leave_out))

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of the visit tables."""
        return tuple(self.record["tables"]["definition"]["sheets"])

    def data_set(self, name: str) -> Table:
        """cp or suppcp. Numbers are numbers, everything else is text."""
        path = self.folder / f"{name}.csv"
        with path.open(encoding="utf-8") as file:
            columns = file.readline().strip().split(",")
        return read_csv(path, text=[column for column in columns if column not in NUMBERS])

    def table(self, name: str) -> Table:
        """A visit table."""
        return read_csv(self.folder / f"{name}.csv", text=("subject", "visit", "flags"))


def finished_run(folder: Path) -> FinishedRun:
    """Raises ConfigurationError where the folder holds no run, or one whose tables were changed since."""
    record = read_record(folder)
    blinded_problem(folder, record)
    recorded = recorded_files(record)
    tables = {name: digest for name, digest in recorded.items() if name.endswith(".csv") and "/" not in name}
    remedy = "Restore the file, or run the study again."
    problems = [Problem(str(folder / one.file), None, f"{one}.", remedy) for one in differences(folder, tables)]
    lacking = [name for name in ("cp.csv", "suppcp.csv") if name not in recorded]
    if lacking:
        message = f"the run has no {' and no '.join(lacking)}: an earlier version of tregate wrote it."
        problems.append(Problem(str(folder), None, message, "Make the tables again: tregate tables."))
    if problems:
        raise ConfigurationError(problems)
    return FinishedRun(folder, record)
