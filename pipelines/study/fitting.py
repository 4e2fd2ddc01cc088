"""Which FCS files a folder holds, and which shipped strategy can gate each."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.events import DataSet
from tregate.gating.panel import bind
from tregate.gating.strategy.schema import Strategy

ENDINGS = (".fcs", ".lmd")


def fcs_files(folder: Path) -> Iterator[Path]:
    """FCS files below a folder, by name. Raises ConfigurationError where there is no folder, or none in it."""
    if folder.is_file():
        remedy = "Name the folder that contains it."
        raise ConfigurationError([Problem(str(folder), None, "this is a file, not a folder.", remedy)])
    if not folder.is_dir():
        raise ConfigurationError([Problem(str(folder), None, "the folder does not exist.")])
    found = sorted(
        path
        for path in folder.rglob("*")
        if (path.is_file() or not path.exists()) and not path.name.startswith(".") and _is_fcs(path)
    )
    if not found:
        message = (
            f"the folder contains no FCS file (names that end in {' or '.join(ENDINGS)}, or files that begin with "
            "an FCS signature)."
        )
        raise ConfigurationError([Problem(str(folder), None, message)])
    yield from found


def _is_fcs(path: Path) -> bool:
    """By its ending, so that broken files are listed too, or by its first bytes, whatever it is called."""
    if path.suffix.lower() in ENDINGS:
        return True
    try:
        with path.open("rb") as file:
            return re.fullmatch(rb"FCS\d\.\d", file.read(6)) is not None
    except OSError:
        return False


def fitting(data_set: DataSet, strategies: Mapping[str, Strategy]) -> tuple[str, str]:
    """The strategy with most markers of those whose every needed marker the file carries; else why none fits."""
    lacking: dict[str, list[str]] = {}
    fit: list[tuple[int, int, str]] = []
    for name, strategy in strategies.items():
        markers = strategy.markers
        binding = bind(data_set.parameters, strategy.panel, markers)
        lacking[name] = _lacking(strategy, set(map(str, binding.missing)))
        if not lacking[name]:
            fit.append((len(binding.channels), -len(binding.missing), name))
    if fit:
        return max(fit)[2], ""
    nearest = min(lacking, key=lambda name: (len(lacking[name]), name))
    return "", f"no shipped strategy fits; the nearest is {nearest}, which also needs {', '.join(lacking[nearest])}"


def _lacking(strategy: Strategy, missing: set[str]) -> list[str]:
    """Markers without which some population that is not optional cannot be gated."""
    lacking: dict[str, None] = {}
    for population in strategy.populations.values():
        choices = list(population.choices())
        if population.optional or not choices or any(not missing.intersection(axes) for axes, _ in choices):
            continue
        lacking.update(dict.fromkeys(axis for axis in choices[0][0] if axis in missing))
    return list(lacking)
