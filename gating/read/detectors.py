"""Detectors: which signal of which detector a channel name stands for.

Beckman writes "FL3 PEAK LIN" in one data set and "FL3-H" in the other; others write "PE-Cy7-A".
"""

import re
from dataclasses import dataclass

from tregate.gating.read.scatter_names import scatter_name
from tregate.gating.units import Channel

FEATURES = {"INT": "A", "PEAK": "H", "TOF": "W", "A": "A", "H": "H", "W": "W"}
"""Area (integral), height (peak), width (time of flight)."""

_WORDS = re.compile(r"(?P<detector>\S+)(?:\s+(?P<feature>INT|PEAK|TOF))?(?:\s+(?P<scale>LOG|LIN))?", re.IGNORECASE)
_SUFFIX = re.compile(r"(?P<detector>.+)-(?P<feature>[AHW])")
_SCATTER = re.compile(r"(FSC?|SSC?|FALS|RALS|FORWARD.*|SIDE.*|.*SCATTER.*)([ -].*)?", re.IGNORECASE)
_OTHER = re.compile(r"(TIME|HDR-T|EVENT.*|RATIO|WIDTH|PULSE WIDTH)([ -].*)?", re.IGNORECASE)
_NUMBERED = re.compile(r"FL0*([0-9]{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Signal:
    """A detector and which feature of its pulse."""

    detector: str
    """In upper case: "FL3", "PE-CY7"."""
    feature: str
    """"A", "H", "W", or "" where the name does not say."""
    logarithmic: bool = False


def signal(name: Channel) -> Signal:
    """What a `$PnN` stands for."""
    stripped = name.strip()
    suffix = _SUFFIX.fullmatch(stripped)
    if suffix:
        return Signal(suffix["detector"].upper(), suffix["feature"].upper())
    words = _WORDS.fullmatch(stripped)
    if not words:
        return Signal(stripped.upper(), "")
    feature = FEATURES.get((words["feature"] or "").upper(), "")
    return Signal(words["detector"].upper(), feature, (words["scale"] or "").upper() == "LOG")


def is_fluorescence(name: Channel) -> bool:
    """Neither scatter nor time nor a counter."""
    stripped = name.strip()
    return scatter_name(name) is None and not _SCATTER.fullmatch(stripped) and not _OTHER.fullmatch(stripped)


def fluorescence_number(name: Channel) -> int | None:
    """3 for any signal of "FL3", None for other names."""
    match = _NUMBERED.fullmatch(signal(name).detector)
    return int(match[1]) if match else None


def one_per_detector(names: tuple[Channel, ...]) -> tuple[int, ...]:
    """0-based indices of one fluorescence channel per detector: area, else the unsaid, else height, else width."""
    best: dict[str, int] = {}
    rank = {"A": 0, "": 1, "H": 2, "W": 3}
    for index, name in enumerate(names):
        if not is_fluorescence(name):
            continue
        this = signal(name)
        held = best.get(this.detector)
        if held is None or rank[this.feature] < rank[signal(names[held]).feature]:
            best[this.detector] = index
    return tuple(sorted(best.values()))
