"""One tube in whatever process: its outcome, where a failure is the tube's own and never the batch's."""

import errno
import hashlib
import mmap
import os
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tregate.gating.errors import TubeError
from tregate.gating.read.regular_file import NotRegularError, open_regular
from tregate.gating.tube import TubeResult, TubeTask
from tregate.pipelines.files.look_alikes import shown
from tregate.pipelines.files.near_file import near_file
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
    except MemoryError:
        return TubeOutcome(None, _no_memory(source, traceback.format_exc()), source)
    except Exception as error:
        return TubeOutcome(None, _unexpected(error, traceback.format_exc()), source)


def fingerprint(path: Path) -> InputFile:
    """Size and SHA-256 of a file; reading it warms the page cache that gating then maps. Raises OSError."""
    digest = hashlib.sha256()
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                digest.update(mapped)
    return InputFile(size, digest.hexdigest())


def unreadable(path: Path, error: OSError) -> Failure:
    """A file that the operating system does not hand over, in words for a technician."""
    if isinstance(error, FileNotFoundError):
        slashes = " with / between folders" if "\\" in path.name else ""
        near = near_file(path)
        hint = f'Did you mean "{near}"? ' if near else ""
        message = (
            f"The file {shown(str(path))} does not exist. {hint}Correct `file` in samples.csv{slashes}, restore the "
            "file, or give a reason in `exclude`."
        )
    elif isinstance(error, IsADirectoryError):
        message = f"{path} is a folder, not an FCS file. Correct `file` in samples.csv."
    elif isinstance(error, NotRegularError):
        message = f"{path}: {error.strerror}. Correct `file` in samples.csv."
    elif error.errno == errno.ENAMETOOLONG:
        message = f"The file name {str(path.name)[:40]}... is too long. Correct `file` in samples.csv."
    else:
        message = f"{path} cannot be read: {error.strerror or error}. Check its permissions and the disk."
    return Failure("read", type(error).__name__, message)


MEMORY_PER_BYTE = 6
"""Memory that gating takes per byte of a file, about: its values as double precision, and some populations' again."""


def _no_memory(source: InputFile | None, trace: str) -> Failure:
    needed = MEMORY_PER_BYTE * source.size / 1e6 if source is not None else 0.0
    about = f"this tube needs about {max(needed, 100):.0f} MB" if source is not None else "this tube needs more memory"
    message = f"the memory is used up: {about}. Close other programs, or run with fewer --workers."
    return Failure("gate", "MemoryError", message, trace)


def _unexpected(error: Exception, trace: str) -> Failure:
    """An error of the program: the message names it, and run.log has the traceback."""
    name = type(error).__name__
    what = f"{name}: {error}" if str(error) else name
    if len(what) > 80:
        what = what[:77] + "..."
    message = (
        f"Internal error while analysing this file ({what}); the other tubes are not affected. "
        "Please report it with run.log, which has the traceback."
    )
    return Failure("gate", name, message, trace)
