"""Faults of the system, injected at one call of a run after the other, in the manner of SQLite's tests."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

AUDITED = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.remove",
    "os.rmdir",
    "os.listdir",
    "os.scandir",
}
"""Events of the interpreter that a fault takes the place of."""


class Injector:
    """Fails the n-th call that touches a folder, by the error of a number; counts them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.calls = 0
        self.at = -1
        self.error = 0
        self.failed = ""
        self.active = False
        sys.addaudithook(self._audited)

    @contextmanager
    def failing(self, at: int, error: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.calls, self.at, self.error, self.failed = 0, at, error, ""
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", self._counting("fsync", os.fsync))
            patched.setattr(io, "open", self._opening(io.open))
            self.active = True
            try:
                yield
            finally:
                self.active = False

    def count(self, what: str, path: object) -> None:
        """Raises OSError where this is the call that fails."""
        if not self.active:
            return
        if self.calls == self.at:
            self.calls += 1
            self.failed = f"{what} {path}"
            raise OSError(self.error, os.strerror(self.error), str(path))
        self.calls += 1

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.active and event in AUDITED:
            path = arguments[0]
            if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder):
                self.count(event, path)

    def _counting(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self.count(what, arguments[0])
            return call(*arguments, **named)

        return counted

    def _opening(self, opened: Callable[..., Any]) -> Callable[..., Any]:
        def opening(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            handle = opened(file, mode, *arguments, **named)
            is_ours = isinstance(file, str | os.PathLike) and os.fspath(file).startswith(self.folder)
            if is_ours and set(mode) & set("wxa"):
                handle = _Written(handle, self, str(file))
            return handle

        return opening


class _Written:
    """A file whose writing may fail."""

    def __init__(self, file: Any, injector: Injector, path: str) -> None:
        self._file, self._injector, self._path = file, injector, path
        self._first = True

    def write(self, data: Any) -> Any:
        if self._first:
            self._first = False
            self._injector.count("write", self._path)
        return self._file.write(data)

    def __enter__(self) -> "_Written":
        self._file.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._file.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
