"""BLAKE3 of many files ahead of their use, in threads, and remembered as long as a file stays what it was."""

import os
import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from blake3 import blake3

from tregate.gating.read.file_bytes import FileBytes, identity
from tregate.gating.read.regular_file import open_regular
from tregate.pipelines.tubes.interrupts import interrupts_later

BLOCK = 1 << 20
THREADS = 2
AHEAD = 16
"""Files that are hashed ahead of the one that is asked for."""
SETTLED = 2 * 10**9
"""Age [ns] below which the time of a file's last change does not show a further change: file systems round it."""

MOST_AHEAD = 10**9
"""Bytes that `hash_ahead` reads at most, so that what it read is still in memory when it is used."""

_KNOWN: dict[Path, tuple[tuple[int, int, int], str]] = {}


def hash_ahead(paths: Sequence[Path]) -> None:
    """Begin to hash the first of these files, in threads of their own, while the caller does something else.

    What `hashed` was not asked for until it is closed is not hashed.
    """
    _forget_begun()
    begun = 0
    with interrupts_later():
        pool = ThreadPoolExecutor(THREADS)
        for path in paths:
            try:
                begun += path.stat().st_size
            except (OSError, ValueError):
                continue
            if begun > MOST_AHEAD:
                break
            _BEGUN[path] = pool.submit(_hash, path)
        pool.shutdown(wait=False)


_BEGUN: dict[Path, Future[tuple[int, str]]] = {}
"""By `hash_ahead`, and not asked for yet."""


def hashed(paths: Sequence[Path]) -> Generator[tuple[Path, int, str], None, None]:
    """(path, size [bytes], BLAKE3) of files in their order, hashed in threads a few files ahead.

    The hash of a file that cannot be read, or is written to meanwhile, is "". Closing the iterator stops the threads.
    """
    with interrupts_later():
        pool = ThreadPoolExecutor(THREADS)
    waiting: list[Future[tuple[int, str]]] = []
    try:
        for at, path in enumerate(paths):
            while len(waiting) < AHEAD and at + len(waiting) < len(paths):
                following = paths[at + len(waiting)]
                with interrupts_later():
                    waiting.append(pool.submit(_hash, following, _BEGUN.pop(following, None)))
            size, digest = waiting.pop(0).result()
            yield path, size, digest
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        _forget_begun()


def _forget_begun() -> None:
    """The process ends without waiting for hashes that were not asked for."""
    while _BEGUN:
        _BEGUN.popitem()[1].cancel()


def blake3_of(file: FileBytes) -> str:
    """BLAKE3 of a file that was read: as it was found ahead where the file is still the same, else of its bytes."""
    known = found_ahead(file.path, file.stat)
    if known:
        return known
    digest = blake3()
    for piece in file.pieces():
        digest.update(piece)
    return digest.hexdigest()


def found_ahead(path: Path, stat: tuple[int, int, int]) -> str:
    """BLAKE3 of a file of this `identity`, as it was found ahead; "" where it was not."""
    known = _KNOWN.get(path)
    return known[1] if known is not None and known[0] == stat else ""


def _hash(path: Path, begun: Future[tuple[int, str]] | None = None) -> tuple[int, str]:
    if begun is not None:
        begun.result()  # where the file is still the same, its hash is known now
    digest, block, size = blake3(), bytearray(BLOCK), 0
    view = memoryview(block)
    try:
        with open_regular(path) as file:
            before = os.fstat(file.fileno())
            known = _KNOWN.get(path)
            if known is not None and known[0] == identity(before):
                return before.st_size, known[1]
            while read := file.readinto(view):  # type: ignore[attr-defined]
                digest.update(view[:read])
                size += read
            if identity(os.fstat(file.fileno())) != identity(before) or size != before.st_size:
                return size, ""
    except OSError:
        return 0, ""
    if time.time_ns() - before.st_mtime_ns > SETTLED:
        _KNOWN[path] = identity(before), digest.hexdigest()
    return size, digest.hexdigest()
