"""Opening files that a user names: only what is a regular file, so that no pipe, device or socket is waited for."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


class NotRegularError(OSError):
    """A pipe, device, socket or folder where a file is expected; `strerror` says which."""


_KINDS = (
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a named pipe (FIFO)"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)


_READING = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY", "O_NOINHERIT"))
"""Without waiting; bytes as they are (Windows would change line ends), and for this process alone."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading, without waiting for whatever else the name may stand for.

    Raises OSError: FileNotFoundError, PermissionError, IsADirectoryError, name too long ...; NotRegularError for a
    pipe, a device or a socket; ValueError never (a NUL in the name is an OSError too).
    """
    try:
        descriptor = os.open(path, _READING)
    except ValueError:
        raise OSError(errno.EINVAL, "the name has a NUL character", str(path)) from None
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):
            raise NotRegularError(errno.EINVAL, "it is a socket or a device, expected a file", str(path)) from None
        raise
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            kind = next((words for test, words in _KINDS if test(mode)), "is no regular file")
            raise NotRegularError(errno.EINVAL, f"it {kind}, expected a file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path) -> bytes:
    """All bytes of a regular file. Raises OSError as `open_regular`."""
    with open_regular(path) as file:
        return noted(path, file.read())


# ---------------------------------------------------------------- what was read, for the record


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as it was parsed."""

    size: int
    """[bytes]"""
    sha256: str


_READ: ContextVar[dict[Path, ReadFile] | None] = ContextVar("read", default=None)


@contextmanager
def noted_reads() -> Iterator[dict[Path, ReadFile]]:
    """Size and SHA-256 of the very bytes that are parsed in the block, of every small file that it reads.

    >>> with noted_reads() as read:
    ...     _ = read_regular(Path(__file__))
    >>> read[Path(__file__)].size > 0
    True
    """
    before = _READ.get()
    mine: dict[Path, ReadFile] = {}
    token = _READ.set(mine)
    try:
        yield mine
    finally:
        _READ.reset(token)
        if before is not None:
            before.update(mine)


def noted(path: Path, data: bytes) -> bytes:
    """The same bytes, noted where reads are being recorded."""
    read = _READ.get()
    if read is not None:
        read[path] = ReadFile(len(data), hashlib.sha256(data).hexdigest())
    return data


def is_file_or_odd(path: Path) -> bool:
    """Whether the name stands for anything but a folder: a pipe is refused by name when it is opened."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_regular(path: Path) -> bool:
    """Whether the name is that of a regular file; no name is too long or too odd to be asked."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False
