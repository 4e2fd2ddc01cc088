"""tregate as a person runs it: in this process where that is enough, as a process of its own where it is not."""

import csv
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from tregate.pipelines.commands.cli import app


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def tregate(*arguments: str | Path) -> Done:
    """Run a command in this process."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def run_study(study: Path, out: Path, *options: str | Path) -> Done:
    """`tregate run` in this process, without a page."""
    return tregate("run", study, "--out", out, "--workers", "1", "--report", "none", *options)


def exported(run: Path, to: str, out: Path) -> Path:
    """Folder of what `tregate export` writes of a run."""
    done = tregate("export", run, "--to", to, "--out", out)
    assert done.code == 0, done.err
    return out


def command(*arguments: str | Path) -> list[str]:
    """The command as a process of its own is started."""
    return [sys.executable, "-m", "tregate.pipelines.commands.cli", *map(str, arguments)]


def process(*arguments: str | Path, cwd: Path | None = None) -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False, cwd=cwd)
    return Done(done.returncode, done.stdout, done.stderr)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def edit_row(samples: Path, file: str, **cells: str) -> None:
    """Change cells of the row of one file; a column that is not there yet is added."""
    listed = rows(samples)
    columns = list(dict.fromkeys([*listed[0], *cells]))
    for row in listed:
        if row["file"] == file:
            row.update(cells)
    write_rows(samples, columns, listed)


def write_rows(path: Path, columns: list[str], listed: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)
