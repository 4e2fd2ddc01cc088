"""What was recognised in a folder, for a person."""

from collections.abc import Sequence

from tregate.pipelines.files.look_alikes import shown
from tregate.pipelines.study.draft import Draft, Seen

EXAMPLES = 3
NAMES_SHOWN = 5
LONE_FILES = 3
"""Files, each of a subject of its own, from which the subject is probably a running number."""


def summary_lines(made: Draft) -> list[str]:
    """Files, subjects, visits in order, tubes with their strategies, controls, and what was not understood."""
    recognised = [one for one in made.used if one.is_recognised]
    subjects = {one.named.subject for one in recognised}
    strategies = sorted({(one.named.tube, one.strategy) for one in made.used if one.named.tube})
    tubes = ", ".join(f"{tube} ({name})" for tube, name in strategies) or "none"
    lines = [
        f"{len(recognised)} of {len(made.seen)} FCS files recognised: {_number(len(subjects), 'subject')}, "
        f"visits {', '.join(made.visits) or 'not read'}, tubes {tubes}",
        *reading_lines(recognised[:: max(1, len(recognised) // EXAMPLES)][:EXAMPLES]),
    ]
    if made.uncertain:
        lines.append(f"order not known: {', '.join(made.uncertain)}; check `visits:` in study.yaml")
    if made.uncertain and len(subjects) == len(recognised) >= LONE_FILES:
        lines.append(
            f"each of {_number(len(subjects), 'subject')} has one file; check which part of the name is the "
            "subject and which the visit"
        )
    if made.controls:
        lines.append(
            f"{_number(len(made.controls), 'control')} listed and excluded: "
            + ", ".join(f"{shown(one.path.name)} ({one.exclude[len('control (') : -1]})" for one in made.controls)
        )
    lines += _unread_lines(made)
    if made.noisy:
        lines.append(
            f"Tube names probably contain a running number ({_number(len(strategies), 'kind')} of tube); try --pattern "
            f"'{made.pattern or '{subject}_{visit}_{tube}_*'}'."
        )
    lines += [f"not used: {shown(str(one.path))}: {one.exclude}" for one in made.excluded if not one.is_control]
    return lines


def reading_lines(seen: Sequence[Seen]) -> list[str]:
    """Subject, visit and tube of files in three columns, and the name they were read from."""
    rows = [(one.named.subject or "?", one.named.visit or "?", one.named.tube or "?") for one in seen]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    return [
        "  "
        + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        + f"  <-  {shown(one.path.name)}"
        + (f"   {one.exclude}" if one.exclude else "")
        for row, one in zip(rows, seen, strict=True)
    ]


def _unread_lines(made: Draft) -> list[str]:
    """One line a cause, with the first names."""
    examples: dict[str, list[str]] = {}
    for one in made.unread:
        cause, _, name = one.note.partition(' ("')
        examples.setdefault(cause, []).append(f'"{name[:-2]}"' if name else "")
    pattern = f"or try --pattern '{made.pattern}'" if made.pattern else "or say how names read with --pattern"
    return [
        f"{_number(len(names), 'file')}: {cause}{_in_brackets(names)}. Fill in samples.csv, {pattern}."
        for cause, names in sorted(examples.items(), key=lambda one: -len(one[1]))
    ]


def _in_brackets(names: Sequence[str]) -> str:
    named = [shown(name) for name in dict.fromkeys(names) if name]
    more = f" and {len(named) - EXAMPLES} more" if len(named) > EXAMPLES else ""
    return f" ({', '.join(named[:EXAMPLES])}{more})" if named else ""


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
