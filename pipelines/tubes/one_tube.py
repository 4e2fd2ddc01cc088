"""One tube in whatever process: its outcome, where a failure is the tube's own and never the batch's."""

import errno
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from tregate.gating.errors import ReadError, TubeError
from tregate.gating.read.file_bytes import SPARING, FileBytes, changed, read_bytes
from tregate.gating.read.file_on_demand import FileOnDemand, on_demand
from tregate.gating.read.regular_file import NotRegularError
from tregate.gating.read.survey import labels_of
from tregate.gating.tube import TubeMeasured, TubeResult, TubeTask, counted, measure
from tregate.pipelines.files.input_file import InputFile
from tregate.pipelines.files.look_alikes import shown
from tregate.pipelines.files.near_file import near_file
from tregate.pipelines.store.measured_codec import measured_codec
from tregate.pipelines.store.outcome_key import OutcomeKey, outcome_key
from tregate.pipelines.store.outcome_store import OutcomeStore
from tregate.pipelines.store.plain import NotPlainError
from tregate.pipelines.tubes.file_hashes import blake3_of, found_ahead
from tregate.pipelines.tubes.outcomes import Failure, TubeOutcome
from tregate.pipelines.tubes.packed import with_packed

Draw = Callable[[TubeResult], object]
"""Makes something of one tube where its densities are, such as the page's plots; a plain function of a module.

What it returns must be picklable. Executors hand it on without looking at it.
"""

Work = Callable[[TubeTask], TubeOutcome]
"""What an executor does with every task: picklable, and it never raises, for a failure is part of the outcome."""

MEASURED = "measured"
"""Kind of entry of the store: SHA-256 of the file, and what its events gave."""


@runtime_checkable
class KeptDraw(Protocol):
    """A `Draw` whose drawings can be kept in the store beside the tube."""

    @property
    def kind(self) -> str:
        """Kind of entry: other for every other drawing program."""
        ...

    def __call__(self, result: TubeResult) -> object: ...

    def encoded(self, drawn: object) -> str:
        """The drawing as text."""
        ...

    def decoded(self, text: str) -> object:
        """The drawing again. Raises NotPlainError for any other text."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store has of one tube."""

    file_sha256: str
    """Of the file that was gated, whose bytes BLAKE3 finds to be the same as today's."""
    measured: TubeMeasured
    drawn: object = None


