"""A folder of FCS files -> what each is: whose blood, which visit, which tube. Files are looked at by headers only."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.events import DataSet, Survey
from tregate.gating.read.survey import survey
from tregate.gating.strategy.load import load_strategy, shipped_names
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.files.look_alikes import one_way
from tregate.pipelines.study.absent_in_files import optional_absent
from tregate.pipelines.study.fitting import fcs_files, fitting
from tregate.pipelines.study.fmo_files import fmo
from tregate.pipelines.study.names.controls import control, says_beads
from tregate.pipelines.study.names.parts import taken_apart
from tregate.pipelines.study.names.pattern import Named, by_pattern, pattern
from tregate.pipelines.study.names.reading import read_names
from tregate.pipelines.study.names.suggestion import noisy, suggested
from tregate.pipelines.study.names.visits import in_time_order, is_date, uncertain_order
from tregate.pipelines.study.odd_file_names import has_text_name, odd_names_comment
from tregate.pipelines.study.samples import UNSTAINED

TUBE_NAMES: Mapping[str, str] = {"tetrachrome_t": "T", "tetrachrome_nk": "NK", "treg": "TREG", "treg_nk": "TREGNK"}
"""Tube names where file names give none."""
CONTROL = "control"


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
    """What a person should look at."""
    absent: tuple[str, ...] = ()
    """Optional markers of the strategy that the file lacks."""
    control: str = ""
    """Marker that an FMO file lacks, or "unstained"; "" for other files, and where its name does not say."""

    @property
    def is_control(self) -> bool:
        return self.exclude.startswith(f"{CONTROL} (")

    @property
    def is_recognised(self) -> bool:
        """Whether subject, visit and tube were all read."""
        return bool(self.named.subject and self.named.visit and self.named.tube)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a folder was read as."""

    folder: Path
    seen: tuple[Seen, ...]
    """In the order of subjects, visits and tubes."""
    visits: tuple[str, ...]
    """Read from names, in order."""
    uncertain: tuple[str, ...] = ()
    """Visits whose place in the order the names do not show."""
    pattern: str = ""
    """A pattern that works on this folder, where the names as they were read hold running numbers or are unread."""
    noisy: bool = False
    """Whether tube names probably hold running numbers."""
    odd_names: str = ""
    """Comment lines about files whose names no table can hold."""

    @property
    def used(self) -> tuple[Seen, ...]:
        return tuple(seen for seen in self.seen if not seen.exclude)

    @property
    def excluded(self) -> tuple[Seen, ...]:
        return tuple(seen for seen in self.seen if seen.exclude)

    @property
    def controls(self) -> tuple[Seen, ...]:
        return tuple(seen for seen in self.seen if seen.is_control)

    @property
    def unread(self) -> tuple[Seen, ...]:
        return tuple(seen for seen in self.used if not seen.is_recognised)


def draft(folder: Path, name_pattern: str | None = None) -> Draft:
    """Recognise the FCS files under `folder`.

    Raises ConfigurationError where the folder does not exist, holds no FCS file, or none that a shipped strategy
    can gate.
    """
    found = list(fcs_files(folder))
    files = [path for path in found if has_text_name(path)]
    odd = odd_names_comment([path for path in found if path not in files], folder)
    strategies = {name: load_strategy(name) for name in shipped_names("strategies")}
    seen = [_by_content(path, folder, strategies) for path in files]
    if all(one.exclude for one in seen):
        listed = [Problem(str(one.path), None, f"{one.exclude}.") for one in seen]
        message = f"no shipped strategy can gate any of the {len(seen)} FCS files."
        remedy = "Write a strategy for them, and a study.yaml and samples.csv that name it."
        raise ConfigurationError([Problem(str(folder), None, message, remedy), *listed])
    seen = _named(seen, folder, None if name_pattern is None else pattern(name_pattern))
    used = [one for one in seen if not one.exclude]
    kinds = [one.strategy for one in used]
    running = noisy([one.named for one in used], kinds)
    if running and _alone_enough(used):
        used, running = [_with_kind(one) for one in used], False
    used = _with_tubes(_without_lone_dates(used))
    stems = [one.path.stem for one in used]
    hint = suggested(stems, kinds) if running or any(not one.is_recognised for one in used) else ""
    seen = _with_controls(seen, used, folder, strategies)
    visits = in_time_order(one.named.visit for one in used if one.named.visit)
    order = {visit: i for i, visit in enumerate(visits)}
    whole = [*_with_duplicates_noted(used), *(one for one in seen if one.exclude)]
    whole.sort(key=lambda one: (one.named.subject, order.get(one.named.visit, len(order)), one.named.tube, one.path))
    return Draft(folder, tuple(whole), visits, uncertain_order(visits), hint, running, odd)


# ---------------------------------------------------------------- one file


