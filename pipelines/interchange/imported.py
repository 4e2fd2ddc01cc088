"""`tregate import`: gates of another program as a strategy, as places for replay, and as a comparison of counts."""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tregate.gating.engine import gate
from tregate.gating.errors import CompensationError, ConfigurationError, Problem, TubeError
from tregate.gating.events import PlacedGate, Sample
from tregate.gating.prepare import prepare
from tregate.gating.units import PopulationName
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.table import Table
from tregate.pipelines.interchange.agreement import Line, agreement_table, because
from tregate.pipelines.interchange.compensated_gates import with_usable_matrix, without_compensated
from tregate.pipelines.interchange.drawn import Drawn, DrawnApart, DrawnMatrix, DrawnSample
from tregate.pipelines.interchange.exchanged import disagreeing, exchanged
from tregate.pipelines.interchange.gates_file import gates_table
from tregate.pipelines.interchange.on_files import on_files
from tregate.pipelines.interchange.programs import drawn_of
from tregate.pipelines.interchange.sample_files import Matched
from tregate.pipelines.interchange.strategy_names import free_name
from tregate.pipelines.interchange.strategy_text import strategy_text
from tregate.pipelines.interchange.taken_over import TakenOver, take_over

SAMPLE_COLUMNS = ("file", "subject", "visit", "tube", "compensation")
OWN_FILES = ("study.yaml", "samples.csv", "strategy.yaml", "gates.csv")
"""Files that an import writes and a person may have edited: they are not replaced."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote."""

    lines: tuple[Line, ...]
    matched: tuple[Matched, ...]
    files: tuple[str, ...]
    """Names of the files written, in the folder."""
    only_by_gates: tuple[str, ...] = ()
    """Files on which the fixed shapes of a strategy count otherwise than the places of gates.csv."""
    exchanged: tuple[str, ...] = ()
    """Files whose height and width of scatter were taken for each other, as the stored counts say."""
    apart: tuple[DrawnApart, ...] = ()
    """Gates that are drawn for no sample."""


def import_file(path: Path, folder: Path, out: Path) -> Imported:
    """Read the gates of `path`, gate the FCS files of `folder` by them, and write the result into `out`.

    Raises ConfigurationError where the file cannot be read, the folder holds no FCS file, or no sample fits a file.
    """
    drawn = drawn_of(path)
    matched = on_files(path, drawn, folder)
    there = [name for name in OWN_FILES if (out / name).exists()]
    if there:
        message = f"the folder contains {', '.join(there)}, which an import does not replace."
        raise ConfigurationError([Problem(str(out), None, message, "Give a new folder with --out.")])
    out.mkdir(parents=True, exist_ok=True)
    return _write(drawn, matched, out)


_Counted = tuple[dict[str, int], dict[str, str], bool]
"""Path -> events; path -> why there is no count; whether the strategy's shapes alone give the same counts."""


@dataclass(frozen=True, slots=True)
class _Tube:
    """One sample on its file."""

    drawn: DrawnSample
    sample: Sample
    taken: TakenOver
    matrix: str
    """Matrix file, "" where none."""
    counted: _Counted


def _write(drawn: Drawn, matched: Sequence[Matched], out: Path) -> Imported:
    lines: list[Line] = []
    tubes: list[_Tube] = []
    matrices: dict[DrawnMatrix, str] = {}
    other_counts: list[str] = []
    exchanged_files: list[str] = []
    for one in matched:
        if one.sample is None:
            lines += [Line("", one.drawn.name, g, None, _why_not(g.refused, one.by)) for g in one.drawn.gates]
            continue
        tube = _tube(one.drawn, one.sample, drawn.program, matrices, out)
        counts, why, same = tube.counted
        turned = exchanged(one.drawn) if drawn.may_exchange and disagreeing(one.drawn.gates, counts) else None
        if turned is not None:
            other_tube = _tube(turned, one.sample, drawn.program, matrices, out)
            found = other_tube.counted
            if disagreeing(one.drawn.gates, found[0]) < disagreeing(one.drawn.gates, counts):
                tube, (counts, why, same) = other_tube, found
                exchanged_files.append(one.sample.path.name)
        taken, name = tube.taken, tube.matrix
        if not same:
            other_counts.append(one.sample.path.name)
        other = name != "" and _differs(one.drawn.matrix, one.sample)
        for g in one.drawn.gates:
            reason = taken.refused.get(g.path) or why.get(g.path, "")
            shown = f"gate refused: {reason}" if g.path in taken.refused else reason
            cause = because(g, one.sample, other)
            called = taken.names.get(g.path, g.path)
            lines.append(Line(one.sample.path.name, one.drawn.name, g, counts.get(g.path), shown, cause, called))
        if taken.strategy is not None and counts:
            tubes.append(tube)
    lines += [
        Line("", one.where, g, None, _why_not(g.refused, "")) for one in drawn.apart if one.missed for g in one.gates
    ]
    used = [name for name in dict.fromkeys(matrices.values()) if any(tube.matrix == name for tube in tubes)]
    for name in set(matrices.values()).difference(used):
        (out / name).unlink()
    written = [*used, *_write_strategies(tubes, out)]
    write_csv(agreement_table(lines), out / "agreement.csv", digits=None)
    files = (*written, "agreement.csv")
    return Imported(tuple(lines), tuple(matched), files, tuple(other_counts), tuple(exchanged_files), drawn.apart)


