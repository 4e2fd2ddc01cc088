"""A strategy changed by eye: keys of a gate tried on tubes of the study, and saved as a new version with a reason."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from tregate.gating.errors import ConfigurationError, Problem, TubeError
from tregate.gating.held_tube import HeldTube, hold
from tregate.gating.strategy.gates import Gate
from tregate.gating.strategy.load import find, strategy_from
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.versions import definition_sha256
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.gating.units import PopulationName
from tregate.pipelines.application.drawing import Drawn, drawn_gate, landmarks_of
from tregate.pipelines.application.forms import kind_of, shown_value
from tregate.pipelines.application.gate_sentences import GATES
from tregate.pipelines.application.workspace import Workspace, write
from tregate.pipelines.files.kept_yaml import REMOVED, edited
from tregate.pipelines.files.number_text import number
from tregate.pipelines.report.method_labels import logic_words
from tregate.pipelines.reviewing.shown import gate_json
from tregate.pipelines.runs.this_program import now
from tregate.pipelines.study.load_study import load_study
from tregate.pipelines.tubes.tube_tasks import jobs

HELD = 6
"""Tubes whose events stay in memory."""
Changes = Sequence[tuple[Sequence[str], Any]]
"""Path of keys below `populations`, and the text of the value."""


@dataclass(slots=True)
class Bench:
    """Tubes that were read to be gated again and again."""

    tubes: dict[tuple[str, int, str], HeldTube] = field(default_factory=dict)

    def tube(self, key: tuple[str, int, str], order: Any) -> HeldTube:
        if key not in self.tubes:
            while len(self.tubes) >= HELD:
                del self.tubes[next(iter(self.tubes))]
            self.tubes[key] = hold(order)
        return self.tubes[key]


# ---------------------------------------------------------------- what there is


def strategies_json(space: Workspace) -> dict[str, Any]:
    """The study's kinds of tube with the populations of their strategies, and the files of each kind."""
    study = load_study(space.folder)
    return {
        "tubes": [
            {
                "tube": tube,
                "reference": space.declared()["tubes"][tube],
                "populations": [
                    {
                        "name": name,
                        "parent": one.parent or "",
                        "axes": list(one.axes),
                        "kind": one.gate.kind,
                        "landmarks": landmarks_of(strategy, name),
                    }
                    for name, one in strategy.populations.items()
                    if one.gate is not None
                ],
                "files": [
                    {"file": entry.file, "name": f"{entry.subject} {entry.visit}"}
                    for entry in study.used
                    if entry.tube == tube
                ],
            }
            for tube, strategy in study.strategies.items()
        ]
    }


def gate_form(space: Workspace, tube: str, population: str) -> list[dict[str, Any]]:
    """The keys of a gate with kind, sentence, value and default, from the schema of its method."""
    path, text = source_of(space, tube)
    written = parse_yaml(text, path.name).data["populations"][population]["gate"]
    model = gate_models()[written["kind"]]
    schema = model.model_json_schema()
    keys = []
    for name, info in model.model_fields.items():
        if name == "kind":
            continue
        kind, choices = kind_of(schema, name)
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        plain = default if isinstance(default, str | int | float | tuple) else None
        keys.append(
            {
                "name": name,
                "kind": kind,
                "choices": choices,
                "sentence": GATES[name],
                "value": shown_value(written.get(name)),
                "default": shown_value(list(plain) if isinstance(plain, tuple) else plain),
            }
        )
    return keys


def gate_models() -> dict[str, type[BaseModel]]:
    """Kind of gate -> the model of its keys."""
    return {get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(get_args(Gate)[0])}


def source_of(space: Workspace, tube: str) -> tuple[Path, str]:
    """File and text of the strategy of a kind of tube. Raises KeyError, ConfigurationError."""
    reference = str(space.declared()["tubes"][tube])
    path = find(reference, "strategies", space.folder)
    if path is None:
        raise ConfigurationError([Problem(reference, None, "there is no such strategy.")])
    return path, path.read_text(encoding="utf-8")


# ---------------------------------------------------------------- trying


def changed_text(space: Workspace, tube: str, changes: Changes) -> tuple[Path, str, Strategy]:
    """The strategy with changes. Raises ConfigurationError where that is no strategy."""
    path, text = source_of(space, tube)
    for steps, written in changes:
        text = edited(text, ["populations", *steps], _value(steps, written), path.name)
    return path, text, strategy_from(parse_yaml(text, path.name), path.parent)


def _value(steps: Sequence[str], written: Any) -> Any:
    """What a person typed: a number with either mark, or YAML on one line."""
    if not isinstance(written, str):
        return written
    text = written.strip()
    if not text:
        return REMOVED
    value = number(text)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if re.fullmatch(r"[+-]?[\d.,' ]+", text):
        raise ConfigurationError([Problem("`" + ".".join(steps) + "`", None, f"{value}.", "Nothing was changed.")])
    return parse_yaml(f"value: {text}", "the value").data["value"]


