"""Events of a tube as one array, for files that hold events: as recorded, or compensated."""

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Gated, Prepared
from tregate.gating.geometry.scaled import FloatArray
from tregate.gating.units import PopulationName

ALL = PopulationName("all")


def event_table(prepared: Prepared, *, compensated: bool) -> FloatArray:
    """Linear intensity of every parameter, (n_events, n_parameters); Time in seconds.

    Products of compensation are summed channel by channel, in the order of the file: the same on every machine.
    """
    recorded = prepared.sample.events(0, prepared.n_events)
    if not compensated or prepared.compensation.inverse is None:
        return recorded
    table = recorded.copy()
    mixed = sorted(prepared.compensation.indices)
    for i in mixed:
        total = np.zeros(prepared.n_events)
        for j in mixed:
            total += prepared.unmixing[i, j] * recorded[:, j]
        table[:, i] = total
    return table


def membership(gated: Gated) -> dict[PopulationName, npt.NDArray[np.bool_]]:
    """Population -> (n_events,) True for members; populations without a number are left out."""
    return {name: gated.mask(name) for name in gated.order if name in gated.members and name not in gated.unmeasured}
