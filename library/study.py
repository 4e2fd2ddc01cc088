"""`tregate.run`: a whole study, with its tables as DataFrames."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tregate.library.frames import dataframe
from tregate.pipelines.console import Console
from tregate.pipelines.files.table import Table
from tregate.pipelines.run import run as run_study
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.runs.run_result import RunResult
from tregate.pipelines.study.load_study import Study

if TYPE_CHECKING:
    import pandas as pd


class Frames(Mapping[str, "pd.DataFrame"]):
    """Tables by name, each made a DataFrame when it is asked for."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables

    def __getitem__(self, name: str) -> "pd.DataFrame":
        return dataframe(self._tables[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __repr__(self) -> str:
        return f"tables: {', '.join(self._tables)}"


@dataclass(frozen=True)
class StudyResult:
    """What a run gave; the files are in `out`."""

    out: Path
    _run: RunResult = field(repr=False)

    @property
    def tables(self) -> Mapping[str, "pd.DataFrame"]:
        """Every table by the name of its CSV file: "treg", "nk", "subsets", "summary", "counts" ..."""
        return Frames(self._run.tables)

    @property
    def counts(self) -> "pd.DataFrame":
        """counts.csv: one row per tube and population."""
        return self.tables["counts"]

    @property
    def gates(self) -> "pd.DataFrame":
        """gates.csv: one row per tube and gate."""
        return self.tables["gates"]

    @property
    def findings(self) -> "pd.DataFrame":
        """findings.csv: one row per quality finding."""
        return self.tables["findings"]

    @property
    def failures(self) -> "pd.DataFrame":
        """failures.csv: one row per tube without a result."""
        return self.tables["failures"]

    @property
    def summary(self) -> "pd.DataFrame":
        """summary.csv: one row per table, measure and visit."""
        return self.tables["summary"]

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the run early; the files are then in `out`, a subfolder named "interrupted"."""
        return self._run.interrupted


def run(
    study: Study,
    out: str | Path,
    *,
    workers: int = 1,
    strict: bool = False,
    report: Literal["none", "flagged", "all"] = "all",
    gates: str | Path | None = None,
    quiet: bool = True,
) -> StudyResult:
    """Gate every tube of a study and write its tables into a folder, as `tregate run` does.

    Parameters
    ----------
    study : from `tregate.load_study`
    out : folder for the tables; the files of a previous run in it are replaced as a set
    workers : processes. More than one needs a script with `if __name__ == "__main__":`, since they are spawned
    strict : stop at the first failed or repaired tube
    report : tubes whose plots the page shows; "none" writes neither page nor figures
    gates : gates.csv of a previous run, whose gates are used as they were placed
    quiet : print errors and warnings only (to standard error)

    Returns
    -------
    StudyResult with `.tables["treg"]` and the other visit tables, `.counts`, `.gates`, `.findings`, `.failures` and
    `.summary` as DataFrames of shape (n_rows, n_columns); columns and units as in docs/tables.md

    Raises
    ------
    ConfigurationError : `out` holds files of others, or `gates` is no gates.csv
    StrictError : with `strict`, the first tube that failed or was repaired

    Notes
    -----
    A tube that fails does not stop the run: it is a row of `failures`, and its cells in the visit tables are empty.

    Examples
    --------
    >>> import tregate as tg
    >>> result = tg.run(tg.load_study("trial"), out="RESULTS", report="none")
    >>> result.tables["treg"][["subject", "visit"]].drop_duplicates().shape[0] == len(result.tables["treg"])
    True
    >>> len(result.failures)
    0
    """
    options = RunOptions(workers, strict, report, None if gates is None else Path(gates))
    ran = run_study(study, Path(out), options, Console(quiet=quiet))
    return StudyResult(ran.out, ran)
