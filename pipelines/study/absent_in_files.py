"""Markers that the files of a folder lack, for the study that `init` writes."""

from collections.abc import Callable, Iterable, Sequence

from tregate.gating.events import DataSet
from tregate.gating.panel import bind
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.study.absent_markers import Absent


def optional_absent(data_set: DataSet, strategy: Strategy) -> tuple[str, ...]:
    """Markers of a strategy that the file lacks and whose absence a run would report."""
    missing = bind(data_set.parameters, strategy.panel, strategy.markers).missing
    return tuple(str(marker) for marker in missing if marker not in strategy.helpful_markers)


def absent_in_all(seen: Iterable[tuple[str, Sequence[str]]]) -> dict[str, tuple[str, ...]]:
    """Tube -> markers that each of its files lacks, of (tube, markers that one file lacks)."""
    found: dict[str, tuple[str, ...]] = {}
    for tube, lacking in seen:
        found[tube] = tuple(marker for marker in found.get(tube, lacking) if marker in lacking)
    return {tube: markers for tube, markers in sorted(found.items()) if markers}


def absent_lines(absent: Absent, quoted: Callable[[str], str]) -> str:
    """The key `absent` as study.yaml states it; "" where nothing is absent."""
    if not absent:
        return ""
    lines = "".join(f"  {quoted(tube)}: [{', '.join(map(quoted, markers))}]\n" for tube, markers in absent.items())
    return f"absent:               # markers that no file of this kind carries; no finding reports them\n{lines}"
