"""The engine against FlowKit on every real file that both read as it lies, one data set or chosen."""

from pathlib import Path
from typing import Any

import flowkit
import numpy as np
import pytest
from drawn_strategies import OFF_GRID
from flowkit_oracle import differing, flowkit_members, flowkit_sample, stated_spill
from real_data import Listed, inventory, needs_real

from tregate.gating.engine import gate
from tregate.gating.prepare import prepare
from tregate.gating.read.survey import read
from tregate.gating.strategy.schema import Strategy

pytestmark = needs_real

TOP = 2.0**18

NOMINAL_RANGE = frozenset({"5k.fcs"})
LOG_KEYWORD_ON_FLOATS = ("s10a01.FCS", "itn_02.fcs")
"""Float values with a log `$PnE`, which the standard does not allow: they are linear already, as
docs/sources.md#from-stored-to-linear-values
shows. FlowIO raises ten to their power; so FlowKit's events are other ones."""


def single_sets() -> list[Listed]:
    return [file for file in inventory("fcs") if file.expect.startswith("reads") and file.data_sets == "1"]


def strategy_for(
    sample: flowkit.Sample, channels: list[str], compensation: str, events: dict[str, np.ndarray], seed: int
) -> Strategy:
    """All shapes, scales and logic, at quantiles of the file's own events, so that gates hold some of them."""
    rng = np.random.default_rng(seed)
    chosen = [str(name) for name in rng.permutation(channels)[:4]]
    kinds = [str(kind) for kind in rng.permutation(["linear", "logicle", "asinh", "log"])]
    markers = {f"M{i}": channel for i, channel in enumerate((chosen * 4)[:4])}
    tops = {marker: _top(sample, channel) for marker, channel in markers.items()}

    def at(marker: str, quantile: float) -> float:
        number = float(np.quantile(events[markers[marker]], quantile)) * TOP / tops[marker] * OFF_GRID
        if kinds[int(marker[1])] == "log":
            return max(number, 1e-3 * TOP)
        return number

    def side(marker: str, low: float, high: float) -> list[float]:
        bottom, top = at(marker, low), at(marker, high)
        return [bottom, top if top > bottom else bottom + 0.01 * TOP]

    (x0, x1), (y0, y1) = side("M2", 0.05, 0.95), side("M3", 0.05, 0.95)
    populations: dict[str, dict[str, Any]] = {
        "range": {"parent": "all", "axes": ["M0"], "gate": {"kind": "range", "low": at("M0", 0.1)}},
        "box": {
            "parent": "range",
            "axes": ["M0", "M1"],
            "gate": {"kind": "box", "sides": [side("M0", 0.2, 0.99), side("M1", 0.02, 0.9)]},
        },
        "polygon": {
            "parent": "all",
            "axes": ["M2", "M3"],
            "gate": {"kind": "polygon", "vertices": [[x0, y0], [x1, y0], [x1, y1], [(x0 + x1) / 2, (y0 + y1) / 2]]},
        },
        "ellipse": {
            "parent": "range",
            "axes": ["M1", "M2"],
            "gate": {
                "kind": "ellipse",
                "center": [at("M1", 0.5), at("M2", 0.5)],
                "covariance": [[0.02, 0.007], [0.007, 0.03]],
                "distance_square": 1.7,
            },
        },
        "both": {"all_of": ["box", "polygon"]},
        "either": {"any_of": ["ellipse", "polygon"]},
        "rest": {"parent": "range", "none_of": ["both", "ellipse"]},
    }
    scales = {m: {"kind": kind, "top": TOP} for m, kind in zip(markers, kinds, strict=True)}
    return Strategy.model_validate(
        {
            "strategy": "at the file's own quantiles",
            "panel": {"markers": {marker: {"channel": channel} for marker, channel in markers.items()}},
            "compensation": compensation,
            "scales": scales,
            "populations": populations,
        }
    )


def _top(sample: flowkit.Sample, channel: str) -> float:
    row = sample.channels[sample.channels["pnn"] == channel].iloc[0]
    decades, offset = row["pne"]
    return float((offset or 1.0) * 10.0**decades) if decades > 0 else float(row["pnr"]) / (float(row["png"]) or 1.0)


def flowkit_reads(path: Path) -> flowkit.Sample:
    try:
        sample = flowkit_sample(path)
    except Exception as error:  # FlowIO raises whatever it stumbles over: KeyError, ValueError, its own
        pytest.skip(f"FlowKit does not read it: {type(error).__name__}")
    if len(sample.pnn_labels) != sample.get_events("raw").shape[1]:
        pytest.skip("FlowKit loses the name of a channel behind an empty keyword value")
    return sample


def flowkit_channels(path: Path) -> tuple[flowkit.Sample, list[str], dict[str, np.ndarray]]:
    """The file by FlowKit, the channels that a gate can lie on, and the raw events of each channel. Skips without."""
    if path.name in NOMINAL_RANGE:
        pytest.skip("a range of 2^32 on float values up to 3e5: tregate takes the strategy's top instead")
    if path.name in LOG_KEYWORD_ON_FLOATS:
        pytest.skip("a log $PnE on float values: FlowIO takes them for logarithms, which they are not")
    sample = flowkit_reads(path)
    names = [name for i, name in enumerate(sample.pnn_labels) if i != sample.time_index]
    events = dict(zip(sample.pnn_labels, sample.get_events("raw").T, strict=True))
    names = [n for n in names if names.count(n) == 1 and _top(sample, n) > 0 and float(np.ptp(events[n])) > 0]
    if len(names) < 2:
        pytest.skip("one channel: no shape on two axes")
    return sample, names, events


@pytest.mark.parametrize("file", single_sets(), ids=lambda file: file.name.rsplit("/", 1)[-1])
def test_members_are_flowkits(file: Listed) -> None:
    sample, names, events = flowkit_channels(file.path)
    seed = int.from_bytes(file.path.name.encode()[-8:], "little") % 2**32
    strategy = strategy_for(sample, names, "none", events, seed)
    assert differing(_members(file.path, strategy), flowkit_members(strategy, sample, None)) == {}
    spill = stated_spill(sample)
    if spill is not None and read(file.path).data_set.spillovers and len(spill[0]) > 1:
        strategy = strategy_for(sample, list(spill[0]), "file", events, seed)
        assert differing(_members(file.path, strategy), flowkit_members(strategy, sample, spill)) == {}


def _members(path: Path, strategy: Strategy) -> dict[str, np.ndarray]:
    gated = gate(prepare(read(path), strategy), strategy)
    assert not gated.unmeasured
    return {name: gated.mask(name) for name in strategy.populations}
