"""`$VOL`: nanolitres by the standard, microlitres from Cytek; the implied flow rate decides, or it stays unknown."""

from pathlib import Path

import numpy as np
import pytest
from fcs_bytes import Fcs, words

from tregate.gating.read.survey import read, survey
from tregate.gating.read.text import Text
from tregate.gating.read.volume import clock_seconds, time_seconds, volume


@pytest.mark.parametrize(
    ("written", "seconds", "cytometer", "microlitres"),
    [
        ("30.5", 28.1, "Aurora", 30.5),
        ("30.5", 28.1, "", 30.5),
        ("33008", 150.0, "Accuri", 33.008),
        ("46000", 15.0, "Attune", 46.0),
        ("1500", 60.0, "X", 1.5),
        ("1500", 60.0, "Aurora", 1500.0),
        ("1e9", 60.0, "X", None),
        ("0.001", 60.0, "X", None),
        ("30.5", None, "X", None),
        ("0", 60.0, "X", None),
        ("NA", 60.0, "X", None),
    ],
)
def test_unit_by_flow_rate(written: str, seconds: float | None, cytometer: str, microlitres: float | None) -> None:
    found = volume(Text({"$VOL": written, "$CYT": cytometer}, ""), seconds)
    assert found.microlitres == (None if microlitres is None else pytest.approx(microlitres))
    uncertain = microlitres is None and written not in ("0", "NA")
    assert [f.check for f in found.findings] == (["volume_unit_uncertain"] if uncertain else [])


@pytest.mark.parametrize(
    ("begin", "end", "seconds"),
    [
        ("09:32:05", "09:32:35", 30),
        ("09:32:05.50", "09:32:35.75", 30.25),
        ("11:56:19:30", "11:58:49:00", 149.5),
        ("09:42:05:509", "09:42:06:009", 0.5),
        ("23:59:50", "00:00:10", 20),
        ("09:00:00", "09:00:00", None),
        ("", "09:00:00", None),
        ("noon", "09:00:00", None),
    ],
)
def test_clock(begin: str, end: str, seconds: float | None) -> None:
    found = clock_seconds(Text({"$BTIM": begin, "$ETIM": end}, ""))
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_duration_by_time_channel() -> None:
    assert time_seconds(np.array([0.0, 1, 1, 5])) == 5
    assert time_seconds(np.array([0.0, 60, 119, 2, 50, 118, 1])) == pytest.approx(1 + 2 * 119)
    assert time_seconds(np.array([0.0, 60, 50, 70])) is None
    assert time_seconds(np.array([1.0])) is None


def timed(tmp_path: Path, times: np.ndarray, vol: str) -> Path:
    values = np.stack([np.ones(len(times)), times], axis=1)
    keywords = {"$VOL": vol, "$TIMESTEP": "0.01", "$BTIM": "10:00:00", "$ETIM": "10:00:30"}
    fcs = Fcs(words(values, "<f4"), len(times), [32, 32], [1024, 1024], "F", names=["A", "Time"], keywords=keywords)
    path = tmp_path / "tube.fcs"
    path.write_bytes(fcs.build())
    return path


def test_time_channel_settles_the_rate(tmp_path: Path) -> None:
    path = timed(tmp_path, np.arange(3000.0), "30000")
    assert survey(path).data_sets[0].volume_ul == 30.0
    sample = read(path)
    assert sample.data_set.volume_ul == 30.0
    assert sample.parameters[1].step == 0.01
    assert sample.linear(1)[-1] == pytest.approx(29.99)


def test_sub_sampled_file_has_no_volume(tmp_path: Path) -> None:
    """It keeps `$VOL` and loses events and the order of Time."""
    path = timed(tmp_path, np.random.default_rng(1).permutation(np.arange(3000.0)), "30000")
    data_set = read(path).data_set
    assert data_set.volume_ul is None
    assert [f.check for f in data_set.findings] == ["time_not_monotone"]


@pytest.mark.parametrize("events", [0, 1])
def test_too_few_events_for_a_duration(tmp_path: Path, events: int) -> None:
    data_set = read(timed(tmp_path, np.arange(float(events)), "30000")).data_set
    assert data_set.volume_ul == 30.0
    assert data_set.findings == ()