def _by_content(path: Path, folder: Path, strategies: Mapping[str, Strategy]) -> Seen:
    """Controls by their names, then what can be gated by its stains."""
    inside = "/".join((*path.relative_to(folder).parts[:-1], path.stem))
    seen = Seen(path, Named(""))
    kind = control(inside)
    if kind:
        return replace(seen, exclude=f"{CONTROL} ({kind})")
    try:
        found = survey(path)
    except (TubeError, OSError) as error:
        return replace(seen, exclude=f"cannot be read: {error}")
    data_set = _default(found)
    if data_set is None:
        return replace(seen, exclude=f"several data sets: {found.decision} Enter one in `dataset`")
    if says_beads(path.stem) and taken_apart(inside).visit is None:
        return replace(seen, exclude=f"{CONTROL} (beads only)")
    name, why_not = fitting(data_set, strategies)
    absent = optional_absent(data_set, strategies[name]) if name else ()
    return replace(seen, strategy=name, exclude="" if name else why_not, absent=absent)


def _default(found: Survey) -> DataSet | None:
    return next((one for one in found.data_sets if one.number == found.default), None)


# ---------------------------------------------------------------- all files together


def _named(seen: Sequence[Seen], folder: Path, wanted: re.Pattern[str] | None) -> list[Seen]:
    """Names of the samples; what is not used keeps none."""
    used = [one for one in seen if not one.exclude]
    stems = [one_way(one.path.stem) for one in used]
    if wanted is None:
        folders = [one_way("/".join(one.path.relative_to(folder).parts[:-1])) for one in used]
        names = read_names(stems, folders, [one.strategy for one in used])
    else:
        names = [by_pattern(stem, wanted) or Named("", "", "", stem) for stem in stems]
    named = {one.path: replace(one, named=name, note=_unread(name)) for one, name in zip(used, names, strict=True)}
    return [named.get(one.path, one) for one in seen]


def _with_controls(
    seen: Sequence[Seen], used: Sequence[Seen], folder: Path, strategies: Mapping[str, Strategy]
) -> list[Seen]:
    """FMO files with the marker that they lack, unstained ones, and whose tube they control."""
    samples = [(one.named, one.strategy) for one in used]
    unstained = f"{CONTROL} ({UNSTAINED})"
    filled = []
    for one in seen:
        if one.exclude in (f"{CONTROL} (FMO)", unstained):
            found = fmo("/".join((*one.path.relative_to(folder).parts[:-1], one.path.stem)), samples, strategies)
            one = replace(one, named=found.named, control=UNSTAINED if one.exclude == unstained else found.marker)
        filled.append(one)
    return filled


def _unread(name: Named) -> str:
    if name.subject and name.visit:
        return ""
    lacking = [field for field in ("subject", "visit") if not getattr(name, field)]
    what = "no " + " and no ".join(lacking)
    return f'{what} read in the name ("{name.unread}")' if name.unread else f"{what} read in the name"


def _alone_enough(used: Sequence[Seen]) -> bool:
    """Whether subject, visit and stains distinguish all files, without what else their names say."""
    keys = Counter((one.named.subject, one.named.visit, one.strategy) for one in used)
    return all(one.named.subject and one.named.visit for one in used) and max(keys.values()) == 1


def _with_kind(one: Seen) -> Seen:
    return replace(one, named=replace(one.named, tube=TUBE_NAMES.get(one.strategy, one.strategy)))


def _with_tubes(used: Sequence[Seen]) -> list[Seen]:
    """The tube names that file names give, where each is one strategy throughout; else the strategies' own."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for one in used:
        meanings[one.named.tube].add(one.strategy)
    by_name = "" not in meanings and all(len(strategies) == 1 for strategies in meanings.values())
    spellings = {tube.casefold() for tube in meanings}
    if by_name and len(spellings) == len(meanings):
        return list(used)
    return [_with_kind(one) for one in used]


def _without_lone_dates(used: Sequence[Seen]) -> list[Seen]:
    """A day of the calendar is a visit where subjects share it; else it is asked which visit it was."""
    days: dict[str, set[str]] = defaultdict(set)
    for one in used:
        if is_date(one.named.visit):
            days[one.named.subject].add(one.named.visit)
    if len({frozenset(found) for found in days.values()}) <= 1:
        return list(used)
    return [
        replace(one, named=replace(one.named, visit=""), note=f"which visit was {one.named.visit}?")
        if is_date(one.named.visit)
        else one
        for one in used
    ]


def _with_duplicates_noted(used: Sequence[Seen]) -> list[Seen]:
    """Two files for one tube of a subject and visit are both kept with a note; a run stops until the user decides."""
    first: dict[Named, Path] = {}
    noted = []
    for one in used:
        other = first.setdefault(one.named, one.path)
        if one.is_recognised and other != one.path:
            why = f"same subject, visit and tube as {_beside(other, one.path)}: exclude one, or correct the names"
            one = replace(one, note=why)
        noted.append(one)
    return noted


def _beside(path: Path, other: Path) -> str:
    """The name of a file, with its folder where that is not the other file's."""
    return path.name if path.parent == other.parent else f"{path.parent.name}/{path.name}"
