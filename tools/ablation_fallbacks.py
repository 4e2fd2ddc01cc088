"""Where the shipped strategies need their fallbacks on another maker's tubes, and what is lost without them.

    .venv/bin/python tools/ablation_fallbacks.py [--seeds 3] [--events 60000] [--workers 2] [--doc docs/validation.md]

Every style of tests/other_generator, ordinary and hard, in all four kinds of tube. Where a place is a fallback the tube
is gated once more without that one.
"""

import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from ablating import bare, changed, options, report  # noqa: E402
from other_generator.styles import STYLES  # noqa: E402
from other_generator.tubes import Tube, make  # noqa: E402

from tregate.gating.count.estimates import CountingInput  # noqa: E402
from tregate.gating.errors import TubeError  # noqa: E402
from tregate.gating.events import Gated  # noqa: E402
from tregate.gating.strategy.load import load_strategy, shipped_names  # noqa: E402
from tregate.gating.strategy.schema import Strategy  # noqa: E402
from tregate.gating.tube import TubeResult, TubeTask, analyse_gated  # noqa: E402
from tregate.pipelines.validation.asked import targets  # noqa: E402
from tregate.pipelines.validation.spread import spread  # noqa: E402


@dataclass(frozen=True, slots=True)
class Used:
    """A fallback that a tube needed."""

    strategy: str
    population: str
    way: str
    """"split → reference"."""
    style: str
    f1: float | None
    error: float | None
    lost: int
    """Figures that the tube has not without it."""


def used_on(making: tuple[str, str, int, int]) -> list[Used]:
    """Every fallback of one tube."""
    name, style, seed, events = making
    strategy = load_strategy(name)
    tube = make(name, style, seed, events)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tube.fcs"
        tube.write(path)
        shipped = gated(path, strategy, tube)
        if shipped is None:
            return []
        result, members = shipped
        for gate in result.gates:
            population = str(gate.population)
            if not gate.fallback and "instead" not in gate.evidence:
                continue
            alone = gated(path, changed(strategy, {population: bare(strategy.populations[population])}), tube)
            left = figures(alone[1]) if alone is not None else set()
            first = strategy.populations[population].gate
            way = f"{first.kind if first is not None else ''} → {gate.method if gate.shape is not None else 'nothing'}"
            f1, error = score(tube, members, population)
            found.append(Used(name, population, way, style, f1, error, len(figures(members) - left)))
    return found


def gated(path: Path, strategy: Strategy, tube: Tube) -> tuple[TubeResult, Gated] | None:
    load = None if tube.washed else CountingInput("lot", tube.blood_volume_ul, tube.beads_per_ul, tube.bead_volume_ul)
    try:
        return analyse_gated(TubeTask(path, strategy, counted_by=load, no_beads="washed" if tube.washed else ""))
    except TubeError:
        return None


def figures(members: Gated) -> set[str]:
    """Reported populations that have a number."""
    return {str(name) for name in members.order if name in targets().reported and name not in members.unmeasured}


def score(tube: Tube, members: Gated, population: str) -> tuple[float | None, float | None]:
    """F1 and found / true - 1, where the tube knows the truth."""
    truth: Mapping[str, object] = tube.members
    if population not in truth or population not in members.members or not tube.members[population].any():
        return None, None
    found, true = members.mask(population), tube.members[population]
    both, true_events = int((found & true).sum()), int(true.sum())
    return 2 * both / (int(found.sum()) + true_events), int(found.sum()) / true_events - 1


def table(found: Sequence[Used], tubes: Mapping[str, int]) -> str:
    """One line a strategy, population and way."""
    lines = [
        "| strategy | gate | fallback used | tubes | F1 there, median (lowest) | error there, median, % "
        "| values lost without it |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    groups: dict[tuple[str, str, str], list[Used]] = defaultdict(list)
    for one in found:
        groups[one.strategy, one.population, one.way].append(one)
    for (strategy, population, way), uses in groups.items():
        f1 = [one.f1 for one in uses if one.f1 is not None]
        errors = [100 * one.error for one in uses if one.error is not None]
        shown = f"{statistics.median(f1):.3f} ({min(f1):.3f})" if f1 else "–"
        middle = f"{statistics.median(errors):+.1f}" if errors else "–"
        lost = sum(one.lost for one in uses)
        lines.append(
            f"| {strategy} | {population} | {way} | {len(uses)} of {tubes[strategy]} | {shown} | {middle} | {lost} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and write into the page where one is named."""
    asked = options(__doc__, events=60_000)
    names = shipped_names("strategies")
    seeds = range(1, asked.seeds + 1)
    makings = [(name, style, seed, asked.events) for name in names for style in STYLES for seed in seeds]
    made = dict(spread(used_on, makings, asked.workers))
    tubes = {name: len(STYLES) * len(seeds) for name in names}
    text = table([one for k in sorted(made) for one in made[k]], tubes)
    report(text, "fallbacks", asked.doc)
    return 0


if __name__ == "__main__":
    sys.exit(main())
