"""`$VOL`: the volume that was acquired, where its unit is certain.

The standard says nanolitres; Cytek writes microlitres. The flow rate that the volume implies settles it: no
cytometer runs below 1 or above 2,000 µL/min [docs/sources.md#volume].
"""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tregate.gating.findings import Finding, Severity
from tregate.gating.read.numbers import as_real
from tregate.gating.read.text import Text

MIN_RATE, MAX_RATE = 1.0, 2000.0
"""[µL/min]"""
_CLOCK = re.compile(r"\s*(\d{1,2}):(\d{2}):(\d{2})(?:([.:])(\d{1,3}))?\s*")
_WRITES_MICROLITRES = ("aurora", "northern lights", "nl-")


@dataclass(frozen=True, slots=True)
class Volume:
    """`$VOL` in microlitres, or why not."""

    microlitres: float | None
    unit: str
    """As the file has it: "nL", "µL", "" where it is not certain."""
    findings: tuple[Finding, ...] = ()


def volume(text: Text, seconds: float | None) -> Volume:
    """Volume acquired in `seconds`; None microlitres where the implied flow rate fits neither unit."""
    written = text.get("$VOL")
    value = as_real(written)
    if value is None or value <= 0:
        return Volume(None, "")
    if seconds is None or seconds <= 0:
        return _uncertain(f"$VOL is {value:g}, but the file does not state the duration of the acquisition")
    as_nanolitres, as_microlitres = value / 1000 / seconds * 60, value / seconds * 60
    fits_nanolitres = MIN_RATE <= as_nanolitres <= MAX_RATE
    fits_microlitres = MIN_RATE <= as_microlitres <= MAX_RATE
    cytek = (text.get("$CYT") or "").strip().lower().startswith(_WRITES_MICROLITRES)
    if fits_microlitres and (cytek or not fits_nanolitres):
        return Volume(value, "µL")
    if fits_nanolitres:
        return Volume(value / 1000, "nL")
    return _uncertain(
        f"$VOL is {value:g} in {seconds:.0f} s: {as_nanolitres:.3g} µL/min if nanolitres, {as_microlitres:.3g} "
        "if microlitres"
    )


def clock_seconds(text: Text) -> float | None:
    """`$ETIM` - `$BTIM`, across midnight where need be; None where either is missing."""
    begin, end = _clock(text.get("$BTIM")), _clock(text.get("$ETIM"))
    if begin is None or end is None or begin == end:
        return None
    return (end - begin) % 86_400


def time_seconds(time: npt.NDArray[np.float64]) -> float | None:
    """Duration by the Time channel [s], (n,) in seconds; a counter may wrap; None where Time goes back otherwise."""
    if time.size < 2:
        return None
    steps = np.diff(time)
    back = steps < 0
    span = float(time.max() - time.min())
    if not back.any():
        return span
    wraps = back & (steps < -0.5 * span)
    if np.count_nonzero(back) != np.count_nonzero(wraps):
        return None
    return float(time[-1] - time[0] + np.count_nonzero(wraps) * span)


NOT_MONOTONE = Finding(
    "time_not_monotone",
    Severity.INFO,
    "Time goes backwards in the file: events were removed or reordered, so no volumetric count is "
    "possible. Use the file as acquired.",
)


def _uncertain(what: str) -> Volume:
    message = f"{what} ({MIN_RATE:g} to {MAX_RATE:g} µL/min expected). The volume is not used."
    return Volume(None, "", (Finding("volume_unit_uncertain", Severity.INFO, message),))


def _clock(written: str | None) -> float | None:
    match = _CLOCK.fullmatch(written or "")
    if not match:
        return None
    hours, minutes, seconds, mark, rest = match.groups()
    fraction = 0.0 if rest is None else int(rest) / (60 if mark == ":" and len(rest) < 3 else 10 ** len(rest))
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + fraction
