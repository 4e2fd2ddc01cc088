"""One tube's gating strip on paper: the same pictures and numbers as on the page, drawn with matplotlib."""

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tregate.gating.count.estimates import PopulationCount
from tregate.pipelines.report.density import png_head
from tregate.pipelines.report.drawn_tube import VIEW, DrawnAxis, DrawnGate
from tregate.pipelines.report.page_data import count_data
from tregate.pipelines.report.palette import Colour, colours
from tregate.pipelines.report.ticks import ticks_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 5
ROWS = 3
"""On an A4 page in landscape."""

_WIDTH, _MARGIN, _HEAD = 297.0, 9.0, 20.0
_CELL_WIDTH, _CELL_HEIGHT, _PLOT = (297.0 - 18.0) / COLUMNS, 59.0, 35.0
"""All [mm]."""

_INK, _MUTED, _WARN = "#16202c", "#566375", "#a85b00"
_HUES = (
    "#0068a8", "#7d2fb5", "#00875f", "#b0388c", "#2389b5", "#4f7a12", "#4a3fb0", "#00706b", "#7a3b63", "#566375",
)  # fmt: skip
"""The page's hues on white, in its order."""

_DASHES = ("-", (0, (5, 2)), (0, (1.5, 1.5)))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to be drawn of one tube."""

    title: str
    """"S01 · D8 · T"."""
    subtitle: str
    gates: tuple[DrawnGate, ...]
    counts: Sequence[PopulationCount]
    doubts: tuple[str, ...] = ()
    """Findings in words, worst first."""
    logic: Mapping[str, str] = field(default_factory=dict)
    """Combined population -> what it is made of."""


def sheet_figures(sheet: Sheet, *, a_page: int | None = None) -> "list[Figure]":
    """The sheet as figures of at most `a_page` gates each (A4), or (None) as one figure as high as it must be."""
    gates = sheet.gates
    size = a_page or max(1, len(gates))
    parts = [gates[start : start + size] for start in range(0, len(gates), size)] or [()]
    rows = ROWS if a_page else -(-len(gates) // COLUMNS)
    return [_figure(sheet, part, rows, f" ({k} of {len(parts)})" if len(parts) > 1 else "") for k, part in
            enumerate(parts, start=1)]  # fmt: skip


def _figure(sheet: Sheet, gates: Sequence[DrawnGate], rows: int, which: str) -> "Figure":
    from matplotlib.figure import Figure

    height = _HEAD + rows * _CELL_HEIGHT + _MARGIN
    figure = Figure(figsize=(_WIDTH / 25.4, height / 25.4), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    _text(axes, _MARGIN, 7.5, sheet.title + which, size=12, weight="bold")
    _text(axes, _MARGIN, 12, sheet.subtitle, size=6.5, colour=_MUTED)
    lines = textwrap.wrap(" · ".join(sheet.doubts), 215, max_lines=2, placeholder=" ...")
    _text(axes, _MARGIN, 14, "\n".join(lines), size=6.5, colour=_WARN, top=True)
    counts = {str(count.population): count for count in sheet.counts}
    hues = colours([str(count.population) for count in sheet.counts] + [gate.population for gate in sheet.gates])
    for place, gate in enumerate(gates):
        left = _MARGIN + (place % COLUMNS) * _CELL_WIDTH
        top = _HEAD + (place // COLUMNS) * _CELL_HEIGHT
        words = _words(gate, counts.get(gate.population), sheet.logic)
        _cell(axes, left, top, gate, words, hues[gate.population])
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(height, 0)
    return figure


def _cell(axes: "Axes", left: float, top: float, gate: DrawnGate, words: tuple[str, str], colour: Colour) -> None:
    hue = _HUES[colour.hue]
    _text(axes, left, top + 3, gate.population, size=8, weight="bold", colour=hue)
    _text(axes, left + _CELL_WIDTH - 4, top + 3, f"of {gate.parent}", size=6, colour=_MUTED, align="right")
    plot_left, plot_top = left + 8.5, top + 4.5
    if gate.x is not None:
        _plot(axes, plot_left, plot_top, gate, colour)
        below = plot_top + _PLOT + 9
    else:
        below = top + 9
    numbers, about = words
    first, _, second = numbers.partition("\n")
    _text(axes, left, below, first, size=7, weight="bold")
    if second:
        below += 3
        _text(axes, left, below, second, size=6)
    lines = textwrap.wrap(about, 48)[:2]
    _text(axes, left, below + 1.2, "\n".join(lines), size=5.6, colour=_WARN if gate.fallback else _MUTED, top=True)


def _words(gate: DrawnGate, count: PopulationCount | None, logic: Mapping[str, str]) -> tuple[str, str]:
    numbers = "not measured"
    if count is not None and count.events is not None:
        data = count_data(count)
        share = "" if data["percent"] is None else f"{data['percent']} %   "
        per_ul = "" if data["perUl"] is None else f"\n{data['perUl']} /µL"
        numbers = f"{share}{data['events']} events{per_ul}"
    words = f"fallback: {gate.fallback}" if gate.fallback else logic.get(gate.population, gate.method)
    return numbers, words


def _plot(axes: "Axes", left: float, top: float, gate: DrawnGate, colour: Colour) -> None:
    from matplotlib.image import imread
    from matplotlib.patches import Polygon, Rectangle

    frame = Rectangle((left, top), _PLOT, _PLOT, fill=False, edgecolor=_MUTED, linewidth=0.5, zorder=4)
    axes.add_patch(frame)

    def at(x: float, y: float) -> tuple[float, float]:
        return left + x / VIEW * _PLOT, top + (1 - y / VIEW) * _PLOT

    if gate.picture is not None:
        head = png_head(gate.picture.width, gate.picture.height, "light")
        image = imread(io.BytesIO(head + gate.picture.tail), format="png")
        axes.imshow(image, extent=(left, left + _PLOT, top + _PLOT, top), aspect="auto", interpolation="nearest")
    elif gate.profile:
        step = VIEW / len(gate.profile)
        edge = [at((k + 0.5) * step, height * 0.94) for k, height in enumerate(gate.profile)]
        axes.add_patch(Polygon([at(0, 0), *edge, at(VIEW, 0)], facecolor="#dfe6ee", edgecolor=_MUTED, linewidth=0.5))
    for corners in gate.outlines:
        for width, edge_colour, fill in ((2.6, "white", "none"), (1.1, _HUES[colour.hue], _HUES[colour.hue] + "17")):
            line = Polygon(
                [at(x, y) for x, y in corners], facecolor=fill, edgecolor=edge_colour, linewidth=width,
                linestyle=_DASHES[colour.dash] if width < 2 else "-", zorder=3,
            )  # fmt: skip
            axes.add_patch(line)
            line.set_clip_path(frame)
    if gate.x is not None:
        _ticks(axes, gate.x, left, top, upright=False)
    if gate.y is not None:
        _ticks(axes, gate.y, left, top, upright=True)


def _ticks(axes: "Axes", axis: DrawnAxis, left: float, top: float, *, upright: bool) -> None:
    from matplotlib.collections import LineCollection

    bottom = top + _PLOT
    lines = []
    for tick in ticks_of(axis):
        share, reach = tick.at / VIEW * _PLOT, 0.9 if tick.text else 0.45
        if upright:
            lines.append([(left - reach, bottom - share), (left, bottom - share)])
            _text(axes, left - 1.2, bottom - share + 0.7, tick.text, size=4.6, colour=_MUTED, align="right")
        else:
            lines.append([(left + share, bottom), (left + share, bottom + reach)])
            _text(axes, left + share, bottom + 2.9, tick.text, size=4.6, colour=_MUTED, align="center")
    axes.add_collection(LineCollection(lines, colors=_MUTED, linewidths=0.4), autolim=False)
    if upright:
        middle = (left - 6.4, top + _PLOT / 2)
        axes.text(*middle, axis.marker, fontsize=5.6, color=_INK, rotation=90, ha="center", va="center")
    else:
        _text(axes, left + _PLOT / 2, bottom + 5.4, axis.marker, size=5.6, align="center")


def _text(
    axes: "Axes", x: float, y: float, text: str, *, size: float, colour: str = _INK, weight: str = "normal",
    align: str = "left", top: bool = False,
) -> None:  # fmt: skip
    if text:
        axes.text(
            x, y, text, fontsize=size, color=colour, fontweight=weight, ha=align, va="top" if top else "baseline",
            parse_math=False, clip_on=False,
        )  # fmt: skip
