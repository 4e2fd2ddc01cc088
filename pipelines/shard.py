"""One part of a study's tubes, gated into the store: many machines share a study, and one run makes its tables.

A shard holds whole subjects, so that gates which follow a subject's baseline are found in it. Gates that borrow from
the batch are placed by the run that makes the tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.console import Console
from tregate.pipelines.part_record import PartRecord, plan_of, write_part
from tregate.pipelines.run import drawing, store_of
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.tubes.analyse_tubes import NOT_REACHED, BatchResult, analyse_tubes


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` (from 1) of `of` parts.

    >>> Shard.parsed("2/8")
    Shard(number=2, of=8)
    """

    number: int
    of: int

    @classmethod
    def parsed(cls, text: str) -> "Shard":
        """Of "i/n". Raises ConfigurationError for any other text."""
        number, _, of = text.partition("/")
        if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
            return cls(int(number), int(of))
        message = f'"{text}" is not a part such as 2/8.'
        raise ConfigurationError([Problem("--shard", None, message, "Give number/parts, from 1/8 to 8/8.")])


def subjects_of(shard: Shard, entries: Sequence[TubeEntry]) -> frozenset[str]:
    """The subjects of a shard: those with most tubes first, each to the part with fewest; the same everywhere."""
    tubes: dict[str, int] = {}
    for entry in entries:
        tubes[entry.subject] = tubes.get(entry.subject, 0) + 1
    parts: list[tuple[int, int, list[str]]] = [(0, number, []) for number in range(1, shard.of + 1)]
    for subject in sorted(tubes, key=lambda name: (-tubes[name], name)):
        size, number, names = min(parts, key=lambda part: part[:2])
        parts[number - 1] = (size + tubes[subject], number, [*names, subject])
    return frozenset(parts[shard.number - 1][2])


def gate_shard(study: Study, out: Path, options: RunOptions, shard: Shard, console: Console) -> BatchResult:
    """Gate the shard's tubes into the store of `out`, or of the options; no table is written and no lock is needed."""
    mine = subjects_of(shard, study.used)
    part = replace(study, entries=tuple(entry for entry in study.entries if entry.subject in mine))
    store = store_of(out, options)
    with console.progress(f"shard {shard.number}/{shard.of}", len(part.used)) as progress:
        gathered = analyse_tubes(
            part,
            progress,
            workers=options.workers,
            draw=drawing(options.pages),
            strict=options.strict,
            executor=options.executor,
            store=store,
        )
    gated = tuple(job.entry.file for job, outcome in gathered.done if outcome.result is not None)
    failed = (job.entry.file for job, outcome in gathered.done if outcome.result is None and outcome is not NOT_REACHED)
    write_part(store, PartRecord(shard.number, shard.of, plan_of(study, options), gated, tuple(failed)))
    return gathered
