"""Single stains of a FACSCalibur (flowCore's compdata): what is left after compensation, and the dim control named."""

from pathlib import Path

import numpy as np
import pytest
from cli_running import rows, tregate
from real_data import REAL, needs_real

from tregate.gating.prepare.matrix_csv import read_matrix
from tregate.gating.read.survey import read

pytestmark = needs_real

FOLDER = REAL / "RGLab+flowCore" / "inst" / "extdata" / "compdata"
BRIGHT = {"FL1-H": "060909.002", "FL2-H": "060909.003", "FL4-H": "060909.004"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compdata")
    done = tregate("compensate", FOLDER, "--out", folder)
    assert done.code == 1
    assert "060909.005: too dim" in done.err
    return folder


def test_each_control_is_known_by_its_stain_and_the_dim_one_named(out: Path) -> None:
    verdicts = {row["file"]: (row["control_channel"], row["verdict"]) for row in rows(out / "controls.csv")}
    assert verdicts == {
        "060909.001": ("", "unstained"),
        **{file: (channel, "good") for channel, file in BRIGHT.items()},
        "060909.005": ("FL3-H", "dim"),
    }


def test_no_slope_above_a_hundredth_is_left_on_the_bright_controls(out: Path) -> None:
    """Between the brightest 40 % of a control and the unstained tube, after the matrix that was written."""
    written = read_matrix(out / "matrix.csv")
    inverse = np.linalg.inv(written.matrix)

    def values(file: str) -> np.ndarray:
        sample = read(FOLDER / "data" / file)
        at = [[p.name for p in sample.parameters].index(name) for name in written.names]
        return sample.events(0, sample.n_events)[:, at]

    unstained = np.median(values("060909.001") @ inverse, axis=0)
    for channel, file in BRIGHT.items():
        own = written.names.index(channel)
        raw = values(file)
        bright = raw[:, own] > np.quantile(raw[:, own], 0.6)
        above = np.median(raw[bright] @ inverse, axis=0) - unstained
        left = np.delete(above / above[own], own)
        assert np.abs(left).max() <= 0.01, channel


def test_the_interval_of_the_dim_control_holds_what_sound_methods_give(out: Path) -> None:
    """0.15, 0.18 and the 0.21 of the matrix that was used."""
    (row,) = [r for r in rows(out / "controls.csv") if (r["control_channel"], r["into_channel"]) == ("FL3-H", "FL4-H")]
    assert float(row["slope_low"]) < 0.15
    assert float(row["slope_high"]) > 0.21
