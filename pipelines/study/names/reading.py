"""All names of a folder together -> subject, visit and tube of each.

A part that differs in every file is a counter, one that is the same everywhere a project; what repeats is subject,
visit and tube. A name is never completed by guessing: what it does not say stays empty.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from tregate.pipelines.study.names.parts import EDGES, Parts, taken_apart
from tregate.pipelines.study.names.pattern import Named
from tregate.pipelines.study.names.positions import by_positions

_DIVA = re.compile(r"specimen", re.IGNORECASE)
_LEADING = re.compile(r"specimen|copy|of|kopie|von|copie|de", re.IGNORECASE)
"""First parts that are no name: FACSDiva's, and a file manager's."""
_COPY = re.compile(
    r"copy|kopie|copie|rerun|repeat|repeated|redo|wdh|bis|again|new|neu|export|exported|fcs", re.IGNORECASE
)
FEW_COPIES = 3
REPEATED = 0.25
"""Share of the files from which names that repeat from folder to folder need the folder; fewer are copies."""
SEVERAL = 2
"""Subjects with which a word must occur to be taken for a visit."""


def read_names(stems: Sequence[str], folders: Sequence[str], kinds: Sequence[str]) -> list[Named]:
    """What each file is by its name, or, where that says more, by its folders and name.

    Parameters
    ----------
    stems : names without their ending
    folders : folders below the one that was given, with / between; "" where there are none
    kinds : the strategy that fits each file's stains
    """
    alone = _read(stems, kinds)
    if not any(folders):
        return alone
    paths = [f"{folder}/{stem}" if folder else stem for folder, stem in zip(folders, stems, strict=True)]
    whole = _read(paths, kinds)
    mixed = [by_name if _is_recognised(by_name) else by_path for by_name, by_path in zip(alone, whole, strict=True)]
    few = max(FEW_COPIES, REPEATED * len(stems))
    if _repeated(mixed, kinds) > few and _repeated(whole, kinds) < _repeated(mixed, kinds):
        return whole
    return mixed


def _is_recognised(named: Named) -> bool:
    return bool(named.subject and named.visit)


def _repeated(named: Sequence[Named], kinds: Sequence[str]) -> int:
    """Files that are read as the same tube as another one."""
    keys = Counter((one, kind) for one, kind in zip(named, kinds, strict=True))
    return sum(count - 1 for count in keys.values())


def _read(names: Sequence[str], kinds: Sequence[str]) -> list[Named]:
    parts = [taken_apart(name) for name in names]
    seen = [one for one in parts if one.visit is not None]
    if not seen:
        return by_positions(names, kinds)
    kinds_seen = [kind for one, kind in zip(parts, kinds, strict=True) if one.visit is not None]
    leading = any(one.before for one in seen) and not _follows(seen, kinds_seen)
    subject_of = _subjects(seen, kinds_seen) if leading else _subjects_after(seen, kinds, parts)
    tube_of = _tubes(seen, leading)
    named = [
        Named(subject_of(one), one.visit_name, tube_of(one)) if one.visit is not None else Named("") for one in parts
    ]
    return _with_unread(parts, named)


# ---------------------------------------------------------------- subject


def _slots(rows: Sequence[Sequence[str]]) -> list[str]:
    """What each position is over all files: "same", "each" (another in every file) or "some"."""
    width = min((len(row) for row in rows), default=0)
    slots = []
    for i in range(width):
        values = {row[i].casefold() for row in rows}
        slots.append("same" if len(values) == 1 else "each" if len(values) == len(rows) else "some")
    return slots


def _subjects(seen: Sequence[Parts], kinds: Sequence[str]) -> Callable[[Parts], str]:
    """The subject before the visit: from the first to the last part that repeats; counters and projects are no name."""
    slots = _slots([one.before for one in seen])
    ragged = len({len(one.before) for one in seen}) > 1
    some = [] if ragged else _needed([i for i, slot in enumerate(slots) if slot == "some"], seen, kinds)
    each = [] if ragged else [i for i, slot in enumerate(slots) if slot == "each"]
    if not some and each:
        lettered = [i for i in each if all(_letters(one.before[i]) for one in seen)]
        some = [(lettered or each)[-1]]

    def subject(one: Parts) -> str:
        if not some:
            start = 0
            while start < len(one.before) - 1 and _LEADING.fullmatch(one.before[start]):
                start += 1
                while start < len(one.before) - 1 and one.before[start].isdigit():
                    start += 1
            return one.between(start, len(one.before)).strip(EDGES)
        start = some[0]
        if start > 0 and one.before[start].isdigit() and slots[start - 1] == "same" and one.before[start - 1].isalpha():
            start -= 1
        return one.between(start, some[-1] + 1).strip(EDGES)

    return subject


def _needed(some: Sequence[int], seen: Sequence[Parts], kinds: Sequence[str]) -> list[int]:
    """Without what is no part of the subject: the kind of tube, FACSDiva's specimen, counters that begin again."""
    kept = [i for i in some if not _is_kind([one.before[i] for one in seen], kinds)] or list(some)
    kept = [i for i in kept if not (i == 1 and all(_DIVA.fullmatch(one.before[0]) for one in seen))] or kept
    for i in list(kept):
        others = [k for k in kept if k != i]
        if not others or not all(one.before[i].isdigit() for one in seen):
            continue
        lettered = any(all(_letters(one.before[k]) for one in seen) for k in others)
        keys = {(tuple(one.before[k] for k in others), one.visit_name, one.after) for one in seen}
        if lettered and len(keys) == len(seen):
            kept = others
    for i in list(kept):
        others = [k for k in kept if k != i]
        if others and _wanders(i, others, seen, kinds):
            kept = others
    return kept


