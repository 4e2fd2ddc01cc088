"""Which file is the control of a `control` gate: a tube by its name, or the FMO of the gate's marker."""

from collections.abc import Iterator, Sequence

from tregate.gating.reference_gates import ControlTube, control_name
from tregate.gating.strategy.gates import ControlGate
from tregate.gating.strategy.model import Model
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.study.samples import TubeEntry


def control_files(entry: TubeEntry, strategy: Strategy, entries: Sequence[TubeEntry]) -> dict[str, ControlTube]:
    """Name of each control that the strategy asks for -> its file; controls that the study lacks are absent.

    Of the same subject and visit, else of the visit, else of the subject, else the first listed.
    """
    found = {}
    for tube, marker in dict.fromkeys(_asked(strategy)):
        fitting = [one for one in entries if _fits(one, entry, tube, marker)]
        nearest = min(fitting, key=lambda e: (e.visit != entry.visit, e.subject != entry.subject, e.line), default=None)
        if nearest is not None:
            found[control_name(tube, marker)] = ControlTube(nearest.path, nearest.dataset, nearest.compensation)
    return found


def _fits(one: TubeEntry, entry: TubeEntry, tube: str | None, marker: str) -> bool:
    if tube is not None:
        return one.tube == tube and not one.exclude
    alike = one.control.casefold().replace("-", "") == marker.casefold().replace("-", "")
    return alike and one.tube in ("", entry.tube)


def _asked(strategy: Strategy) -> Iterator[tuple[str | None, str]]:
    """(tube, marker) of every `control` gate, with alternatives and fallbacks."""
    for population in strategy.populations.values():
        for axes, gate in population.choices():
            here: object = gate
            while isinstance(here, Model):
                if isinstance(here, ControlGate):
                    yield here.tube, str(axes[0])
                here = getattr(here, "otherwise", None)