def _tube(drawn: DrawnSample, sample: Sample, program: str, matrices: dict[DrawnMatrix, str], out: Path) -> _Tube:
    """The sample gated on its file; without its compensated gates where the file cannot be compensated."""
    usable = with_usable_matrix(drawn)
    taken, matrix = _taken(usable, sample, program, matrices, out)
    try:
        return _Tube(drawn, sample, taken, matrix, _counts(drawn, sample, taken, matrix, out))
    except CompensationError as error:
        said = str(error).partition(". ")[0]
        taken, matrix = _taken(without_compensated(usable, said[:1].lower() + said[1:]), sample, program, matrices, out)
        return _Tube(drawn, sample, taken, matrix, _counts(drawn, sample, taken, matrix, out))


def _taken(
    drawn: DrawnSample, sample: Sample, program: str, matrices: dict[DrawnMatrix, str], out: Path
) -> tuple[TakenOver, str]:
    """What becomes of the gates, and the matrix file, "" where there is none."""
    taken = take_over(drawn, sample, program)
    matrix = drawn.matrix if taken.uses_matrix else None
    return taken, "" if matrix is None else _matrix_file(matrix, matrices, out)


def _why_not(refused: str, by: str) -> str:
    return f"gate refused: {refused}" if refused else by


def _counts(drawn: DrawnSample, sample: Sample, taken: TakenOver, matrix: str, out: Path) -> _Counted:
    """Raises CompensationError."""
    strategy = taken.strategy
    if strategy is None:
        return {}, {}, True
    try:
        prepared = prepare(sample, strategy, out / matrix if matrix else None)
        gated = gate(prepared, strategy, taken.placed)
        same = dict(gate(prepared, strategy).events) == dict(gated.events)
    except CompensationError:
        raise
    except TubeError as error:
        return {}, {g.path: f"not gated: {error}" for g in drawn.gates}, True
    names = {path: PopulationName(name) for path, name in taken.names.items()}
    unmeasured = gated.unmeasured
    why = {path: f"not measured: {unmeasured[name]}" for path, name in names.items() if name in unmeasured}
    return {path: gated.events[name] for path, name in names.items() if path not in why}, why, same


def _matrix_file(matrix: DrawnMatrix, known: dict[DrawnMatrix, str], out: Path) -> str:
    if matrix not in known:
        known[matrix] = f"matrix_{len(known) + 1}.csv"
        write_csv(Table("matrix", matrix.detectors, matrix.rows), out / known[matrix], digits=None)
    return known[matrix]


def _differs(matrix: DrawnMatrix | None, sample: Sample) -> bool:
    """Whether the workspace's matrix is none of those that the file states."""
    if matrix is None:
        return False
    stated = {tuple(map(str, one.channels)): one.matrix for one in sample.data_set.spillovers}
    own = stated.get(matrix.detectors)
    return own is None or any(
        abs(float(a) - b) > 1e-6 for row, theirs in zip(own, matrix.rows, strict=True)
        for a, b in zip(row, theirs, strict=True)
    )  # fmt: skip


def _write_strategies(tubes: Sequence[_Tube], out: Path) -> list[str]:
    """One strategy per distinct tree of gates, the places of every tube, and the list of tubes."""
    trees: dict[str, list[_Tube]] = {}
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
        write_text(out / "study.yaml", _study_text(kinds))
    return [*names, *(["gates.csv", "samples.csv", "study.yaml"] if tubes else [])]


def _study_text(kinds: Mapping[str, str]) -> str:
    """A study that replays the gates: `tregate run study.yaml --gates gates.csv`."""
    tubes = ", ".join(f"{kind}: {name}" for kind, name in kinds.items())
    return f'study: imported gates\nvisits: ["1"]\ntubes: {{{tubes}}}\ntables: treg_nk\n'


def _subjects(tubes: Sequence[_Tube]) -> dict[int, str]:
    """A subject for every tube: the file's name without its ending, with a number where it repeats."""
    stems = Counter(tube.sample.path.stem for tube in tubes)
    seen: set[str] = set()
    found = {}
    for tube in tubes:
        stem = tube.sample.path.stem
        # a number that another file's own name ends with is not given
        found[id(tube)] = stem if stem not in seen else free_name(stem, seen | set(stems))
        seen.add(found[id(tube)])
    return found


def _tree(plain: Mapping[str, Any]) -> str:
    """What makes two tubes' gates one strategy: everything but the places."""
    populations = {
        name: {**{k: v for k, v in one.items() if k != "gate"}, "kind": one.get("gate", {}).get("kind")}
        for name, one in plain["populations"].items()
    }
    return json.dumps(
        [plain["panel"], plain["compensation"], plain["scales"], plain.get("computed"), populations], ensure_ascii=False
    )


def _commonest(group: Sequence[_Tube]) -> dict[str, Any]:
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