@dataclass(frozen=True, slots=True)
class TubeWork:
    """What is done with every task of a run; plain values, so that any process can do it."""

    draw: Draw | None = None
    store: OutcomeStore | None = None
    held_below: int = SPARING
    """Size [bytes] from which a file is mapped, not copied: smaller in a process that may be lost."""
    pack: bool = False
    """Whether results come packed, as a large study keeps them: then it need not build them from a worker's bytes."""

    def __call__(self, task: TubeTask) -> TubeOutcome:
        """Analyse one tube; whatever goes wrong with it is its own fault, never the batch's."""
        source = None
        try:
            file = read_bytes(task.path, held_below=self.held_below)
            known_by = blake3_of(file)
            key = _key(task, known_by, self.store)
            kept = self._kept(key, file)
            if kept is not None:
                return self._again(task, kept, InputFile(file.size, kept.file_sha256, known_by))
            source = InputFile(file.size, file.sha256(), known_by)
            return self._outcome(task, file, source, key)
        except TubeError as error:
            fault = Failure(error.stage, type(error).__name__, str(error), traceback.format_exc())
        except OSError as error:
            fault = replace(unreadable(task.path, error), trace=traceback.format_exc())
        except MemoryError:
            fault = _no_memory(source, traceback.format_exc())
        except Exception as error:
            fault = _unexpected(error, traceback.format_exc())
        return TubeOutcome(None, fault, source)

    def taken(self, task: TubeTask) -> TubeOutcome | None:
        """The outcome, where the store has it; None where the tube is to be gated, or cannot be."""
        try:
            with on_demand(task.path) as file:
                if known_by := found_ahead(task.path, file.stat):
                    return self._taken(task, file, len(file), known_by)
            read = read_bytes(task.path, held_below=self.held_below)
            return self._taken(task, read, read.size, blake3_of(read))
        except (TubeError, OSError, MemoryError):
            return None

    def _taken(self, task: TubeTask, file: FileBytes | FileOnDemand, size: int, known_by: str) -> TubeOutcome | None:
        kept = self._kept(_key(task, known_by, self.store), file)
        if kept is None:
            return None
        return replace(self, pack=False)._again(task, kept, InputFile(size, kept.file_sha256, known_by))

    def _again(self, task: TubeTask, kept: Kept, source: InputFile) -> TubeOutcome:
        result = counted(kept.measured, task)
        return TubeOutcome(with_packed(result) if self.pack else result, None, source, kept.drawn, reused=True)

    def _outcome(self, task: TubeTask, file: FileBytes, source: InputFile, key: OutcomeKey | None) -> TubeOutcome:
        measured = measure(task, file)
        if not file.unchanged():
            raise changed()
        result = counted(measured, task)
        drawn = None if self.draw is None else self.draw(result)
        not_kept = "" if key is None else self._keep(key, source.sha256, measured, drawn)
        plain = replace(result, densities=(), sampled=None, controls=())
        return TubeOutcome(with_packed(plain) if self.pack else plain, None, source, drawn, not_kept=not_kept)

    def _kept(self, key: OutcomeKey | None, file: FileBytes | FileOnDemand) -> Kept | None:
        """What the store has, with the drawing where one is wanted; None where anything is missing."""
        if key is None or self.store is None:
            return None
        try:
            body = self.store.read(key.sha256, MEASURED)
            file_sha256, _, plain = (body or "").partition("\n")
            measured = measured_codec().decoded(plain) if plain else None
            if not isinstance(measured, TubeMeasured):
                return None
            data_set = replace(measured.data_set, labels=labels_of(file, measured.data_set.number))
            measured = replace(measured, data_set=data_set)
            if self.draw is None:
                return Kept(file_sha256, measured)
            if not isinstance(self.draw, KeptDraw):
                return None
            drawn = self.store.read(key.sha256, self.draw.kind)
            return None if drawn is None else Kept(file_sha256, measured, self.draw.decoded(drawn))
        except (NotPlainError, UnicodeDecodeError):
            return None

    def _keep(self, key: OutcomeKey, file_sha256: str, measured: TubeMeasured, drawn: object) -> str:
        """Keep the outcome; why it could not be kept, or "". The tube's result does not depend on it."""
        if self.store is None or not key.unchanged():
            return ""
        try:
            if isinstance(self.draw, KeptDraw):
                self.store.write(key.sha256, self.draw.kind, self.draw.encoded(drawn))
            # Labels may hold a person's name: they are read from the file again and never written.
            data_set = replace(measured.data_set, labels=())
            unnamed = replace(measured, data_set=data_set, densities=(), sampled=None, controls=())
            self.store.write(key.sha256, MEASURED, f"{file_sha256}\n{measured_codec().encoded(unnamed)}")
        except OSError as error:
            return error.strerror or str(error)
        except NotPlainError as error:
            return str(error)
        return ""


def _key(task: TubeTask, file_blake3: str, store: OutcomeStore | None) -> OutcomeKey | None:
    """None where there is no store, or where a file that the tube needs cannot be read: gating says so in its words."""
    if store is None:
        return None
    try:
        return outcome_key(task, file_blake3, store.program)
    except (OSError, ReadError):
        return None


def analyse_tube(order: TubeTask, draw: Draw | None = None, store: OutcomeStore | None = None) -> TubeOutcome:
    """Analyse one tube in this process; a failure is part of the outcome."""
    return TubeWork(draw, store)(order)


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
