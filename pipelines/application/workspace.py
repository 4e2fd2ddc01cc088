"""The files of one study as the application reads and writes them. They are the truth: nothing is kept beside them.

A write says which bytes it was made from. Where the file has other bytes by now, nothing is written, and the page
shows the file as it is.
"""

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.read.regular_file import read_regular
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.files.kept_sheet import KeptSheet, parse_kept, read_kept
from tregate.pipelines.files.kept_yaml import edited
from tregate.pipelines.study import lots, samples, subjects
from tregate.pipelines.study.load_study import STUDY_FILE

SHEETS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "samples": (samples.REQUIRED, samples.OPTIONAL),
    "bead_lots": (lots.REQUIRED, lots.OPTIONAL),
    "subjects": (subjects.REQUIRED, subjects.OPTIONAL),
}
"""Key of study.yaml that names a sheet -> the columns that it must have, and those that it may have."""


class ChangedOutsideError(Exception):
    """A file has other bytes than the page showed."""


@dataclass(slots=True)
class Workspace:
    """The folder of a study."""

    folder: Path
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def study_file(self) -> Path:
        return self.folder / STUDY_FILE

    def declared(self) -> dict[str, Any]:
        """study.yaml as plain values; empty where it is not there or cannot be read."""
        try:
            data = parse_yaml(self.text(), STUDY_FILE).data
        except (OSError, ConfigurationError):
            return {}
        return data if isinstance(data, dict) else {}

    def text(self) -> str:
        """study.yaml. Raises OSError, and ConfigurationError where it is no UTF-8 text."""
        try:
            return read_regular(self.study_file).decode("utf-8")
        except UnicodeDecodeError:
            message = "the file is not UTF-8 text, so nothing was changed."
            raise ConfigurationError([Problem(STUDY_FILE, None, message, "Save it again as UTF-8.")]) from None

    def path_of(self, sheet: str) -> Path:
        """Where a sheet is or would be. Raises KeyError for a name that is no sheet's."""
        if sheet not in SHEETS:
            raise KeyError(sheet)
        name = self.declared().get(sheet)
        return self.folder / (name if isinstance(name, str) and name else f"{sheet}.csv")

    def hashes(self) -> dict[str, str]:
        """Name -> SHA-256 of every file that the application writes; "" where it is not there."""
        paths = {"study": self.study_file, **{name: self.path_of(name) for name in SHEETS}}
        return {name: sha256_of(path) for name, path in paths.items()}

    # ------------------------------------------------------------ sheets

    def sheet(self, name: str) -> tuple[KeptSheet, str]:
        """A sheet, and the SHA-256 of its file; an empty one with its required columns where the file is not there."""
        path = self.path_of(name)
        if not path.exists():
            if path.with_suffix(".xlsx").exists():
                read_kept(path.with_suffix(".xlsx"), path.with_suffix(".xlsx").name)
            return parse_kept((",".join(SHEETS[name][0]) + "\n").encode(), path.name), ""
        kept, data = read_kept(path, path.name)
        return kept, hashlib.sha256(data).hexdigest()

    def change_sheet(self, name: str, seen: str, request: Mapping[str, Any]) -> str:
        """Change cells, add rows, remove rows, in this order, and return the file's new SHA-256.

        request: `changes`, lists of [row, column, text]; `added`, a list of column -> text; `removed`, numbers of rows.
        Raises ChangedOutsideError, ConfigurationError, OSError, and KeyError or IndexError for what is not there.
        """
        with self.lock:
            kept, sha256 = self.sheet(name)
            path = self.path_of(name)
            _refuse_changed(path, seen, sha256)
            known = {*kept.columns, *SHEETS[name][0], *SHEETS[name][1]}
            cells: dict[int, dict[str, str]] = {}
            for row, column, text in request.get("changes", ()):
                if column not in known:
                    raise KeyError(column)
                cells.setdefault(int(row), {})[str(column)] = _one_line(str(text))
            kept = kept.with_cells(cells)
            for row in request.get("added", ()):
                for column in row:
                    if column in known and column not in kept.columns:
                        kept = kept.with_column(column)
                kept = kept.with_row({str(column): _one_line(str(text)) for column, text in row.items()})
            for number in sorted(map(int, request.get("removed", ())), reverse=True):
                kept = kept.without_row(number)
            data = kept.encoded()
            with self._named(name, path.name, is_new=not sha256):
                write(path, data)
            return hashlib.sha256(data).hexdigest()

    @contextmanager
    def _named(self, name: str, file: str, *, is_new: bool) -> Iterator[None]:
        """Name a new sheet in study.yaml while it is written: a sheet that no study names would not be read.

        Where the server ends in between, the check says that the sheet is not there. Where the sheet cannot be
        written, study.yaml is as before.
        """
        if not is_new or self.declared().get(name) is not None or not self.study_file.exists():
            yield
            return
        before = self.text()
        self.change_study(sha256_of(self.study_file), [([name], file)])
        try:
            yield
        except OSError:
            write(self.study_file, before.encode("utf-8"))
            raise

    # ------------------------------------------------------------ study.yaml

    def change_study(self, seen: str, changes: Sequence[tuple[Sequence[str], Any]]) -> str:
        """Change keys of study.yaml (path of keys, value), and return the file's new SHA-256.

        Raises ChangedOutsideError, ConfigurationError, OSError.
        """
        with self.lock:
            _refuse_changed(self.study_file, seen, sha256_of(self.study_file))
            text = self.text()
            for path, value in changes:
                text = edited(text, path, value)
            data = text.encode("utf-8")
            write(self.study_file, data)
            return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file; "" where it is not there."""
    try:
        return hashlib.sha256(read_regular(path)).hexdigest()
    except FileNotFoundError:
        return ""


def write(path: Path, data: bytes) -> None:
    """Write a file whole; it is on the disk on return. Raises OSError."""
    with whole_file(path) as part:
        part.write_bytes(data)


def _refuse_changed(path: Path, seen: str, found: str) -> None:
    if seen != found:
        raise ChangedOutsideError(
            f"{path.name} was changed outside this window, so your change was not written. "
            "The page now shows the file as it is: make the change again."
        )


def _one_line(text: str) -> str:
    """A cell as it is typed or pasted, without the line ends that a spreadsheet puts into cells."""
    return " ".join(text.split()) if "\n" in text or "\r" in text or "\t" in text else text.strip()
