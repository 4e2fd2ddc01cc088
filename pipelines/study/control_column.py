"""`control` of samples.csv: the marker that an FMO lacks, or `unstained`."""

from collections.abc import Iterator, Mapping, Sequence

from tregate.gating.errors import Problem
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import is_physical
from tregate.pipelines.study.names.controls import control
from tregate.pipelines.study.samples import UNSTAINED, TubeEntry, is_only_control


def same_marker(one: str, other: str) -> bool:
    """Whether a cell of `control` means this marker: case and hyphens do not count."""
    return _plain(one) == _plain(other)


def unknown_controls(entries: Sequence[TubeEntry], strategies: Mapping[str, Strategy], file: str) -> Iterator[Problem]:
    """Rows that are no sample because of a `control` that the panel of their tube does not know.

    A row without a tube may name a marker of any. One with a reason in `exclude` is no sample whatever `control` says,
    and neither is one that names a kind of control, such as `isotype`.
    """
    for entry in entries:
        tubes = [strategies[entry.tube]] if entry.tube in strategies else list(strategies.values())
        if not tubes or not is_only_control(entry) or control(entry.control):
            continue
        known = list(dict.fromkeys(marker for strategy in tubes for marker in _markers(strategy)))
        if any(same_marker(entry.control, marker) for marker in (UNSTAINED, *known)):
            continue
        panel = f"the panel of {entry.tube}" if entry.tube in strategies else "a panel of the study"
        yield Problem(
            file,
            entry.line,
            f'`control`: "{entry.control}" is no marker of {panel}, and a control is not gated as a sample.',
            f"Leave it empty for a sample; for an FMO write the marker that it lacks ({', '.join(known)}), or "
            f"`{UNSTAINED}`; for another control give a reason in `exclude`.",
        )


def _markers(strategy: Strategy) -> Iterator[str]:
    for marker in (*strategy.panel.markers, *strategy.markers):
        if not is_physical(marker):
            yield str(marker)


def _plain(text: str) -> str:
    return text.casefold().replace("-", "")
