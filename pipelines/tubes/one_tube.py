"""One tube in whatever process: its outcome, where a failure is the tube's own and never the batch's."""

import hashlib
import mmap
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tregate.gating.errors import TubeError
from tregate.gating.tube import TubeResult, TubeTask
from tregate.pipelines.tubes.outcomes import Failure, InputFile, TubeOutcome

Draw = Callable[[TubeResult], object]
"""Makes something of one tube where its densities are, such as the page's plots; a plain function of a module.

What it returns must be picklable. Executors hand it on without looking at it.
"""


def analyse_tube(order: TubeTask, draw: Draw | None = None) -> TubeOutcome:
    """Analyse one tube; whatever goes wrong with it is its own fault, never the batch's."""
    source = None
    try:
        source = fingerprint(order.path)
        from tregate.gating.tube import analyse

        result = analyse(order)
        drawn = None if draw is None else draw(result)
        return TubeOutcome(replace(result, densities=()), None, source, drawn)
    except TubeError as error:
        return TubeOutcome(None, Failure(error.stage, type(error).__name__, str(error), traceback.format_exc()), source)
    except OSError as error:
        return TubeOutcome(None, replace(unreadable(order.path, error), trace=traceback.format_exc()), source)
    except Exception as error:
        return TubeOutcome(None, _unexpected(error, traceback.format_exc()), source)


def fingerprint(path: Path) -> InputFile:
    """Size and SHA-256 of a file; reading it warms the page cache that gating then maps. Raises OSError."""
    digest = hashlib.sha256()
    size = path.stat().st_size
    if size:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            digest.update(mapped)
    return InputFile(size, digest.hexdigest())


def unreadable(path: Path, error: OSError) -> Failure:
    """A file that the operating system does not hand over, in words for a technician."""
    if isinstance(error, FileNotFoundError):
        slashes = " with / between folders" if "\\" in path.name else ""
        message = (
            f"The file {path} does not exist. Correct `file` in samples.csv{slashes}, restore the file, or give a "
            "reason in `exclude`."
        )
    elif isinstance(error, IsADirectoryError):
        message = f"{path} is a folder, not an FCS file. Correct `file` in samples.csv."
    else:
        message = f"{path} cannot be read: {error.strerror or error}. Check its permissions and the disk."
    return Failure("read", type(error).__name__, message)


def _unexpected(error: Exception, trace: str) -> Failure:
    """An error of the program: the message names it, and run.log has the traceback."""
    name = type(error).__name__
    shown = f"{name}: {error}" if str(error) else name
    if len(shown) > 80:
        shown = shown[:77] + "..."
    message = (
        f"Internal error while analysing this file ({shown}); the other tubes are not affected. "
        "Please report it with run.log, which has the traceback."
    )
    return Failure("gate", name, message, trace)
