"""What each place is good for: gate the same synthetic tubes with it, without it, and without its fallback.

    .venv/bin/python tools/ablation.py [--seeds 3] [--events 60000] [--workers 2] [--doc docs/validation.md]

"Fixed" puts the place where it was on one nominal tube, as a gate drawn once by eye; "no fallback" takes
`otherwise` and `instead` away; "left out" takes the step away.
"""

import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ablating import bare, changed, options, report  # noqa: E402

from tregate.fixtures.conditions import CONDITIONS  # noqa: E402
from tregate.fixtures.tube import Tube, make_tube  # noqa: E402
from tregate.gating.count.estimates import CountingInput  # noqa: E402
from tregate.gating.errors import TubeError  # noqa: E402
from tregate.gating.events import PlacedGate  # noqa: E402
from tregate.gating.strategy.gates import RangeGate  # noqa: E402
from tregate.gating.strategy.load import load_strategy  # noqa: E402
from tregate.gating.strategy.schema import Strategy  # noqa: E402
from tregate.gating.tube import TubeTask, analyse_gated  # noqa: E402
from tregate.gating.units import PopulationName  # noqa: E402
from tregate.pipelines.validation.asked import targets  # noqa: E402
from tregate.pipelines.validation.compare_with_truth import compare_with_truth, nothing  # noqa: E402
from tregate.pipelines.validation.comparison import Comparison  # noqa: E402
from tregate.pipelines.validation.spread import spread  # noqa: E402
from tregate.pipelines.validation.validate import truth_of  # noqa: E402

FIXED, BARE, OUT = "fixed", "no fallback", "omitted"
NUMBERS_OF_ANOTHER_SCALE = frozenset({"top_2_18", "top_2_22", "integer_10bit_log"})
"""Conditions in which a number of a nominal tube means nothing: no place is compared with it there."""
OF_THE_FIGURE = frozenset({"beads", "steady", "doublets"})
"""Places that no cell is gated by: what they do shows in cells/µL, sampling and all. Of others events are compared."""
NOTHING = 0.0005
"""Rise of the mean error from which a figure is said to be hit."""
COMPARED = (*targets().reported, "CD25hi CD127lo")
TEMPLATE_SEED = 10_000


@dataclass(frozen=True, slots=True)
class Ablation:
    """One thing taken away from a shipped strategy."""

    place: str
    strategy: str
    populations: tuple[str, ...]
    change: str


