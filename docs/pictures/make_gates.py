"""Draw every gate of each shipped strategy on a nominal and on three hard synthetic tubes, side by side.

    .venv/bin/python docs/pictures/make_gates.py [STRATEGY ...]

Under each gate: its percent of parent, the F1 against the tube's truth and the events found against true ones,
where the tube knows them; in orange what raises its hand.
"""

import io
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tregate.fixtures.tube import make_tube  # noqa: E402
from tregate.gating.count.estimates import CountingInput  # noqa: E402
from tregate.gating.strategy.load import load_strategy  # noqa: E402
from tregate.gating.tube import TubeTask, analyse_gated  # noqa: E402
from tregate.pipelines.report.density import png_head  # noqa: E402
from tregate.pipelines.report.draw import draw_tube  # noqa: E402
from tregate.pipelines.report.drawn_tube import VIEW, DrawnGate  # noqa: E402
from tregate.pipelines.report.ticks import ticks_of  # noqa: E402
from tregate.pipelines.validation.compare_with_truth import compare_with_truth  # noqa: E402
from tregate.pipelines.validation.comparison import Comparison  # noqa: E402
from tregate.pipelines.validation.validate import truth_of  # noqa: E402

TUBES = {
    "tetrachrome_t": ("nominal", "debris_heavy", "spillover_wrong_10pct", "integer_10bit_log"),
    "tetrachrome_nk": ("nominal", "bright_40pct", "lymphopenia", "monocytosis"),
    "treg": ("nominal", "foxp3_dim_broad", "cd25_dim", "spillover_wrong_10pct"),
    "treg_nk": ("nominal", "activated_cd4", "few_events", "debris_heavy"),
}
"""Strategy -> conditions of `fixtures`, nominal first."""
SEED, EVENTS = 3, 100_000
CELL, CAPTION, LEFT, TOP = 1.75, 0.86, 0.42, 0.62
"""Side of a plot, room below it, room for its tick labels, and for the heading [inch]."""
DOTS_AN_INCH = 140
INK, MUTED, WARN, GATE = "#16202c", "#566375", "#a85b00", "#cf4f00"


@dataclass(frozen=True, slots=True)
class Column:
    """One tube, drawn."""

    condition: str
    gates: dict[str, DrawnGate]
    found: dict[str, Comparison]
    percents: dict[str, float]


def main(names: list[str]) -> int:
    """Write gates_STRATEGY.png beside this file."""
    for name in names or list(TUBES):
        with tempfile.TemporaryDirectory() as folder:
            columns = [column(name, condition, Path(folder)) for condition in TUBES[name]]
        save(sheet(name, columns), HERE / f"gates_{name}.png")
    return 0


def column(name: str, condition: str, folder: Path) -> Column:
    """Make the tube, gate its file as a run would, hold it against its truth."""
    strategy = load_strategy(name)
    tube = make_tube(name, condition, SEED, EVENTS)
    tube.write(folder / "tube.fcs")
    truth = truth_of(tube)
    load = None
    if truth.beads_per_ul is not None:
        load = CountingInput("synthetic", truth.blood_volume_ul, truth.beads_per_ul, truth.bead_volume_ul)
    order = TubeTask(folder / "tube.fcs", strategy, counted_by=load, no_beads="" if load else "washed", densities=True)
    result, gated = analyse_gated(order)
    return Column(
        condition,
        {gate.population: gate for gate in draw_tube(result).gates if gate.x is not None},
        {row.population: row for row in compare_with_truth(strategy, truth, result, gated)},
        {
            str(count.population): 100.0 * count.events / count.parent_events
            for count in result.counts
            if count.events is not None and count.parent_events
        },
    )


