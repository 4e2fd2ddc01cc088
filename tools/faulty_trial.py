"""A trial on disk, and ways to spoil it: rows of sheets, text of files, events of files."""

import csv
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask, analyse_gated
from tregate.gating.units import PopulationName

Events = npt.NDArray[np.float32]
STRATEGIES = {"T": "tetrachrome_t", "NK": "tetrachrome_nk", "TREG": "treg"}
BEAD_TUBES = ("T", "NK")


@dataclass(frozen=True, slots=True)
class Spoiled:
    """One copy of the trial, to be spoiled."""

    folder: Path

    def file(self, subject: str, visit: str, tube: str) -> Path:
        return self.folder / "fcs" / f"{subject}_{visit}_{tube}.fcs"

    def all(self, tube: str) -> list[Path]:
        return sorted((self.folder / "fcs").glob(f"*_{tube}.fcs"))

    # ------------------------------------------------------------ sheets

    def cells(
        self, sheet: str, column: str, value: Callable[[str], str], only: Callable[[dict[str, str]], bool]
    ) -> None:
        """Change a column of samples.csv or bead_lots.csv where `only` says so and the cell is not empty."""
        path = self.folder / sheet
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        for row in rows:
            if row[column] and only(row):
                row[column] = value(row[column])
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    # ------------------------------------------------------------ files

    def resave(self, source: Sequence[str], target: Sequence[str]) -> None:
        """The tube of one place saved as that of another, its own name and day in TEXT replaced."""
        self.save_as(self.file(*source).read_bytes(), self.file(*target))

    def save_as(self, data: bytes, path: Path) -> None:
        """Bytes of a tube as the file `path`, whose keywords are those of the file that was there."""
        there = path.read_bytes()
        for keyword in (rb"\$FIL", rb"\$DATE", rb"\$BTIM", rb"\$ETIM"):
            old = re.search(keyword + rb"/([^/]*)/", data)
            new = re.search(keyword + rb"/([^/]*)/", there)
            if old and new and len(old.group(1)) == len(new.group(1)):
                data = data[: old.start(1)] + new.group(1) + data[old.end(1) :]
        path.write_bytes(data)

    def swap(self, one: tuple[str, str], other: tuple[str, str], tubes: Sequence[str]) -> None:
        """Exchange tubes of two places."""
        for tube in tubes:
            first, second = self.file(*one, tube), self.file(*other, tube)
            a, b = first.read_bytes(), second.read_bytes()
            self.save_as(b, first)
            self.save_as(a, second)

    def events(self, path: Path, change: Callable[[Events, "Columns"], Events]) -> None:
        """Change the events of a file; their number stays."""
        data = bytearray(path.read_bytes())
        start, n, names = _layout(bytes(data))
        events = np.frombuffer(bytes(data[start : start + n * len(names) * 4]), dtype="<f4").reshape(n, len(names))
        changed = change(events.copy(), Columns(path, names))
        if changed.shape != events.shape:
            raise ValueError(f"{path}: the number of events must stay")
        data[start : start + changed.size * 4] = changed.astype("<f4").tobytes()
        path.write_bytes(bytes(data))


@dataclass(frozen=True, slots=True)
class Columns:
    """Where channels and cells are in a file's events."""

    path: Path
    names: tuple[str, ...]

    def index(self, text: str) -> int:
        """The channel whose name or stain begins so."""
        wanted = re.compile(rf"(?:^|\|){re.escape(text)}(?![0-9A-Za-z])", re.IGNORECASE)
        return next(i for i, name in enumerate(self.names) if wanted.search(name))

    @property
    def fluorescence(self) -> list[int]:
        return [i for i, name in enumerate(self.names) if not re.match(r"FSC|SSC|Time", name)]

    def mask(self, population: str) -> npt.NDArray[np.bool_]:
        """Events of a population as the program gates the undisturbed file."""
        tube = self.path.stem.split("_")[-1]
        _, gated = analyse_gated(TubeTask(self.path, load_strategy(STRATEGIES[tube])))
        return gated.mask(PopulationName(population))


def _layout(data: bytes) -> tuple[int, int, tuple[str, ...]]:
    """First byte of DATA, events, and "name|stain" of each channel, of a little-endian float file of `fixtures`."""
    text = data[int(data[10:18]) : int(data[18:26]) + 1].decode("latin-1")
    words = text[1:].split(text[0])
    keys = dict(zip(words[::2], words[1::2], strict=False))
    count = int(keys["$PAR"])
    names = tuple(f"{keys[f'$P{i}N']}|{keys.get(f'$P{i}S', '')}" for i in range(1, count + 1))
    return int(data[26:34]), int(keys["$TOT"]), names


def copy_of(trial: Path, folder: Path) -> Spoiled:
    """A fresh copy of the trial."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(trial, folder)
    return Spoiled(folder)
