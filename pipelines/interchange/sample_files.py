"""Which FCS file each sample of a workspace is: by name, and never one with another number of events."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tregate.gating.errors import TubeError
from tregate.gating.events import Sample
from tregate.gating.read.survey import read
from tregate.pipelines.interchange.drawn import DrawnSample

ENDINGS = (".fcs", ".lmd")


@dataclass(frozen=True, slots=True)
class Matched:
    """A sample with its file, or with the reason why there is none."""

    drawn: DrawnSample
    sample: Sample | None
    by: str
    """What they were matched by: "$FIL", "file name" or "uri"; where there is no file, why."""
    file: str = ""
    """The file's name, with its folder where several files have it."""


def read_folder(folder: Path) -> tuple[list[Sample], dict[str, str]]:
    """The FCS files of a folder and its subfolders that can be read, and name -> why for those that cannot."""
    samples, unread = [], {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in ENDINGS and path.is_file():
            try:
                samples.append(read(path))
            except TubeError as error:
                unread[path.name] = str(error)
    return samples, unread


def _stem(name: str) -> str:
    """Older versions left the ending out."""
    lower = name.strip().lower()
    return lower[: -len(".fcs")] if lower.endswith(".fcs") else lower


_WAYS: tuple[tuple[str, Callable[[DrawnSample, Sample], bool]], ...] = (
    ("$FIL", lambda drawn, file: bool(drawn.fil) and _stem(drawn.fil) in map(_stem, file.data_set.labels)),
    ("file name", lambda drawn, file: bool(drawn.name) and _stem(drawn.name) == _stem(file.path.name)),
    ("uri", lambda drawn, file: bool(drawn.uri_name) and _stem(drawn.uri_name) == _stem(file.path.name)),
    ("name as $FIL", lambda drawn, file: bool(drawn.name) and _stem(drawn.name) in map(_stem, file.data_set.labels)),
)


def file_names(files: Sequence[Sample], folder: Path) -> dict[Path, str]:
    """Path -> the name of a file in messages: with its folder where several files have one name."""
    times = Counter(file.path.name for file in files)
    return {
        file.path: file.path.name if times[file.path.name] == 1 else file.path.relative_to(folder).as_posix()
        for file in files
    }


def match(drawn: DrawnSample, files: Sequence[Sample], unread: dict[str, str], names: Mapping[Path, str]) -> Matched:
    """The one file of a sample. `files`, `unread`: as `read_folder` gives them; `names`: as `file_names` does."""
    others: list[Sample] = []
    for by, fits in _WAYS:
        named = [file for file in files if fits(drawn, file)]
        counted = [file for file in named if drawn.n_events is None or file.n_events == drawn.n_events]
        if len(counted) == 1:
            return Matched(drawn, counted[0], by, names[counted[0].path])
        if len(counted) > 1:
            fitting = ", ".join(names[file.path] for file in counted)
            return Matched(drawn, None, f"{len(counted)} files fit by {by}: {fitting}")
        others += named
    for name, why in unread.items():
        if _stem(name) in (_stem(drawn.name), _stem(drawn.uri_name), _stem(drawn.fil)):
            return Matched(drawn, None, f"{name} cannot be read: {why}")
    if others:
        found = others[0]
        counts = f"{found.n_events:,} events and the workspace says {drawn.n_events:,} ($TOT)"
        return Matched(drawn, None, f"{names[found.path]} has {counts}")
    return Matched(drawn, None, "file not found")
