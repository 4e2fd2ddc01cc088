"""A file's bytes: read once, so that hash, checks and gates see the same ones; mapped where a file is large.

A map of a file that shrinks ends its process (SIGBUS). So bytes are copied, but those of very large files: `pipelines`
gates these in processes that may be lost. `unchanged` checks whether a mapped file stayed what it was.
"""

import errno
import hashlib
import mmap
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tregate.gating.errors import NotFCSError, ReadError
from tregate.gating.read.regular_file import NotRegularError, open_regular

Buffer = bytes | mmap.mmap
HELD_BELOW = 1 << 28
"""Size [bytes] below which a file's bytes are copied into memory."""
SPARING = 1 << 26
"""The same for a process that may be lost, so that memory does not grow with the file."""
PIECE = 1 << 24
"""Bytes of a mapped file that are looked at before they are given back."""


@dataclass(frozen=True)
class FileBytes:
    """All bytes of one file, and what the system said of the file when they were read."""

    path: Path
    data: Buffer = field(repr=False)
    stat: tuple[int, int, int]

    @property
    def size(self) -> int:
        return len(self.data)

    def sha256(self) -> str:
        """SHA-256 of these very bytes, in hexadecimal digits."""
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()

    def pieces(self) -> Iterator[memoryview]:
        """The bytes one after another; those of a mapped file are given back to the system once they were looked at."""
        if not isinstance(self.data, mmap.mmap):
            yield memoryview(self.data)
            return
        for start in range(0, self.size, PIECE):
            with memoryview(self.data) as whole:
                yield whole[start : start + PIECE]
            if sys.platform != "win32" and hasattr(mmap, "MADV_DONTNEED"):
                self.data.madvise(mmap.MADV_DONTNEED)

    def unchanged(self) -> bool:
        """Whether the file still has the size, time and identity that it had."""
        try:
            return identity(self.path.stat()) == self.stat
        except OSError:
            return False


def identity(stat: os.stat_result) -> tuple[int, int, int]:
    """Size, time of the last change [ns] and inode: what differs where a file was changed."""
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def read_bytes(path: Path, *, held_below: int = HELD_BELOW) -> FileBytes:
    """The file's bytes. Raises OSError as `open_regular`, and ReadError where the file changes while it is read.

    held_below: files of this size [bytes] and more are mapped, not copied.
    """
    with open_regular(path) as handle:
        before = os.fstat(handle.fileno())
        data: Buffer
        if before.st_size and before.st_size >= held_below:
            data = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        else:
            data = handle.read()
        if len(data) != before.st_size or identity(os.fstat(handle.fileno())) != identity(before):
            raise changed()
    return FileBytes(path, data, identity(before))


def changed() -> ReadError:
    """The error of a file that was written to while it was read."""
    return ReadError(
        "The file changed while it was read, so it was not gated. Wait until it is copied, then run again."
    )


def fcs_bytes(path: Path, *, held_below: int = HELD_BELOW) -> FileBytes:
    """As `read_bytes`. Raises NotFCSError where the file is empty, ReadError where it cannot be opened."""
    try:
        file = read_bytes(path, held_below=held_below)
    except (IsADirectoryError, NotRegularError):
        raise ReadError("Not a file. Give the path of the FCS file.") from None
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError(str(error)) from error
        message = f"The file cannot be opened: {error.strerror}. Check its name and permissions."
        raise ReadError(message) from error
    return not_empty(file)


def not_empty(file: FileBytes) -> FileBytes:
    """The same. Raises NotFCSError where it has no byte."""
    if not file.size:
        raise NotFCSError("Not an FCS file: it is empty (0 bytes). Copy the file again from the instrument.")
    return file
