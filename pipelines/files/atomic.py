"""A file is there whole or not at all."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a name in the same folder to write to; on leaving it replaces `path` in one step.

    If the block raises, or the process dies in it, `path` is what it was before. Raises FileNotFoundError where the
    folder is not there: a folder that another program removed is not made again, with half of what belongs in it.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb+") as written:  # Windows flushes only what may be written to
            os.fsync(written.fileno())
        _replace(part, path)
    finally:
        part.unlink(missing_ok=True)


PATIENCE = (0.02, 0.05, 0.1, 0.3, 0.6)
"""Seconds between attempts on Windows, where a program that looks at the file, as a virus scanner does, holds it."""


def _replace(part: Path, path: Path) -> None:
    for seconds in PATIENCE if sys.platform == "win32" else ():
        try:
            part.replace(path)
        except PermissionError:
            time.sleep(seconds)
        else:
            return
    part.replace(path)


def write_json(path: Path, value: object) -> None:
    """Write JSON, whole or not at all, without holding its text: what lies within two levels has a line each.

    Deeper levels are in one line: a person finds them as well, and they are encoded twenty times as fast. An iterator
    is a list whose members are made when they are written.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        file.writelines(_lines(value, 2))
        file.write("\n")


_ONE_LINE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _lines(value: object, levels: int, indent: str = "") -> Iterator[str]:
    if levels and isinstance(value, Iterator):
        at = -1
        for at, one in enumerate(value):
            yield f"{',' if at else '['}\n{indent} "
            yield from _lines(one, levels - 1, indent + " ")
        yield f"\n{indent}]" if at >= 0 else "[]"
        return
    if not levels or not isinstance(value, dict | list | tuple) or not value:
        yield _ONE_LINE(value)
        return
    named = isinstance(value, dict)
    yield "{" if named else "["
    for i, one in enumerate(value):
        yield f"{',' if i else ''}\n{indent} "
        if isinstance(value, dict):
            yield f"{_ONE_LINE(str(one))}: "
            yield from _lines(value[one], levels - 1, indent + " ")
        else:
            yield from _lines(one, levels - 1, indent + " ")
    yield f"\n{indent}{'}' if named else ']'}"


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with the line ends it has, whole or not at all."""
    with whole_file(path) as part:
        part.write_bytes(text.encode("utf-8", errors="backslashreplace"))
