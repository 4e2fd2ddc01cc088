"""What a user asks of an export beside its target and folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """Options of `tregate export`; each target reads those that concern it."""

    events: Mapping[str, str] = field(default_factory=dict)
    """Visit -> event name of a REDCap project, where one is given."""
    population: str = ""
    """The population whose events are written; "": all events of the tube."""
    with_fcs: bool = False
    """Whether the gates are for FCS files that are written beside them, with channels for gates without a form."""