def sheet(name: str, columns: list[Column]) -> Any:
    """One row a gate, one column a tube."""
    from matplotlib.figure import Figure

    rows = list(dict.fromkeys(population for column in columns for population in column.gates))
    width = len(columns) * (CELL + LEFT + 0.12) + 0.1
    height = TOP + len(rows) * (CELL + CAPTION)
    figure = Figure(figsize=(width, height), facecolor="white")
    figure.text(0.1 / width, 1 - 0.2 / height, f"{name}: every gate", fontsize=11, weight="bold", color=INK)
    for k, one in enumerate(columns):
        left = LEFT + k * (CELL + LEFT + 0.12)
        figure.text(left / width, 1 - 0.5 / height, one.condition, fontsize=9, weight="bold", color=INK)
        for r, population in enumerate(rows):
            bottom = height - TOP - r * (CELL + CAPTION) - CELL
            where = (left / width, bottom / height, CELL / width, CELL / height)
            cell(figure.add_axes(where), population, one)
    return figure


def cell(axes: Any, population: str, one: Column) -> None:
    """One gate: its parent's density, its outline, and how it did."""
    axes.set(xlim=(0, VIEW), ylim=(0, VIEW), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=MUTED, linewidth=0.5)
    gate = one.gates.get(population)
    if gate is None:
        axes.text(VIEW / 2, VIEW / 2, f"{population}:\nnot placed", ha="center", fontsize=7, color=WARN)
        return
    draw(axes, gate)
    axes.text(0, -190, population, fontsize=7, weight="bold", color=INK, va="top")
    axes.text(0, -265, numbers(population, one), fontsize=6, color=MUTED, va="top")
    row = one.found.get(population)
    notes = [f"fallback: {gate.fallback}"] if gate.fallback else []
    notes += [f"flags: {', '.join(row.flags)}"] if row is not None and row.flags else []
    axes.text(0, -330, "\n".join(textwrap.wrap("; ".join(notes), 48)[:2]), fontsize=5.2, color=WARN, va="top")


def numbers(population: str, one: Column) -> str:
    """Percent of parent, F1 and events found against true ones, as far as they are known."""
    said = [f"{one.percents[population]:.3g} %"] if population in one.percents else []
    row = one.found.get(population)
    if row is not None and row.overlap is not None and row.overlap.f1 is not None and row.overlap.error is not None:
        said += [f"F1 {row.overlap.f1:.3f}", f"{100 * row.overlap.error:+.1f} %"]
    return "   ".join(said)


def draw(axes: Any, gate: DrawnGate) -> None:
    """The picture or profile, the outline over it, and ticks."""
    from matplotlib.image import imread
    from matplotlib.patches import Polygon

    if gate.picture is not None:
        head = png_head(gate.picture.width, gate.picture.height, "light")
        image = imread(io.BytesIO(head + gate.picture.tail), format="png")
        axes.imshow(image, extent=(0, VIEW, 0, VIEW), aspect="auto", interpolation="nearest")
    elif gate.profile:
        step = VIEW / len(gate.profile)
        edge = [((k + 0.5) * step, 0.94 * height) for k, height in enumerate(gate.profile)]
        axes.add_patch(Polygon([(0, 0), *edge, (VIEW, 0)], facecolor="#dfe6ee", edgecolor=MUTED, linewidth=0.5))
    for corners in gate.outlines:
        axes.add_patch(Polygon(corners, fill=False, edgecolor="white", linewidth=2.4))
        axes.add_patch(Polygon(corners, fill=False, edgecolor=GATE, linewidth=1.1))
    axes.set(xlim=(0, VIEW), ylim=(0, VIEW))
    for axis, upright in ((gate.x, False), (gate.y, True)):
        if axis is None:
            continue
        for tick in ticks_of(axis):
            if tick.text:
                spot, align = ((-20, tick.at), "right") if upright else ((tick.at, -25), "center")
                axes.text(*spot, tick.text, fontsize=4.5, color=MUTED, ha=align, va="center" if upright else "top")
        spot = (-165, VIEW / 2) if upright else (VIEW / 2, -95)
        turn = 90 if upright else 0
        axes.text(
            *spot, axis.marker, fontsize=5.5, color=INK, rotation=turn, ha="center", va="center" if upright else "top"
        )


def save(figure: Any, path: Path) -> None:
    """As a PNG of 48 colours, which is what such a picture needs."""
    from PIL import Image

    made = io.BytesIO()
    figure.savefig(made, format="png", dpi=DOTS_AN_INCH)
    with Image.open(made) as image:
        image.convert("RGB").quantize(48).save(path, optimize=True)
    print(f"{path} {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
