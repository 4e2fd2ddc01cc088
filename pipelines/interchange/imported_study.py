"""The study that an import writes: one strategy per distinct tree of gates, the places and the list of the tubes."""

import json
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tregate.gating.events import PlacedGate, Sample
from tregate.gating.units import PopulationName
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.look_alikes import mistaken_for, one_way
from tregate.pipelines.files.table import Table
from tregate.pipelines.interchange.drawn import DrawnSample
from tregate.pipelines.interchange.gates_file import gates_table
from tregate.pipelines.interchange.strategy_names import free_name
from tregate.pipelines.interchange.strategy_text import strategy_text
from tregate.pipelines.interchange.taken_over import TakenOver

SAMPLE_COLUMNS = ("file", "subject", "visit", "tube", "compensation")


@dataclass(frozen=True, slots=True)
class ImportedTube:
    """One sample on its file."""

    drawn: DrawnSample
    sample: Sample
    taken: TakenOver
    matrix: str
    """Matrix file, "" where none."""


def write_study(tubes: Sequence[ImportedTube], out: Path) -> list[str]:
    """Write the study of these tubes into `out`, no two of one file. Returns the names of its files."""
    trees: dict[str, list[ImportedTube]] = {}
    for tube in tubes:
        trees.setdefault(_tree(tube.taken.plain), []).append(tube)
    names: list[str] = []
    gates: list[tuple[tuple[str, str, str, str], list[PlacedGate]]] = []
    rows: list[tuple[str, ...]] = []
    kinds: dict[str, str] = {}
    subjects = _subjects(tubes)
    for number, group in enumerate(trees.values(), start=1):
        kind = "imported" if number == 1 else f"imported_{number}"
        names.append("strategy.yaml" if number == 1 else f"strategy_{number}.yaml")
        kinds[kind] = names[-1]
        write_text(out / names[-1], strategy_text(_commonest(group), kind))
        for tube in group:
            subject = subjects[id(tube)]
            placed: Mapping[PopulationName, PlacedGate] = tube.taken.placed
            file = Path(os.path.relpath(tube.sample.path, out)).as_posix()
            gates.append(((subject, "1", kind, file), list(placed.values())))
            rows.append((file, subject, "1", kind, tube.matrix))
    if tubes:
        write_csv(gates_table(gates), out / "gates.csv", digits=None)
        write_csv(Table("samples", SAMPLE_COLUMNS, tuple(rows)), out / "samples.csv", digits=None)
        write_text(out / "study.yaml", _study_text(kinds, _look_alikes(subjects.values())))
    return [*names, *(["gates.csv", "samples.csv", "study.yaml"] if tubes else [])]


def _study_text(kinds: Mapping[str, str], distinct: Sequence[str]) -> str:
    """A study that replays the gates: `tregate run study.yaml --gates gates.csv`."""
    tubes = ", ".join(f"{kind}: {name}" for kind, name in kinds.items())
    text = f'study: imported gates\nvisits: ["1"]\ntubes: {{{tubes}}}\ntables: treg_nk\n'
    return f"{text}distinct: {json.dumps(distinct, ensure_ascii=False)}\n" if distinct else text


def _subjects(tubes: Sequence[ImportedTube]) -> dict[int, str]:
    """A subject for every tube: the file's name without its ending, with a number where it repeats."""
    stems = {id(tube): one_way(tube.sample.path.stem) or "file" for tube in tubes}
    seen: set[str] = set()
    found = {}
    for key, stem in stems.items():
        # a number that another file's own name ends with is not given
        found[key] = stem if stem not in seen else free_name(stem, seen | set(stems.values()))
        seen.add(found[key])
    return found


def _look_alikes(subjects: Collection[str]) -> list[str]:
    """Subjects that a study takes for one written in two ways: here each is a file of its own."""
    alike: dict[str, list[str]] = {}
    for subject in subjects:
        for key in mistaken_for(subject):
            alike.setdefault(key, []).append(subject)
    return sorted({subject for group in alike.values() if len(group) > 1 for subject in group})


def _tree(plain: Mapping[str, Any]) -> str:
    """What makes two tubes' gates one strategy: everything but the places."""
    populations = {
        name: {**{k: v for k, v in one.items() if k != "gate"}, "kind": one.get("gate", {}).get("kind")}
        for name, one in plain["populations"].items()
    }
    return json.dumps(
        [plain["panel"], plain["compensation"], plain["scales"], plain.get("computed"), populations], ensure_ascii=False
    )


def _commonest(group: Sequence[ImportedTube]) -> dict[str, Any]:
    """The first tube's strategy, with the commonest place of every gate."""
    plain = dict(group[0].taken.plain)
    plain["populations"] = {
        name: one if "gate" not in one else {**one, "gate": _most([t.taken.plain["populations"][name] for t in group])}
        for name, one in plain["populations"].items()
    }
    return plain


def _most(populations: Sequence[Mapping[str, Any]]) -> Any:
    places = Counter(json.dumps(one["gate"]) for one in populations)
    return json.loads(places.most_common(1)[0][0])
