"""Two data sets of the same events, as a Gallios and an FC500 write them [docs/sources.md#reading-lmd-files]."""

import warnings
from pathlib import Path

import flowio
import numpy as np
import numpy.typing as npt
import pytest

from tregate.fixtures.lmd import Style, lmd_bytes, write_lmd
from tregate.fixtures.tube import Tube, make_tube

STYLES: tuple[Style, ...] = ("gallios", "fc500")


def both(path: Path) -> tuple[flowio.FlowData, flowio.FlowData]:
    """FlowIO warns of the end of DATA that an FC500 writes one byte late."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        first, second = flowio.read_multiple_data_sets(str(path), ignore_offset_error=True)
    return first, second


def values(data: flowio.FlowData) -> npt.NDArray[np.float64]:
    return np.asarray(data.as_array(preprocess=False), dtype=np.float64)


@pytest.fixture(scope="module")
def tube() -> Tube:
    return make_tube("tetrachrome_t", seed=3, events=3_000)


@pytest.mark.parametrize("style", STYLES)
def test_both_sets_hold_the_same_events(tmp_path: Path, tube: Tube, style: Style) -> None:
    first, second = both(write_lmd(tmp_path / "t.LMD", tube, style))
    assert first.version == "2.0"
    assert second.version == "3.0"
    assert first.event_count == second.event_count == len(tube.labels)
    one, two = values(first), values(second)
    for n, (name, fine) in enumerate(zip(first.pnn_labels, second.pnn_labels, strict=True)):
        if "INT LIN" in name or name.endswith(" Lin") or name == "TIME":
            assert np.array_equal(one[:, n], two[:, n] // 1024), name
        elif "PEAK" in name:
            assert np.array_equal(one[:, n], two[:, n] // 256), (name, fine)
        elif "TOF" in name:
            assert np.array_equal(one[:, n], two[:, n]), (name, fine)


def test_second_set_is_the_uncompensated_tube(tmp_path: Path, tube: Tube) -> None:
    _, second = both(write_lmd(tmp_path / "t.LMD", tube))
    names = [name.replace("FS-", "FSC-").replace("SS-", "SSC-") for name in second.pnn_labels]
    fluorescence = [names.index(name) for name in tube.spill_channels]
    whole = np.floor(np.maximum(tube.events, 0))
    kept = [[c.name for c in tube.channels].index(name) for name in tube.spill_channels]
    assert np.array_equal(values(second)[:, fluorescence], whole[:, kept])
    assert second.pns_labels == [""] * len(names)
    assert second.text["p2r"] == str(2**18)
    assert second.text["p3r"] == "1024"


def test_first_set_is_compensated_on_four_decades(tmp_path: Path, tube: Tube) -> None:
    first, second = both(write_lmd(tmp_path / "t.LMD", tube))
    light = [n for n, name in enumerate(first.pnn_labels) if name.startswith("FL")]
    raw = values(second)[:, light]
    linear = np.maximum(raw @ np.linalg.inv(tube.spill), 1e-9)
    expected = np.clip(np.floor(256 * np.log10(linear / 1024 / 0.1024)), 0, 1023)
    assert np.abs(values(first)[:, light] - expected).max() <= 1
    assert [first.pns_labels[n] for n in light] == ["CD45-FITC", "CD4-RD1", "CD8-ECD", "CD3-PC5"]
    assert first.text["p5e"] == "4.0,0.1024"


def test_percentages_to_subtract_are_the_matrix(tmp_path: Path, tube: Tube) -> None:
    first, _ = both(write_lmd(tmp_path / "t.LMD", tube))
    for i in range(4):
        for j in range(4):
            if i != j:
                assert float(first.text[f"dfc{i + 1}to{j + 1}"]) == pytest.approx(100 * tube.spill[i, j], abs=0.005)


def test_matrix_by_number_and_singular_comp(tmp_path: Path, tube: Tube) -> None:
    _, second = both(write_lmd(tmp_path / "t.LMD", tube))
    n, *rest = second.text["spillover"].split(",")
    assert rest[: int(n)] == ["5", "6", "7", "8"]
    assert np.allclose(np.array(rest[int(n) :], float).reshape(4, 4), tube.spill, atol=1e-6)
    width, *comp = second.text["comp"].split(",")
    assert np.linalg.matrix_rank(np.array(comp, float).reshape(int(width), -1)) == int(width) - 1


def test_fc500_gives_its_matrix_in_the_first_set_only(tmp_path: Path, tube: Tube) -> None:
    first, second = both(write_lmd(tmp_path / "t.LMD", tube, "fc500"))
    assert second.pnn_labels == ["FS", "SS", "FL1", "FL2", "FL3", "FL4", "TIME"]
    assert not {"spillover", "comp"} & set(second.text)
    assert "dfc1to2" in first.text


@pytest.mark.parametrize(("style", "highest"), [("gallios", 1 << 29), ("fc500", 1 << 31)])
def test_high_bits_are_in_use(tube: Tube, style: Style, highest: int) -> None:
    data = lmd_bytes(tube, style)
    at = data.rindex(b"FCS3.0")
    end = int(data[at + 34 : at + 42])
    words = np.frombuffer(data[at + 58 : at + end + 1], "<u4")
    assert words.max() >= highest
    assert (words & (2**20 - 1)).max() < 2**20


def test_only_a_linear_tube_of_20_bits_becomes_an_lmd() -> None:
    with pytest.raises(ValueError, match=r"2\^20"):
        lmd_bytes(make_tube("tetrachrome_t", "top_2_18", events=500))
