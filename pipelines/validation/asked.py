"""Populations of which `tregate validate` asks something, from configs/validation/targets.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from tregate.gating.strategy.load import shipped
from tregate.gating.strategy.yaml_source import read_yaml

NOMINAL = "nominal"
OVERALL = "overall"
ANY_FIGURE = "any figure"


@dataclass(frozen=True, slots=True)
class Targets:
    """What is asked of populations, from configs/validation/targets.yaml."""

    reported: tuple[str, ...]
    """Populations whose values the visit tables contain."""
    f1: Mapping[str, float]
    """Least mean F1 on nominal tubes."""
    bias: Mapping[str, float]
    """Largest mean bias on nominal tubes [%]; twice that elsewhere, or the tubes are flagged."""
    whole: str
    """Population that percentages of what lies in it are of, in a tube without a concentration."""


@cache
def targets() -> Targets:
    """The shipped targets."""
    data = read_yaml(shipped("validation", "targets")).data
    return Targets(tuple(data["reported"]), data["f1"], data["bias"], data["whole"])
