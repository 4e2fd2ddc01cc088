"""run.log: what a run did and when, with the full traceback of everything that went wrong.

Written with the standard library's logging as `run-unfinished.log` while the run goes on, and put beside the tables as
`run.log` when they are complete. A run that stops before leaves the unfinished one, so that no traceback is lost. It
has times in it: run.json does not list its hash, and two equal runs differ in it.
"""

import logging
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tregate.pipelines.runs.run_folder import RUN_LOG
from tregate.pipelines.runs.this_program import command_line, program_version

UNFINISHED = "run-unfinished.log"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunLog:
    """The log of the run that goes on."""

    path: Path

    def put_into(self, folder: Path) -> None:
        """Copy what was logged so far to `folder`/run.log, which is one of the run's files."""
        shutil.copyfile(self.path, folder / RUN_LOG)


@contextmanager
def logged(out: Path, *, debug: bool = False) -> Iterator[RunLog]:
    """Log the block, Python's warnings among it, to `out`/run-unfinished.log, and remove that file at its end.

    debug: log more, and show tracebacks on standard error too. If the block raises, the traceback is logged and the
    file stays. Raises OSError where the file cannot be written.
    """
    path = out / UNFINISHED
    handlers: list[logging.Handler] = [logging.FileHandler(path, mode="w", encoding="utf-8", errors="backslashreplace")]
    handlers[0].setFormatter(_utc())
    if debug:
        handlers.append(logging.StreamHandler(sys.stderr))
    ours = (logging.getLogger("tregate"), logging.getLogger("py.warnings"))
    levels = [one.level for one in ours]
    for one in ours:
        one.setLevel(logging.DEBUG if debug else logging.INFO)
        for handler in handlers:
            one.addHandler(handler)
    logging.captureWarnings(True)
    try:
        logger.info("tregate %s, Python %s, %s", program_version(), platform.python_version(), platform.platform())
        logger.info("command: %s", command_line())
        yield RunLog(path)
    except BaseException:
        logger.exception("The run stopped before its tables were complete.")
        raise
    else:
        path.unlink(missing_ok=True)
    finally:
        logging.captureWarnings(False)
        for one, level in zip(ours, levels, strict=True):
            one.setLevel(level)
            for handler in handlers:
                one.removeHandler(handler)
        for handler in handlers:
            handler.close()


def _utc() -> logging.Formatter:
    """Times in UTC, as in run.json."""
    formatter = logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    return formatter
