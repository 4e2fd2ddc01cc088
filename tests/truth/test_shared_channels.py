"""Two antibodies in one colour, on tubes of known truth: what can be counted is, the rest is empty with the reason."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tregate.fixtures.tube import Tube, make_tube
from tregate.gating.count.estimates import CountingInput
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeResult, TubeTask, analyse

LOAD = CountingInput("L", 100.0, 1000.0, 100.0)  # type: ignore[arg-type]


@cache
def made() -> Tube:
    return make_tube("tetrachrome_nk", seed=4, events=20_000)


def restained(stains: Mapping[str, str], path: Path) -> TubeResult:
    """The NK tube with stains written otherwise: marker -> the whole `$PnS`."""
    tube = made()
    known = {marker: channel for marker in stains for channel in tube.channels if marker in channel.stain}
    channels = tuple(
        replace(c, stain=next((stains[m] for m, channel in known.items() if channel is c), c.stain))
        for c in tube.channels
    )
    file = replace(tube, channels=channels).write(path / "nk.fcs")
    return analyse(TubeTask(file, load_strategy("tetrachrome_nk"), counted_by=LOAD))


def unmeasured(result: TubeResult) -> dict[str, str]:
    return {f.population: f.message for f in result.findings if f.check == "unmeasured"}


@pytest.mark.parametrize(
    "written", ["CD16+CD56 PE", "CD16/56", "CD56/CD16-RD1", "CD16CD56", "CD56+16 PE", "CD16 + CD56"]
)
def test_cd16_and_cd56_in_one_colour_count_nk_and_not_its_subsets(tmp_path: Path, written: str) -> None:
    result = restained({"CD56": written}, tmp_path)
    counts = {count.population: count for count in result.counts}
    reported = unmeasured(result)
    for whole in ("NK", "B"):
        cells = counts[whole].cells_per_ul
        assert cells is not None
        assert cells.low <= made().cells_per_ul[whole] <= cells.high
    for part in ("NK bright", "NK dim"):
        assert counts[part].events is None
        assert counts[part].cells_per_ul is None
        assert "CD16 and CD56 are in one channel" in reported[part]


def test_cd3_and_cd19_in_one_colour_leave_nk(tmp_path: Path) -> None:
    result = restained({"CD3": "CD3/CD19 PC5", "CD19": "empty"}, tmp_path)
    counts = {count.population: count for count in result.counts}
    reported = unmeasured(result)
    assert {"CD3+", "B"} <= set(reported)
    cells = counts["NK"].cells_per_ul
    assert cells is not None
    assert cells.low <= made().cells_per_ul["NK"] <= cells.high * 1.5


def test_a_channel_of_its_own_is_taken_before_a_shared_one(tmp_path: Path) -> None:
    reported = unmeasured(restained({"CD19": "CD19/CD16/CD56"}, tmp_path))
    assert "NK bright" not in reported
    assert "B" in reported
