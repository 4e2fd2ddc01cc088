"""Beckman Coulter LMD: two data sets of the same events, of which the second is used.

Data set 1 holds 10-bit values, log and compensated, and the names of the stains; data set 2 holds 20-bit values,
linear and uncompensated, and no names [docs/sources.md#reading-lmd-files].
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tregate.gating.events import DataSet, Parameter, Repair, StoredEvents
from tregate.gating.findings import Finding, Severity
from tregate.gating.read.describe import Described
from tregate.gating.read.detectors import Signal, fluorescence_number, signal
from tregate.gating.read.numbers import as_real
from tregate.gating.read.spillover import coulter_percent, in_preference
from tregate.gating.units import Channel

MIN_MATCHING = 0.98
"""Share of events that must correspond; measured: all, in every channel that was not compensated."""
MIN_MATCHING_LOG = 0.9
"""The same for log channels, which are rounded twice; measured: 97 to 100 %."""
COMPARED_EVENTS = 30_000


def are_twins(first: Described, second: Described) -> bool:
    """Whether TEXT says that two data sets hold the same events: FCS2.0 in few bits, then FCS3 in more."""
    one, two = first.data_set, second.data_set
    if one.version != "FCS2.0" or two.version == "FCS2.0" or one.n_events != two.n_events or one.n_events == 0:
        return False
    if one.datatype != "I" or two.datatype != "I":
        return False
    finer = max(p.range for p in two.parameters) > max(p.range for p in one.parameters)
    here = {signal(p.name).detector for p in one.parameters}
    there = {signal(p.name).detector for p in two.parameters}
    return finer and len(here & there) * 2 >= len(here) > 0


def is_rough_twin(first: Described) -> bool:
    """Whether a data set is the first of an LMD pair: FCS2.0, 10 bits, with Beckman's keywords."""
    data_set = first.data_set
    beckman = any(key.startswith(("$DFC", "@")) for key in first.raw.text.values)
    return (
        data_set.version == "FCS2.0"
        and data_set.datatype == "I"
        and beckman
        and all(parameter.range <= 1024 for parameter in data_set.parameters)
    )


def states_spillover(described: Described) -> bool:
    """Whether any `$DFCiTOj` says that something was subtracted."""
    return bool(_compensated_into(described))


def with_instrument_compensation(described: Described, why: str) -> Described:
    """A lone first data set, whose values the instrument compensated as those of an LMD pair."""
    finding = Finding("compensation_by_instrument", Severity.INFO, f"{why} tregate does not compensate them again.")
    data_set = replace(described.data_set, already_compensated=True, findings=(*described.data_set.findings, finding))
    return replace(described, data_set=data_set)


def graft(first: Described, second: Described) -> tuple[Described, Described]:
    """Both data sets, the second with what only the first says: stains, instrument, `$DFCiTOj`, repairs."""
    one = replace(first.data_set, already_compensated=True)
    stains, conflicts = _stains(one)
    signals = Counter(signal(p.name).detector for p in second.data_set.parameters)
    parameters = tuple(
        replace(p, stain=p.stain or _stain_of(signal(p.name), signals, stains)) for p in second.data_set.parameters
    )
    percent = coulter_percent(first.raw.text, second.names, "$DFCiTOj (data set 1)")
    found = [*second.data_set.spillovers, *([percent.spillover] if percent.spillover else [])]
    two = replace(
        second.data_set,
        parameters=parameters,
        instrument=second.data_set.instrument or one.instrument,
        already_compensated=False,
        spillovers=in_preference(found),
        findings=(*second.data_set.findings, *percent.findings, *conflicts),
        repairs=tuple(dict.fromkeys((*second.data_set.repairs, *(_of_first(r) for r in one.repairs)))),
        details={**{k: v for k, v in one.details.items() if k in _SHARED}, **second.data_set.details},
    )
    return replace(first, data_set=one), replace(second, data_set=two)


def twin_check(
    first: Described, second: Described, stored_first: StoredEvents, stored_second: StoredEvents
) -> Mapping[str, float]:
    """Share of events that correspond, per channel of data set 2 that can be compared.

    Linear channels: v1 = floor(v2 x range1 / range2). Where none can be compared, log channels:
    v1 = floor(256 x log10(v2 / 1024 / 0.1024)) within one channel. Channels into which compensation went, and
    channels that hold one value only, cannot be compared.
    """
    shares: dict[str, float] = {}
    compensated = _compensated_into(first)
    for logarithmic in (False, True):
        for one, two in _pairs(first.data_set, second.data_set, logarithmic):
            if fluorescence_number(one.name) in compensated:
                continue
            v1, v2 = (
                _spread(stored, p, first.data_set.n_events) for stored, p in ((stored_first, one), (stored_second, two))
            )
            if v1.size and v1.min() < v1.max():
                expected = _as_log(v2, one) if logarithmic else np.floor(v2 * (one.range / two.range))
                shares[str(two.name)] = float(np.mean(np.abs(v1 - expected) <= 1))
        if shares:
            break
    return shares


