"""What stands for a tube's events where only numbers of it were kept."""

from collections.abc import Iterator, Mapping
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from tregate.gating.units import PopulationName


class EventsGone:
    """Stands for the events of a tube of which only numbers were kept; reading one is an error."""

    def _gone(self, *asked: object) -> NoReturn:
        raise RuntimeError("the events of this tube are no longer there: what needs them belongs into `tube.measure`")

    column = rows = masks = passed = _gone


NO_EVENTS = EventsGone()


class MembersGone(Mapping[PopulationName, npt.NDArray[np.uint8]]):
    """The same for membership: no check may take "not kept" for "not measured"."""

    def __getitem__(self, population: PopulationName) -> npt.NDArray[np.uint8]:
        return NO_EVENTS.column(population)

    def __contains__(self, population: object) -> bool:
        return NO_EVENTS.column(population)

    def __iter__(self) -> Iterator[PopulationName]:
        return NO_EVENTS.column()

    def __len__(self) -> int:
        return NO_EVENTS.column()


NO_MEMBERS = MembersGone()
