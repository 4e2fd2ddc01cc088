"""What a table definition declares about a batch: how percentages of many tubes are compared."""

from pydantic import Field

from tregate.gating.strategy.model import Model
from tregate.pipelines.plausible.relation import Limit


class BatchShares(Model):
    """How percentages of parent are compared over a batch."""

    within: str | None = None
    """Percentages are compared below this population; above it they are the sample's."""
    least_spread: dict[str, Limit] = Field(default_factory=dict)
    """Population -> least spread of ln(odds), where it is not the general `share_floor`."""
    shift: dict[str, tuple[float, float]] = Field(default_factory=dict)
    """Population -> odds ratios of one visit or day against the others that treatment can explain."""