def corresponds(shares: Mapping[str, float], first: DataSet) -> bool:
    """Whether the comparison bears out that both data sets hold the same events.

    Scatter and time decide where they were compared: a fluorescence that differs then was compensated in data set 1.
    """
    shares = {name: s for name, s in shares.items() if fluorescence_number(Channel(name)) is None} or shares
    lowest = MIN_MATCHING_LOG if all(_is_log(name, first) for name in shares) else MIN_MATCHING
    return all(share >= lowest for share in shares.values())


_INTO = re.compile(r"\$DFC[0-9]{1,3}TO([0-9]{1,3})")
_SHARED = ("date", "begin", "end", "serial number", "abscalfactor")


def _of_first(repair: Repair) -> Repair:
    return replace(repair, message=f"Data set 1: {repair.message}")


def _stains(data_set: DataSet) -> tuple[dict[tuple[str, str], str], list[Finding]]:
    """(detector, feature) -> stain; a `$PnS` that only repeats `$PnN` is none."""
    seen: dict[tuple[str, str], list[str]] = defaultdict(list)
    for parameter in data_set.parameters:
        stain = parameter.stain.strip()
        if stain and stain.upper() != parameter.name.strip().upper():
            this = signal(parameter.name)
            seen[this.detector, this.feature or "A"].append(stain)
    stains, findings = {}, []
    for (detector, feature), names in seen.items():
        if len(set(names)) == 1:
            stains[detector, feature] = names[0]
            continue
        message = (
            f"Data set 1 gives detector {detector} the stains {' and '.join(sorted(set(names)))}, so none of them "
            "is used. Correct the stain names in the acquisition software and export again."
        )
        findings.append(Finding("lmd_stain_conflict", Severity.WARN, message, value=float(len(set(names)))))
    return stains, findings


def _stain_of(this: Signal, signals: Mapping[str, int], stains: Mapping[tuple[str, str], str]) -> str:
    """The stain of the same feature of the same detector; of any feature where data set 2 has only one."""
    exact = stains.get((this.detector, this.feature or "A"))
    if exact is not None or signals[this.detector] > 1:
        return exact or ""
    others = {stains[this.detector, feature] for feature in "AHW" if (this.detector, feature) in stains}
    return others.pop() if len(others) == 1 else ""


def _pairs(one: DataSet, two: DataSet, logarithmic: bool) -> list[tuple[Parameter, Parameter]]:
    """Channels of both data sets that stand for the same feature of the same detector."""

    def key(this: Signal) -> tuple[str, str]:
        return this.detector, this.feature or "A"

    there = {key(signal(p.name)): p for p in two.parameters}
    return [
        (p, there[key(signal(p.name))])
        for p in one.parameters
        if _is_log_parameter(p) == logarithmic and key(signal(p.name)) in there
    ]


def _is_log_parameter(parameter: Parameter) -> bool:
    return parameter.decades > 0 or signal(parameter.name).logarithmic


def _is_log(name: str, first: DataSet) -> bool:
    same = [p for p in first.parameters if signal(p.name).detector == signal(Channel(name)).detector]
    return bool(same) and all(_is_log_parameter(p) for p in same)


def _compensated_into(first: Described) -> set[int | None]:
    """Numbers j of FLj that data set 1 had something subtracted from."""
    text = first.raw.text
    matches = ((_INTO.fullmatch(key), key) for key in text.values)
    return {int(match[1]) for match, key in matches if match and as_real(text.get(key))}


def _spread(stored: StoredEvents, parameter: Parameter, n_events: int) -> npt.NDArray[np.float64]:
    """Three stretches of events, from the beginning, the middle and the end."""
    stretch = COMPARED_EVENTS // 3
    if n_events <= COMPARED_EVENTS:
        return stored.column(parameter.index, 0, n_events).astype(np.float64)
    starts = (0, (n_events - stretch) // 2, n_events - stretch)
    parts = [stored.column(parameter.index, start, start + stretch) for start in starts]
    return np.concatenate(parts).astype(np.float64)


def _as_log(v2: npt.NDArray[np.float64], one: Parameter) -> npt.NDArray[np.float64]:
    per_decade = one.range / (one.decades or 4.0)
    with np.errstate(divide="ignore"):
        log = np.floor(per_decade * np.log10(v2 / 1024 / (one.offset or 0.1024)))
    return np.asarray(np.clip(log, 0, one.range - 1), dtype=np.float64)
