"""`tregate merge`: the tables of a study whose parts were gated on many machines."""

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.part_record import PartRecord, plan_of, read_parts
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.store.outcome_store import FOLDER, entries
from tregate.pipelines.study.load_study import Study

NAMES_SHOWN = 3


def gather_parts(study: Study, outs: Sequence[Path], options: RunOptions, *, gate_missing: bool) -> int:
    """Check the parts in the folders, and bring their outcomes into the store of the first; how many were brought.

    gate_missing: whether tubes that no part gated are left to the run.
    Raises ConfigurationError where a folder has no part, a part is of another study, or tubes are missing.
    """
    stores = [options.store] if options.store is not None else [out / FOLDER for out in outs]
    parts = {store: read_parts(store) for store in stores}
    problems = [
        Problem(str(store), None, "no part of a study was gated here.", "Name the --out of `tregate run --shard`.")
        for store, found in parts.items()
        if not found
    ]
    plan = plan_of(study, options)
    every = [(store, part) for store, found in parts.items() for part in found]
    problems += [problem for store, part in every if (problem := _other_plan(store, part, plan)) is not None]
    if not problems and not gate_missing:
        problems += _missing(study, [part for _, part in every])
    if problems:
        raise ConfigurationError(problems)
    return sum(_brought(store, stores[0]) for store in stores[1:])


def _other_plan(store: Path, part: PartRecord, plan: dict[str, str]) -> Problem | None:
    differs = [name for name in (*plan, *part.plan) if plan.get(name) != part.plan.get(name)]
    if not differs:
        return None
    message = f"part {part.name} differs from this study in {differs[0]}."
    return Problem(str(store), None, message, "Gate the part again with this study, program and --report.")


def _missing(study: Study, parts: Sequence[PartRecord]) -> list[Problem]:
    done = {file for part in parts for file in (*part.gated, *part.failed)}
    left = [entry.file for entry in study.used if entry.file not in done]
    if not left:
        return []
    numbers = {part.number for part in parts}
    lacking = [f"{number}/{parts[0].of}" for number in range(1, parts[0].of + 1) if number not in numbers]
    which = f" (part {', '.join(lacking[:NAMES_SHOWN])}{' and more' if len(lacking) > NAMES_SHOWN else ''})"
    message = f"{len(left)} of {len(study.used)} tubes were not gated{which if lacking else ''}: {left[0]}"
    more = "" if len(left) == 1 else ", ..."
    return [Problem("merge", None, f"{message}{more}.", "Run the missing parts, or give --gate-missing.")]


def _brought(store: Path, into: Path) -> int:
    """Link or copy the entries that `into` does not have. A torn one is found when it is read."""
    number = 0
    for entry in entries(store):
        target = into / entry.path.parent.name / entry.path.name
        if target.exists() or entry.path.suffix != ".json":
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            try:
                os.link(entry.path, target)
            except (OSError, AttributeError):
                shutil.copyfile(entry.path, target)
            number += 1
    return number
