"""A file of which little is needed: its bytes are read when they are asked for, HEADER and TEXT with the first read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol, overload

from tregate.gating.read.file_bytes import changed, identity
from tregate.gating.read.regular_file import open_regular

FIRST = 1 << 14
"""Bytes that are read at once: HEADER and TEXT of most files."""


class Readable(Protocol):
    """Bytes that are asked for piece by piece: a `Buffer`, or a file on demand."""

    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, at: int, /) -> int: ...
    @overload
    def __getitem__(self, at: slice, /) -> bytes: ...


@dataclass(frozen=True)
class FileOnDemand:
    """An open file."""

    path: Path
    stat: tuple[int, int, int]
    """As `identity`, when it was opened."""
    _file: BinaryIO = field(repr=False)
    _first: bytes = field(repr=False)

    def __len__(self) -> int:
        return self.stat[0]

    @overload
    def __getitem__(self, at: int, /) -> int: ...
    @overload
    def __getitem__(self, at: slice, /) -> bytes: ...
    def __getitem__(self, at: int | slice, /) -> int | bytes:
        """Raises OSError, and ReadError where the file is shorter meanwhile."""
        if not isinstance(at, slice):
            return self[at : at + 1][0]
        begin, end, _ = at.indices(len(self))
        if end <= len(self._first):
            return self._first[begin:end]
        self._file.seek(begin)
        data = self._file.read(max(0, end - begin))
        if len(data) != max(0, end - begin):
            raise changed()
        return data


@contextmanager
def on_demand(path: Path) -> Iterator[FileOnDemand]:
    """The file, open in the block. Raises OSError as `open_regular`."""
    with open_regular(path) as handle:
        yield FileOnDemand(path, identity(os.fstat(handle.fileno())), handle, handle.read(FIRST))
