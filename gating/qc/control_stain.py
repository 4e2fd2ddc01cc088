"""Stains that say they are none: the file of an FMO, isotype or unstained control among the samples."""

from collections.abc import Iterator
from itertools import pairwise

from tregate.gating.findings import Finding, Severity
from tregate.gating.panel import words
from tregate.gating.qc.inspected import Inspected
from tregate.gating.units import is_physical

_CONTROLS = frozenset({"FMO", "FMX", "ISO", "ISOTYPE", "ISOTYPIC", "ISOCLONIC", "UNSTAINED"})


def control_stain(tube: Inspected) -> Iterator[Finding]:
    """Markers of the strategy that are read from a channel whose stain is named as a control's."""
    parameters = tube.prepared.sample.data_set.parameters
    for marker, index in tube.prepared.binding.channels.items():
        stain = parameters[index].stain
        if is_physical(marker) or not stain or not is_control_stain(stain):
            continue
        yield Finding(
            "control_stain", Severity.FAIL,
            f'{marker} is read from a channel whose stain is called "{stain}", as in a control and no sample. Name the '
            "marker in the column `control` of samples.csv, or correct `$PnS`.",
        )  # fmt: skip


def is_control_stain(stain: str) -> bool:
    """Whether a stain is called FMO, isotype, unstained, or "no" and a marker.

    >>> [is_control_stain(stain) for stain in ("FMO CD25", "Foxp3 isotype AF647", "no CD25", "CD25 (2A3) PE")]
    [True, True, True, False]
    """
    found = words(stain)
    lacks = (one in ("NO", "WITHOUT") and other.startswith(("CD", "FOXP")) for one, other in pairwise(found))
    return any(lacks) or any(word in _CONTROLS or word.startswith("FMO") for word in found)