def tried(
    space: Workspace, bench: Bench, tube: str, population: str, changes: Changes, files: Sequence[str]
) -> list[dict[str, Any]]:
    """Gate, counts and percentages of tubes before and after the changes.

    Raises ConfigurationError where the changed strategy is none; what is wrong with one tube is said beside it.
    """
    _, _, after = changed_text(space, tube, changes)
    study = load_study(space.folder)
    before = study.strategies[tube]
    made: list[dict[str, Any]] = []
    for job in jobs(study):
        if job.entry.tube != tube or job.entry.file not in files:
            continue
        name = f"{job.entry.subject} {job.entry.visit}"
        try:
            key = (str(job.entry.path), job.entry.path.stat().st_mtime_ns, source_of(space, tube)[1])
            held = bench.tube(key, replace(job.order, replay={}))
            both = [_gated(held, strategy, population) for strategy in (before, after)]
        except (TubeError, OSError) as error:
            made.append({"tube": name, "file": job.entry.file, "error": str(error)})
            continue
        (old, was), (new, now_is) = both
        rows: list[list[str]] = [
            [one, *(f"{counted[one][0]}" if one in counted else "" for counted in (old, new)),
             *(counted[one][1] if one in counted else "" for counted in (old, new))]
            for one in new
        ]  # fmt: skip
        made.append({"tube": name, "file": job.entry.file, "rows": rows, "before": was, "after": now_is})
    return made


def _gated(held: HeldTube, strategy: Strategy, population: str) -> tuple[dict[str, tuple[int, str]], Any]:
    """Population -> events and percent of parent; and the gate as a plot."""
    tube = HeldTube(replace(held.order, strategy=strategy), held.prepared)
    name = PopulationName(population)
    gated = tube.gated({}, (name,))
    counted = {}
    for one in gated.order:
        if one in gated.unmeasured:
            continue
        events, whole = (int(gated.mask(each).sum()) for each in (one, gated.parents[one]))
        counted[str(one)] = (events, f"{100 * events / whole:.3g}" if whole else "")
    gate = next((one for one in gated.gates if one.population == name), None)
    if gate is None:
        return counted, {"why": gated.unmeasured.get(name, "The gate was not placed.")}
    density = next((one for one in gated.densities if one.population == name), None)
    return counted, gate_json(gate, density, logic_words(strategy))


def drawn(
    space: Workspace,
    bench: Bench,
    tube: str,
    population: str,
    changes: Changes,
    file: str,
    shape: Drawn,
    landmarks: Sequence[str],
) -> list[tuple[list[str], Any]]:
    """Changes of the strategy that make a gate of what was drawn on the plot of a tube, after the changes before.

    Raises ConfigurationError where that is no gate.
    """
    _, _, strategy = changed_text(space, tube, changes)
    job = next(one for one in jobs(load_study(space.folder)) if one.entry.tube == tube and one.entry.file == file)
    key = (str(job.entry.path), job.entry.path.stat().st_mtime_ns, source_of(space, tube)[1])
    held = bench.tube(key, replace(job.order, replay={}))
    made = [
        ([population, name], value) for name, value in drawn_gate(held, strategy, population, shape, landmarks).items()
    ]
    changed_text(space, tube, [*changes, *made])
    return made


# ---------------------------------------------------------------- saving


def _next_version(strategy: Strategy, about: str) -> tuple[str, list[dict[str, str]]]:
    """Name of the next version, and the changelog with it: who made it why, and the hash of the definition."""
    match = re.fullmatch(r"(.*?)(\d+)", strategy.version or "1.0")
    stem, last = (match[1], int(match[2])) if match else (f"{strategy.version}.", 0)
    known = {strategy.version, *(one.version for one in strategy.changes)}
    while (name := f"{stem}{last + 1}") in known:
        last += 1
    made = {"version": name, "sha256": definition_sha256(strategy)[:16], "about": " ".join(about.split())[:400]}
    return name, [made, *(one.model_dump() for one in strategy.changes)]


def save_version(space: Workspace, tube: str, seen: str, changes: Changes, who: str, reason: str) -> dict[str, str]:
    """Write the changed strategy as a new file of the study, named in study.yaml for this kind of tube.

    Its first lines say who made it, when, why, and of what. Raises ConfigurationError without name, reason or change.
    """
    if not who.strip() or not reason.strip() or not changes:
        message = "a version of a strategy needs a change, a reason and a name."
        raise ConfigurationError([Problem("strategy", None, message, "Nothing was saved.")])
    with space.lock:
        path, text, strategy = changed_text(space, tube, changes)
        name, listed = _next_version(strategy, f"{reason} (by {who})")
        text = edited(edited(text, ["version"], name, path.name), ["changes"], listed, path.name)
        strategy_from(parse_yaml(text, path.name), path.parent)
        own = path.parent if path.resolve().is_relative_to(space.folder.resolve()) else space.folder
        stem, version = re.sub(r"-\d+$", "", path.stem), 2
        while (own / f"{stem}-{version}.yaml").exists():
            version += 1
        target = own / f"{stem}-{version}.yaml"
        what = "; ".join(f"{'.'.join(steps)}: {' '.join(str(value).split()) or 'removed'}" for steps, value in changes)
        lines = (f"Version {name}, from {path.name}: {reason}", f"By {who}, {now()}. Changed: {what}")
        head = "".join(f"# {' '.join(line.split())}\n" for line in lines)
        write(target, (head + text).encode("utf-8"))
        reference = target.relative_to(space.folder).as_posix()
        sha256 = space.change_study(seen, [(["tubes", tube], reference)])
    return {"strategy": reference, "sha256": sha256}
