"""Draft study.yaml and samples.csv for a folder of FCS files, from headers and file names."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.events import DataSet, Survey
from tregate.gating.panel import bind
from tregate.gating.read import survey
from tregate.gating.strategy.load import load_strategy, shipped_names
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.console import Console
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import csv_of
from tregate.pipelines.files.table import Table
from tregate.pipelines.study.file_names import Named, by_parts, by_pattern, in_time_order, pattern
from tregate.pipelines.study.load_study import STUDY_FILE
from tregate.pipelines.study.samples import REQUIRED

SAMPLES_FILE = "samples.csv"
ENDINGS = (".fcs", ".lmd")
TUBE_NAMES: Mapping[str, str] = {"tetrachrome_t": "T", "tetrachrome_nk": "NK", "treg": "TREG", "treg_nk": "TREGNK"}
"""Tube names where file names give none."""
COLUMNS = (
    *REQUIRED, "bead_lot", "bead_volume_ul", "blood_volume_ul", "beads_per_tube", "dilution",
    "compensation", "dataset", "include_in_primary", "exclude", "note",
)  # fmt: skip


WHOLE_NAME = "file name not understood: fill in subject and visit"


@dataclass(frozen=True, slots=True)
class Seen:
    """One file of the folder, and what was recognised in it."""

    path: Path
    named: Named
    strategy: str = ""
    """Shipped strategy whose markers the file carries; "" where none fits."""
    exclude: str = ""
    """Why the file is listed and not used."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """study.yaml and samples.csv as they would be written."""

    study: str
    samples: str
    seen: tuple[Seen, ...]
    visits: tuple[str, ...]

    @property
    def used(self) -> tuple[Seen, ...]:
        return tuple(seen for seen in self.seen if not seen.exclude)

    @property
    def excluded(self) -> tuple[Seen, ...]:
        return tuple(seen for seen in self.seen if seen.exclude)


def draft(folder: Path, relative_to: Path, name_pattern: str | None = None) -> Draft:
    """Recognise the FCS files under `folder`; `file` in samples.csv is relative to the folder `relative_to`.

    Raises ConfigurationError where the folder does not exist, holds no FCS file, or none that a shipped strategy
    can gate.
    """
    files = list(_fcs_files(folder))
    wanted = None if name_pattern is None else pattern(name_pattern)
    strategies = {name: load_strategy(name) for name in shipped_names("strategies")}
    seen = [_tube_status(path, folder, wanted, strategies) for path in files]
    seen = _one_a_tube(_with_tubes(_with_visits(seen)))
    if all(one.exclude for one in seen):
        listed = [Problem(str(one.path), None, f"{one.exclude}.") for one in seen]
        message = f"no shipped strategy can gate any of the {len(seen)} FCS files."
        remedy = "Write a strategy for them, and a study.yaml and samples.csv that name it."
        raise ConfigurationError([Problem(str(folder), None, message, remedy), *listed])
    used = [one for one in seen if not one.exclude]
    visits = in_time_order(one.named.visit for one in used)
    order = {visit: i for i, visit in enumerate(visits)}
    seen.sort(key=lambda one: (one.named.subject, order.get(one.named.visit, len(order)), one.named.tube, one.path))
    tubes = {one.named.tube: one.strategy for one in used}
    return Draft(_study_text(folder, visits, tubes), _samples_text(seen, relative_to), tuple(seen), visits)


def write_draft(made: Draft, folder: Path) -> tuple[Path, Path]:
    """Write study.yaml and samples.csv into `folder`. Raises ConfigurationError where one of them is there."""
    paths = folder / STUDY_FILE, folder / SAMPLES_FILE
    there = [path for path in paths if path.exists()]
    if there:
        raise ConfigurationError(
            [
                Problem(str(path), None, "already exists; init does not overwrite it.", "Edit it, or move it away.")
                for path in there
            ]
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in zip(paths, (made.study, made.samples), strict=True):
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    return paths


def study_for_run(path: Path, out: Path, console: Console) -> Path:
    """`path`, or, for a folder without a study.yaml, one written into `out` as `init` would set it up.

    Raises ConfigurationError where the folder cannot be recognised, or `out` holds another study.
    """
    if not path.is_dir() or (path / STUDY_FILE).exists():
        return path
    made = draft(path, out)
    written = {out / STUDY_FILE: made.study, out / SAMPLES_FILE: made.samples}
    for file, text in written.items():
        if file.exists() and file.read_text(encoding="utf-8") != text:
            message = f"already exists and differs from the study that tregate would create for {path}."
            remedy = f"Run that study (tregate run {out / STUDY_FILE} --out ...), or choose another --out."
            raise ConfigurationError([Problem(str(file), None, message, remedy)])
    for file, text in written.items():
        write_text(file, text)
    console.warn(f"{path} contains no {STUDY_FILE}; tregate creates one as `tregate init` would.")
    for line in summary_lines(made):
        console.tell(line)
    console.tell(f"Study written to {out / STUDY_FILE}; add the bead loads there and run it for cells/µL.")
    return out / STUDY_FILE


def summary_lines(made: Draft) -> list[str]:
    """What was recognised, for a person."""
    strategies = sorted({(one.named.tube, one.strategy) for one in made.used})
    subjects = {one.named.subject for one in made.used}
    lines = [
        f"{len(made.used)} of {len(made.seen)} FCS files recognised: {_number(len(subjects), 'subject')}, "
        f"visits {', '.join(made.visits)}, tubes {', '.join(f'{tube} ({name})' for tube, name in strategies)}"
    ]
    nameless = sum(one.note == WHOLE_NAME for one in made.used)
    if nameless:
        lines.append(
            f"{_number(nameless, 'file name')} not understood; each is listed as a subject of its own. Try "
            "--pattern, for example '{subject}_{visit}_{tube}'."
        )
    lines += [f"not used: {one.path}: {one.exclude}" for one in made.excluded]
    return lines


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


# ---------------------------------------------------------------- one file


def _fcs_files(folder: Path) -> Iterator[Path]:
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


def _tube_status(path: Path, folder: Path, wanted: re.Pattern[str] | None, strategies: Mapping[str, Strategy]) -> Seen:
    with_folders = "_".join((*path.relative_to(folder).parts[:-1], path.stem))
    named = by_parts(path.stem) if wanted is None else by_pattern(path.stem, wanted)
    if named is None and wanted is None:
        named = by_parts(with_folders)
    note = ""
    if named is None:
        named = Named(with_folders)
        note = WHOLE_NAME
    seen = Seen(path, named, note=note)
    try:
        found = survey(path)
    except (TubeError, OSError) as error:
        return replace(seen, exclude=f"cannot be read: {error}")
    data_set = _default(found)
    if data_set is None:
        return replace(seen, exclude=f"several data sets: {found.decision} Enter one in `dataset`")
    name, why_not = fitting(data_set, strategies)
    return replace(seen, strategy=name, exclude="" if name else why_not)


def _default(found: Survey) -> DataSet | None:
    return next((one for one in found.data_sets if one.number == found.default), None)


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


# ---------------------------------------------------------------- all files together


def _with_visits(seen: Sequence[Seen]) -> list[Seen]:
    """Files whose name tells no visit are the first one."""
    named = in_time_order(one.named.visit for one in seen if one.named.visit and not one.exclude)
    first = named[0] if named else "V1"
    return [
        one if one.named.visit or one.exclude else replace(one, named=replace(one.named, visit=first)) for one in seen
    ]


def _with_tubes(seen: Sequence[Seen]) -> list[Seen]:
    """The tube names that file names give, where each is one strategy throughout; else the strategies' own."""
    meanings: dict[str, set[str]] = {}
    for one in seen:
        if not one.exclude:
            meanings.setdefault(one.named.tube, set()).add(one.strategy)
    by_name = "" not in meanings and all(len(strategies) == 1 for strategies in meanings.values())
    if by_name:
        return list(seen)
    return [replace(one, named=replace(one.named, tube=TUBE_NAMES.get(one.strategy, one.strategy))) for one in seen]