def _wanders(i: int, others: Sequence[int], seen: Sequence[Parts], kinds: Sequence[str]) -> bool:
    """Whether a part changes within what the others say and is not needed to distinguish files: a well, a day."""
    rest = [tuple(one.before[k].casefold() for k in others) for one in seen]
    values: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for other, one in zip(rest, seen, strict=True):
        values[other].add(one.before[i].casefold())
    keys = {(other, one.visit_name, kind) for other, one, kind in zip(rest, seen, kinds, strict=True)}
    return len(keys) == len(seen) and any(len(found) > 1 for found in values.values())


def _follows(seen: Sequence[Parts], kinds: Sequence[str]) -> bool:
    """Whether the subject stands behind the visit.

    What is before the visit is the kind of tube or a project, and a part behind it is something other than the kind of
    tube, or differs between files of one visit and kind.
    """
    if len({len(one.before) for one in seen}) > 1:
        return False
    slots = _slots([one.before for one in seen])
    varying = [i for i, slot in enumerate(slots) if slot != "same"]
    if not all(_is_kind([one.before[i] for one in seen], kinds) for i in varying):
        return False
    for i in range(min(len(one.after) for one in seen)):
        values = [one.after[i] for one in seen]
        if not all(map(_letters, values)) or any(map(_COPY.fullmatch, values)):
            continue
        if varying and not _is_kind(values, kinds):
            return True
        files: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one, kind in zip(seen, kinds, strict=True):
            files[one.visit_name, kind].append(one.after[i].casefold())
        whole = sum(len(found) for found in files.values()) == sum(len(set(found)) for found in files.values())
        if whole and any(len(found) > 1 for found in files.values()):
            return True
    return False


def _is_kind(values: Sequence[str], kinds: Sequence[str]) -> bool:
    """Whether a part says the same as the stains: one value for each kind of tube."""
    pairs = set(zip(values, kinds, strict=True))
    return len(set(kinds)) > 1 and len(pairs) == len(set(values)) == len(set(kinds))


def _letters(text: str) -> bool:
    return re.search(r"[^\W\d]", text) is not None


def _subjects_after(seen: Sequence[Parts], kinds: Sequence[str], parts: Sequence[Parts]) -> Callable[[Parts], str]:
    """Visit first: the part after it that does not go with the kind of tube."""
    kind_of = {id(one): kind for one, kind in zip(parts, kinds, strict=True)}
    width = min(len(one.after) for one in seen)
    places = []
    for i in range(width):
        values: dict[str, set[str]] = defaultdict(set)
        for one in seen:
            values[one.after[i]].add(kind_of[id(one)])
        goes_with_kind = len(set(kinds)) > 1 and all(len(found) == 1 for found in values.values())
        places.append((goes_with_kind, len(values) == 1, i))
    best = min(places)[2] if places else -1
    return lambda one: one.after[best] if 0 <= best < len(one.after) else ""


# ---------------------------------------------------------------- tube


def _tubes(seen: Sequence[Parts], leading: bool) -> Callable[[Parts], str]:
    """What is left after the visit without counters: numbers alone, copies, and what differs in every file."""
    rows = [tuple(reversed(one.after)) for one in seen]
    slots = _slots(rows)
    counters = {i for i, slot in enumerate(slots) if slot == "each" and len(seen) > 1 and _numbered(rows, i)}

    def tube(one: Parts) -> str:
        if not leading:
            return ""
        count = len(one.after)
        kept = [i for i in range(count) if (count - 1 - i) not in counters and not _COPY.fullmatch(one.after[i])]
        lettered = [i for i in kept if not one.after[i].isdigit()]
        chosen = lettered or kept
        offset = 0 if one.visit is None else one.visit[1]
        if not chosen:
            return ""
        return one.between(offset + chosen[0], offset + chosen[-1] + 1).strip(EDGES)

    return tube


def _numbered(rows: Sequence[Sequence[str]], i: int) -> bool:
    return all(re.search(r"\d", row[i]) for row in rows)


# ---------------------------------------------------------------- names without a known word for a visit


def _with_unread(parts: Sequence[Parts], named: Sequence[Named]) -> list[Named]:
    """Files without a known visit: a word that stands where others have theirs, with several subjects, is one."""
    subjects = sorted({one.subject for one in named if one.subject}, key=len, reverse=True)
    tubes = sorted({one.tube for one in named if one.tube}, key=len, reverse=True)
    split = [Named("") if one.visit is not None else _around(one.name, subjects, tubes) for one in parts]
    who: Mapping[str, set[str]] = defaultdict(set)
    for one in split:
        if one.unread:
            who[one.unread.casefold()].add(one.subject)
    return [
        known if part.visit is not None
        else Named(found.subject, found.unread, found.tube) if len(who[found.unread.casefold()]) >= SEVERAL
        else found
        for part, known, found in zip(parts, named, split, strict=True)
    ]  # fmt: skip


def _around(name: str, subjects: Sequence[str], tubes: Sequence[str]) -> Named:
    """The word between a known subject and a known tube."""
    for subject in subjects:
        match = re.search(rf"(?<![^{re.escape(EDGES)}]){re.escape(subject)}(?![^{re.escape(EDGES)}])", name)
        if match is None:
            continue
        rest = name[match.end() :].strip(EDGES)
        for tube in tubes:
            found = re.search(rf"(?<![^{re.escape(EDGES)}]){re.escape(tube)}(?![^{re.escape(EDGES)}])", rest)
            if found is not None:
                return Named(subject, "", tube, rest[: found.start()].strip(EDGES))
        return Named(subject, "", "", rest)
    return Named("", "", "", name.strip(EDGES))
