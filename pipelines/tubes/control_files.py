"""Which files are the controls of a tube: of its `control` gates, and those that are shown on its plots."""

from collections.abc import Iterator, Sequence

from tregate.gating.control_events import ShownControl
from tregate.gating.reference_gates import ControlTube, control_name
from tregate.gating.strategy.gates import ControlGate
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.schema import Strategy
from tregate.gating.units import Marker, is_physical
from tregate.pipelines.study.control_column import same_marker
from tregate.pipelines.study.samples import UNSTAINED, TubeEntry


def control_files(entry: TubeEntry, strategy: Strategy, entries: Sequence[TubeEntry]) -> dict[str, ControlTube]:
    """Name of each control that the strategy asks for -> its file; controls that the study lacks are absent.

    Of the same subject and visit, else of the visit, else of the subject, else the first listed.
    """
    found = {}
    for tube, marker in dict.fromkeys(_asked(strategy)):
        nearest = _nearest([one for one in entries if _fits(one, entry, tube, marker)], entry)
        if nearest is not None:
            found[control_name(tube, marker)] = nearest
    return found


def shown_controls(entry: TubeEntry, strategy: Strategy, entries: Sequence[TubeEntry]) -> tuple[ShownControl, ...]:
    """The FMO of each marker of the strategy, and the unstained tube, as far as the study has them.

    Nearest as for `control_files`.
    """
    controls = [one for one in entries if one.control]
    if not controls:
        return ()
    shown = []
    for marker in (None, *(Marker(marker) for marker in strategy.markers if not is_physical(marker))):
        name = UNSTAINED if marker is None else str(marker)
        nearest = _nearest([one for one in controls if _fits(one, entry, None, name)], entry)
        if nearest is not None:
            shown.append(ShownControl(name if marker is None else control_name(None, name), nearest, marker))
    return tuple(shown)


def _nearest(fitting: Sequence[TubeEntry], entry: TubeEntry) -> ControlTube | None:
    """Of the same subject and visit, else of the visit, else of the subject, else the first listed."""
    nearest = min(fitting, key=lambda e: (e.visit != entry.visit, e.subject != entry.subject, e.line), default=None)
    return None if nearest is None else ControlTube(nearest.path, nearest.dataset, nearest.compensation)


def _fits(one: TubeEntry, entry: TubeEntry, tube: str | None, marker: str) -> bool:
    if tube is not None:
        return one.tube == tube and not one.exclude
    return same_marker(one.control, marker) and one.tube in ("", entry.tube)


def _asked(strategy: Strategy) -> Iterator[tuple[str | None, str]]:
    """(tube, marker) of every `control` gate, with alternatives and fallbacks."""
    for population in strategy.populations.values():
        for axes, gate in population.choices():
            here: object = gate
            while isinstance(here, Model):
                if isinstance(here, ControlGate):
                    yield here.tube, str(axes[0])
                here = getattr(here, "otherwise", None)
