"""Lymphocyte gates that hold other cells, by where their events lie in scatter and CD45.

Lymphocytes are one dense cluster. Basophils, monocytes and dead cells lie at its edge: where they are many beside few
lymphocytes the gate takes them in, and no lineage marker of a T tube shows them.
"""

from collections.abc import Iterator

import numpy as np

from tregate.gating.event_subsets import Block, EventSubset
from tregate.gating.findings import Finding, Severity
from tregate.gating.geometry.lookup import near_scaled
from tregate.gating.placement import em
from tregate.gating.placement.robust_core import robust_core
from tregate.gating.qc.inspected import Inspected
from tregate.gating.units import Marker, PopulationName
from tregate.gating.wording import percent_text

SCATTER = ("FSC-A", "SSC-A")
AT_LEAST = 200
AT_MOST = 2_000
"""Events that are looked at, evenly over the run."""
ROUNDS = 6
FAR = 11.344866730144373
"""Squared Mahalanobis distance within which 99 % of a Gaussian's events lie in three dimensions [chi-square]."""


def lymphocyte_purity(tube: Inspected) -> Iterator[Finding]:
    """The gate on CD45 and side scatter, where too many of its events lie outside the main cluster."""
    outer = tube.strategy.scatter_population
    bound, constant = tube.prepared.binding.channels, tube.prepared.constant
    if outer is None or PopulationName(outer) not in tube.gated.members:
        return
    markers = [Marker(one) for one in dict.fromkeys((*tube.strategy.populations[outer].axes, *SCATTER))]
    seen = [marker for marker in markers if marker in bound and marker not in constant]
    rows = tube.gated.mask(PopulationName(outer)).nonzero()[0]
    if len(seen) != 3 or len(rows) < AT_LEAST:
        return
    events = EventSubset(Block(tube.prepared, 0, tube.gated.n_events), rows[:: -(-len(rows) // AT_MOST)])
    points = np.stack([near_scaled(tube.prepared.seen_axis(one).scale, events.values(one)) for one in seen], axis=1)
    distances = em.squared_distances(*robust_core(points, ROUNDS)) @ em.monomials(points)
    share, limit = round(float(np.mean(distances > FAR)), 4), tube.limits.lymphocyte_purity
    if share > limit:
        yield Finding(
            "lymphocyte_purity", Severity.WARN,
            f"{outer}: {percent_text(share)} of the events lie outside the main cluster of the gate in "
            f"{', '.join(seen[:-1])} and {seen[-1]} (limit {percent_text(limit)}), as basophils, monocytes and "
            "dead cells do, so the count may be too high. Review the gate.",
            outer, share, f"at most {limit:g}",
        )  # fmt: skip
