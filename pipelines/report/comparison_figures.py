"""Figures of `tregate compare`: one method against the other, and their differences; SVG."""

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tregate.pipelines.statistics.compared_methods import Pair
from tregate.pipelines.statistics.manual_values import is_count
from tregate.pipelines.statistics.method_agreement import LEAST_FOR_A_LINE, bias_of, passing_bablok

INK, MUTED, POINT = "#16202c", "#7a8797", "#0068a8"
MOST_TICKS = 7
STYLE: Any = {
    "font.size": 8, "axes.titlesize": 8.5, "axes.spines.top": False, "axes.spines.right": False,
    "svg.hashsalt": "tregate", "svg.fonttype": "path",
}  # fmt: skip


def agreement_figure(pairs: Sequence[Pair]) -> str:
    """SVG of one measure, the same bytes for the same pairs: scatter with identity and line, Bland-Altman plot."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    text = io.StringIO()
    with rc_context(STYLE):
        figure = Figure(figsize=(7.4, 3.3), layout="constrained")
        FigureCanvasSVG(figure)
        left, right = figure.subplots(1, 2)
        _scatter(left, pairs)
        _differences(right, pairs)
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _values(pairs: Sequence[Pair]) -> tuple[Any, Any]:
    return np.array([p.manual for p in pairs]), np.array([p.ours for p in pairs], dtype=np.float64)


def _scatter(axis: Any, pairs: Sequence[Pair]) -> None:
    x, y = _values(pairs)
    ends = np.array([min(x.min(), y.min()), max(x.max(), y.max())])
    axis.plot(ends, ends, color=MUTED, linewidth=0.8)
    axis.scatter(x, y, s=10, color=POINT, linewidths=0, alpha=0.8)
    line = passing_bablok(x, y) if len(pairs) >= LEAST_FOR_A_LINE else None
    if line is not None:
        axis.plot(ends, line.intercept + line.slope * ends, color=INK, linewidth=1)
    axis.set(xlabel="manual", ylabel="tregate", title=pairs[0].key[2])


def _differences(axis: Any, pairs: Sequence[Pair]) -> None:
    x, y = _values(pairs)
    ratio = is_count(pairs[0].key[2])
    middle = np.sqrt(x * y) if ratio else (x + y) / 2
    apart = np.log(y / x) if ratio else y - x
    back = np.exp if ratio else np.asarray
    axis.scatter(middle, back(apart), s=10, color=POINT, linewidths=0, alpha=0.8)
    axis.axhline(1.0 if ratio else 0.0, color=MUTED, linewidth=0.8)
    found = bias_of(apart, np.unique([pair.key[0] for pair in pairs], return_inverse=True)[1])
    if found is not None:
        for at, style in ((found.bias, "-"), (found.low, "--"), (found.high, "--")):
            axis.axhline(float(back(at)), color=INK, linewidth=1, linestyle=style)
    axis.set(xlabel="mean of both", ylabel="tregate / manual" if ratio else "tregate - manual")
    if ratio:
        axis.set_xscale("log")
        low, high = axis.get_xlim()
        axis.set_xticks(ticks := log_ticks(low, high), [f"{tick:g}" for tick in ticks])
        axis.set_xticks([], minor=True)


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers between two ends of a logarithmic axis, 0 < low < high: 3 to 7 where it spans up to two decades."""
    from matplotlib.ticker import MaxNLocator

    if high < 10 * low:
        even = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        return [float(tick) for tick in even if low <= tick <= high]
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in (1, 2, 5), (1,):
        ticks = [factor * 10.0**exponent for exponent in exponents for factor in factors]
        seen = [tick for tick in ticks if low <= tick <= high]
        if len(seen) <= MOST_TICKS:
            break
    return seen