def _one_a_tube(seen: Sequence[Seen]) -> list[Seen]:
    """Of several files for one tube of a subject and visit the first is used, until a person decides."""
    first: dict[Named, Path] = {}
    kept = []
    for one in seen:
        if not one.exclude and first.setdefault(one.named, one.path) != one.path:
            why = (
                f"same subject, visit and tube as {_beside(first[one.named], one.path)}: keep one, or correct the names"
            )
            one = replace(one, exclude=why)
        kept.append(one)
    return kept


def _beside(path: Path, other: Path) -> str:
    """The name of a file, with its folder where that is not the other file's."""
    return path.name if path.parent == other.parent else f"{path.parent.name}/{path.name}"


# ---------------------------------------------------------------- as text


def _study_text(folder: Path, visits: Sequence[str], tubes: Mapping[str, str]) -> str:
    named = "".join(f"  {_yaml(tube)}: {strategy}\n" for tube, strategy in sorted(tubes.items()))
    return (
        "# Written by `tregate init` from file names and stains. Review it, then run: tregate check\n"
        f"study: {_yaml(folder.resolve().name)}\n"
        f"samples: {SAMPLES_FILE}\n"
        "# For cells/µL: list the bead lots (bead_lot,beads_per_ul,expires), fill in bead_lot, bead_volume_ul and\n"
        "# blood_volume_ul in samples.csv, and remove the # from the next line.\n"
        "# bead_lots: bead_lots.csv\n"
        f"visits: [{', '.join(_yaml(visit) for visit in visits)}]   # in order; the first is the baseline\n"
        "tubes:                # tube name in samples.csv -> strategy (a shipped name or a path)\n"
        f"{named}"
        "tables: treg_nk       # which measures the visit tables contain, and how Teff is defined\n"
        "# preparation_cv_percent: 2.6   # uncertainty of pipetting and lysing; default 0\n"
    )


def _samples_text(seen: Sequence[Seen], relative_to: Path) -> str:
    rows = []
    for one in seen:
        file = Path(os.path.relpath(one.path, relative_to)).as_posix()
        nameless = bool(one.exclude) and one.note == WHOLE_NAME
        named = Named("") if nameless else one.named
        cells = {
            **dict.fromkeys(COLUMNS, ""),
            "file": file,
            "subject": named.subject,
            "visit": named.visit,
            "tube": named.tube,
            "exclude": one.exclude,
            "note": "" if nameless else one.note,
        }
        rows.append(tuple(cells[column] for column in COLUMNS))
    return csv_of(Table("samples", COLUMNS, tuple(rows)))


def _yaml(text: str) -> str:
    """A YAML scalar that reads back as this text."""
    plain = text.replace("-", "").replace("_", "").replace(".", "").replace(" ", "")
    if plain.isalnum() and plain.isascii() and text[:1].isalpha() and text.strip() == text:
        return text if text.lower() not in ("yes", "no", "true", "false", "null", "on", "off") else f'"{text}"'
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