ABLATIONS = (
    Ablation("beads", "tetrachrome_nk", ("bead region",), FIXED),
    Ablation("steady", "tetrachrome_nk", ("steady flow",), OUT),
    Ablation("doublets", "tetrachrome_nk", ("bead doublets",), OUT),
    Ablation("singlets", "tetrachrome_nk", ("singlets",), OUT),
    Ablation("mixture", "tetrachrome_nk", ("lymphocytes",), FIXED),
    Ablation("backgate", "treg", ("lymphocytes",), FIXED),
    Ablation("mixture with backgate as fallback", "treg", ("lymphocytes",), BARE),
    Ablation("valley", "treg_nk", ("CD3+", "CD4+", "CD8+", "NK", "B"), FIXED),
    Ablation("valley", "treg_nk", ("CD3+", "CD4+", "CD8+", "NK", "B"), BARE),
    Ablation("diagonal", "treg", ("CD25hi CD127lo",), FIXED),
    Ablation("tail", "treg", ("CD4+ CD25-",), FIXED),
    Ablation("tail", "treg", ("CD4+ CD25-",), BARE),
    Ablation("split", "treg", ("Treg",), FIXED),
    Ablation("split with reference as fallback", "treg", ("Treg",), BARE),
    Ablation("split", "treg_nk", ("Treg", "NK bright"), FIXED),
    Ablation("split with reference as fallback", "treg_nk", ("Treg", "NK bright"), BARE),
    Ablation("split", "tetrachrome_nk", ("NK bright",), FIXED),
    Ablation("split with tail as fallback", "tetrachrome_nk", ("NK bright",), BARE),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """One tube gated one way."""

    ablation: Ablation | None
    """None: as shipped."""
    strategy: str
    condition: str
    seed: int
    rows: tuple[Comparison, ...]
    fallbacks: frozenset[str]


def tried(making: tuple[str, str, int, int]) -> list[Tried]:
    """The tube gated as shipped and in every ablation of its strategy."""
    name, condition, seed, events = making
    strategy = load_strategy(name)
    tube = make_tube(name, condition, seed, events)
    done = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tube.fcs"
        tube.write(path)
        for ablation in (None, *(one for one in ABLATIONS if one.strategy == name)):
            fixed = ablation is not None and ablation.change == FIXED
            if fixed and condition in NUMBERS_OF_ANOTHER_SCALE:
                continue
            changed = strategy if ablation is None else without(strategy, ablation)
            places = template(name, events) if ablation is not None and fixed else {}
            replay = {PopulationName(p): places[p] for p in ablation.populations} if places and ablation else None
            rows, fallbacks = gated(path, changed, tube, replay)
            done.append(Tried(ablation, name, condition, seed, rows, fallbacks))
    return done


def gated(
    path: Path, strategy: Strategy, tube: Tube, replay: Mapping[PopulationName, PlacedGate] | None
) -> tuple[tuple[Comparison, ...], frozenset[str]]:
    """The tube held against its truth, and the populations whose place is a fallback or an alternative."""
    truth = truth_of(tube)
    load = None
    if truth.beads_per_ul is not None:
        load = CountingInput("synthetic", truth.blood_volume_ul, truth.beads_per_ul, truth.bead_volume_ul)
    try:
        order = TubeTask(path, strategy, counted_by=load, no_beads="" if load else "washed", replay=replay)
        result, members = analyse_gated(order)
    except TubeError as error:
        return nothing(strategy, truth, error.stage), frozenset()
    fallbacks = (str(gate.population) for gate in result.gates if gate.fallback or "instead" in gate.evidence)
    return compare_with_truth(strategy, truth, result, members), frozenset(fallbacks)


def without(strategy: Strategy, ablation: Ablation) -> Strategy:
    """The strategy in memory, less what the ablation takes away (a fixed place is replayed instead)."""
    before = {name: strategy.populations[name] for name in ablation.populations}
    if ablation.change == BARE:
        return changed(strategy, {name: bare(population) for name, population in before.items()})
    if ablation.change == OUT:
        gate = RangeGate(kind="range", low=1e30 if ablation.place == "doublets" else -1e30)
        out = {name: {"gate": gate, "axes": population.axes[:1], "instead": ()} for name, population in before.items()}
        return changed(strategy, {name: before[name].model_copy(update=change) for name, change in out.items()})
    return strategy


@cache
def template(name: str, events: int) -> dict[str, PlacedGate]:
    """Where the gates lie on one nominal tube that is none of those tried."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tube.fcs"
        make_tube(name, "nominal", TEMPLATE_SEED, events).write(path)
        result, _ = analyse_gated(TubeTask(path, load_strategy(name), no_beads="washed"))
    return {str(gate.population): gate for gate in result.gates}


def places_table(done: Sequence[Tried]) -> str:
    """One line an ablation."""
    lines = [
        "| method | strategy, gate | change | tubes | most affected | F1 | mean error, % | worst condition | no value "
        "| silent tubes |",
        "|---|---|---|---:|---|---:|---:|---|---:|---:|",
    ]
    shipped = {(one.strategy, one.condition, one.seed): one for one in done if one.ablation is None}
    for ablation in ABLATIONS:
        pairs = [(shipped[one.strategy, one.condition, one.seed], one) for one in done if one.ablation == ablation]
        lines.append(_line(ablation, pairs))
    return "\n".join(lines)


def _line(ablation: Ablation, pairs: Sequence[tuple[Tried, Tried]]) -> str:
    used = sum(bool(one.fallbacks.intersection(ablation.populations)) for one, _ in pairs)
    change = f"{ablation.change} (used on {used})" if ablation.change == BARE else ablation.change
    where = f"{ablation.strategy}, {', '.join(ablation.populations)}"
    by_figure = ablation.place in OF_THE_FIGURE
    compared = {name: found for name in COMPARED if (found := _compared(name, pairs, by_figure=by_figure))}
    lost = [sum(_figures_missing(tube) for tube in tubes) for tubes in zip(*pairs, strict=True)]
    silent = [sum(_silent(tube) for tube in tubes) for tubes in zip(*pairs, strict=True)]
    beginning = f"| {ablation.place} | {where} | {change} | {len(pairs)} |"
    ending = f"{lost[0]} → {lost[1]} | {silent[0]} → {silent[1]} |"
    if not compared:
        return f"{beginning} all values are lost | | | | {ending}"
    name = max(compared, key=lambda n: sum(b - a for _, a, b, _, _ in compared[n]) / len(compared[n]))
    rows = compared[name]
    if sum(b - a for _, a, b, _, _ in rows) / len(rows) < NOTHING:
        return f"{beginning} none | | | | {ending}"
    f1 = [statistics.fmean(pair) for pair in zip(*((a, b) for *_, a, b in rows), strict=True)]
    error = [100 * statistics.fmean(row[k] for row in rows) for k in (1, 2)]
    by_condition: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for condition, a, b, _, _ in rows:
        by_condition[condition].append((a, b))
    gains = {c: [100 * statistics.fmean(v) for v in zip(*both, strict=True)] for c, both in by_condition.items()}
    worst = max(gains, key=lambda c: gains[c][1] - gains[c][0])
    before, after = gains[worst]
    largest = f"{worst} {before:.1f} → {after:.1f}"
    return f"{beginning} {name} | {f1[0]:.3f} → {f1[1]:.3f} | {error[0]:.1f} → {error[1]:.1f} | {largest} | {ending}"


def _compared(
    name: str, pairs: Sequence[tuple[Tried, Tried]], *, by_figure: bool
) -> list[tuple[str, float, float, float, float]]:
    """(condition, |error| with, without, F1 with, without) of each tube that has the figure both ways."""
    found = []
    for before, after in pairs:
        rows = [next((row for row in tube.rows if row.population == name), None) for tube in (before, after)]
        values = [
            (_error(row, by_figure=by_figure), row.overlap.f1 if row.overlap else None)
            for row in rows
            if row is not None
        ]
        if len(values) == 2 and all(v is not None for pair in values for v in pair):
            (a, f1_a), (b, f1_b) = values
            found.append((before.condition, abs(a), abs(b), f1_a, f1_b))
    return found


def _error(row: Comparison, *, by_figure: bool) -> float | None:
    if by_figure and row.error is not None:
        return row.error
    return None if row.overlap is None else row.overlap.error


def _figures_missing(tube: Tried) -> int:
    return sum(row.overlap is None for row in tube.rows if row.population in targets().reported)


def _silent(tube: Tried) -> bool:
    return any(row.silent or row.silent_by_gate for row in tube.rows if row.population in targets().reported)


def main() -> int:
    """Measure, print, and write into the page where one is named."""
    asked = options(__doc__, events=60_000)
    strategies = tuple(dict.fromkeys(one.strategy for one in ABLATIONS))
    makings = [
        (name, condition, seed, asked.events)
        for name in strategies
        for condition in CONDITIONS
        for seed in range(asked.seeds)
    ]
    made = dict(spread(tried, makings, asked.workers))
    text = places_table([one for k in sorted(made) for one in made[k]])
    report(text, "ablation of places", asked.doc)
    return 0


if __name__ == "__main__":
    sys.exit(main())
