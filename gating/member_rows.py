"""Positions of each population's events, found once for all that look at them."""

from tregate.gating.events import Gated
from tregate.gating.rows import Rows
from tregate.gating.units import PopulationName


class MemberRows:
    """Of one gated tube. Those of a population are sought among its parent's, where these are known."""

    def __init__(self, gated: Gated) -> None:
        self._gated = gated
        self._known: dict[PopulationName, Rows] = {}

    def __contains__(self, population: object) -> bool:
        return population in self._gated.members

    def of(self, population: PopulationName) -> Rows:
        """Ascending positions of the members of a population that was measured, (n_members,)."""
        known = self._known.get(population)
        if known is None:
            mask, parent = self._gated.mask(population), self._known.get(self._gated.parents[population])
            known = mask.nonzero()[0] if parent is None else parent.compress(mask.take(parent))
            self._known[population] = known
        return known

    def without(self, population: PopulationName, other: PopulationName) -> Rows:
        """Those of the one that are not members of the other."""
        rows = self.of(population)
        return rows.compress(~self._gated.mask(other).take(rows))
