"""The samples of a file on the FCS files of a folder, or why nothing can be taken over."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.events import Sample
from tregate.pipelines.interchange.drawn import Drawn, DrawnApart
from tregate.pipelines.interchange.sample_files import Matched, file_names, match, read_folder

NAMES_SHOWN = 5


def on_files(path: Path, drawn: Drawn, folder: Path) -> tuple[Matched, ...]:
    """Every sample of the gates in `path` with its file, or with the reason why there is none.

    Raises ConfigurationError where no sample has gates, the folder holds no FCS file, or no sample fits a file.
    """
    if not any(sample.gates for sample in drawn.samples):
        raise ConfigurationError([_no_gates(path, drawn)])
    if not folder.is_dir():
        problem = Problem(str(folder), None, "there is no such folder.", "Give the folder of the FCS files with --fcs.")
        raise ConfigurationError([problem])
    files, unread = read_folder(folder)
    if not files:
        message = "the folder and its subfolders contain no FCS file."
        if unread:
            name, why = next(iter(unread.items()))
            message = f"none of its {len(unread)} FCS files can be read; {name}: {why.rstrip('.')}."
        raise ConfigurationError([Problem(str(folder), None, message, "Give the folder of the FCS files with --fcs.")])
    matched = tuple(_matched(drawn, files, unread, file_names(files, folder)))
    if all(one.sample is None for one in matched):
        raise ConfigurationError([_none_fits(path, drawn, matched, files)])
    return matched


def _matched(
    drawn: Drawn, files: Sequence[Sample], unread: dict[str, str], names: Mapping[Path, str]
) -> Iterator[Matched]:
    for sample in drawn.samples:
        if sample.every_file:
            named = [file for file in files if sample.fil and file.path.name == sample.fil]
            by = "the name in the document" if named else "every file"
            yield from (Matched(sample, file, by, names[file.path]) for file in named or files)
        else:
            yield match(sample, files, unread, names)


def _none_fits(path: Path, drawn: Drawn, matched: Sequence[Matched], files: Sequence[Sample]) -> Problem:
    theirs = some([one.name for one in drawn.samples])
    ours = some([one.path.name for one in files])
    odd = [one.by for one in matched if one.by != "file not found"]
    message = (
        f"no file fits a sample: {odd[0]}." if odd else f"no file fits a sample. Samples: {theirs}; files: {ours}."
    )
    return Problem(str(path), None, message, "Give the folder of these samples with --fcs.")


def some(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def stated_apart(one: DrawnApart) -> str:
    """A sentence that names the gates."""
    names = some([gate.path for gate in one.gates])
    return f"{one.where}: {_gates(len(one.gates))} that no sample of the file has; not taken over: {names}."


def _gates(n: int) -> str:
    return "a gate" if n == 1 else f"{n} gates"


def _no_gates(path: Path, drawn: Drawn) -> Problem:
    n = len(drawn.samples)
    message = "the file contains no gates."
    if n and not drawn.samples[0].every_file:
        message = "its one sample has no gates." if n == 1 else f"none of its {n} samples has gates."
    elif not n:
        message = "the file contains no samples."
    if drawn.apart:
        message = f"{message.removesuffix('.')}; {stated_apart(drawn.apart[0])}"
        return Problem(str(path), None, message, "Apply these gates to the samples, and save it again.")
    return Problem(str(path), None, message, "Save or export it with its gates.")
