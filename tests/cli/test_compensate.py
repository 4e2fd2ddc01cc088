"""`tregate compensate`: what is written, what is said, and that its matrix serves a run and checks a study."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_running import edit_row, rows, tregate

from tregate.fixtures.panels import PANELS
from tregate.fixtures.single_stains import make_controls, stainings
from tregate.fixtures.tube import make_tube


@pytest.fixture(scope="module")
def controls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single") / "controls"
    make_controls(stainings("tetrachrome_t", events=3000), "tetrachrome_t", seed=5).write(folder)
    return folder


def test_good_controls_give_matrix_table_and_page(controls: Path, tmp_path: Path) -> None:
    done = tregate("compensate", controls, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert "4 channels, 4 good controls" in done.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"matrix.csv", "controls.csv", "controls.html"}
    listed = [row for row in rows(tmp_path / "out" / "controls.csv") if row["into_channel"]]
    assert len(listed) == 12
    assert all(float(row["slope_low"]) <= float(row["slope"]) <= float(row["slope_high"]) for row in listed)
    assert all(abs(float(row["residual"])) <= 0.001 for row in listed)
    page = (tmp_path / "out" / "controls.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 24
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_controls_give_the_same_bytes(controls: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        assert tregate("compensate", controls, "--out", tmp_path / out).code == 0
    for name in ("matrix.csv", "controls.csv", "controls.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_user_says_which_control_is_which(controls: Path, tmp_path: Path) -> None:
    folder = tmp_path / "c"
    folder.mkdir()
    for path in controls.iterdir():
        (folder / path.name.replace("FITC", "PE 2").replace("RD1", "FITC")).write_bytes(path.read_bytes())
    done = tregate("compensate", folder, "--out", tmp_path / "out")
    assert done.code == 1
    assert "seems swapped" in done.err
    (folder / "channels.csv").write_text(
        "file,channel\nCompensation Controls_FITC Stained Control.fcs,FL2-A\n", encoding="utf-8"
    )
    assert "seems swapped" not in tregate("compensate", folder, "--out", tmp_path / "out").err
    (folder / "channels.csv").write_text("file,channel\nnone.fcs,FL2-A\n", encoding="utf-8")
    done = tregate("compensate", folder, "--out", tmp_path / "other")
    assert done.code == 2
    assert "channels.csv:2" in done.err
    assert not (tmp_path / "other").exists()


def test_a_control_at_another_voltage_is_not_used(controls: Path, tmp_path: Path) -> None:
    folder = tmp_path / "c"
    made = make_controls(stainings("tetrachrome_t", events=2000), "tetrachrome_t", seed=5)
    folder.mkdir()
    for i, one in enumerate(made.controls):
        one.write(folder / f"{one.staining.stated or 'unstained'}.fcs", {"$P4V": "480" if i == 1 else "450"})
    done = tregate("compensate", folder, "--out", tmp_path / "out")
    assert done.code == 1
    assert "RD1.fcs: voltage or gain of FL1-A differs" in done.err
    assert "FL2-A: no control" in done.err


@pytest.fixture
def days(controls: Path, tmp_path: Path) -> Path:
    """The controls of two days, by the same names; the second day has fewer events."""
    folder = tmp_path / "days"
    make_controls(stainings("tetrachrome_t", events=2000), "tetrachrome_t", seed=6).write(folder / "day2")
    (folder / "day1").mkdir()
    for path in controls.iterdir():
        (folder / "day1" / path.name).write_bytes(path.read_bytes())
    return folder


def test_controls_of_one_name_in_two_folders_are_distinguished_by_these(days: Path, tmp_path: Path) -> None:
    done = tregate("compensate", days, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    (line,) = [line for line in done.err.splitlines() if "FITC" in line]
    names = {f"day{i}/Compensation Controls_FITC Stained Control.fcs" for i in (1, 2)}
    assert all(name in line for name in names)
    assert "of the same channel and better" in line
    listed = rows(tmp_path / "out" / "controls.csv")
    assert {row["used"] for row in listed if row["file"] in names} == {"yes", "no"}
    assert len([row for row in listed if row["into_channel"]]) == 12


def test_channels_csv_names_such_controls_with_their_folder(days: Path, tmp_path: Path) -> None:
    name = "Compensation Controls_FITC Stained Control.fcs"
    (days / "channels.csv").write_text(f"file,channel\nday2\\{name},FL2-A\n", encoding="utf-8")
    done = tregate("compensate", days, "--out", tmp_path / "out")
    assert done.code == 1
    assert f"day2/{name} seems swapped: it is brightest in FL1-A, but states channels.csv FL2-A" in done.err
    assert "day1/Compensation Controls_FITC Stained Control.fcs seems swapped" not in done.err
    (days / "channels.csv").write_text(f"file,channel\n{name},FL1-A\n", encoding="utf-8")
    done = tregate("compensate", days, "--out", tmp_path / "other")
    assert done.code == 2
    assert f"Write it with its folder: day1/{name}, day2/{name}." in done.err


def test_a_folder_without_controls_is_refused(tmp_path: Path) -> None:
    make_controls(stainings("tetrachrome_t", positive=0.0, events=500)[:2], "tetrachrome_t").write(tmp_path / "c")
    done = tregate("compensate", tmp_path / "c", "--out", tmp_path / "out")
    assert done.code == 2
    assert "at least 2 required" in done.err
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- a study


@pytest.fixture
def study(controls: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    make_tube("tetrachrome_t", events=4000).write(folder / "a.fcs")
    (folder / "study.yaml").write_text(
        "study: x\nvisits: [D1]\ntubes: {T: tetrachrome_t}\ntables: treg_nk\nbead_lots: bead_lots.csv\n"
        f"controls: {controls}\n",
        encoding="utf-8",
    )
    (folder / "bead_lots.csv").write_text("bead_lot,beads_per_ul,expires\nL1,1000,2030-01-01\n", encoding="utf-8")
    (folder / "samples.csv").write_text(
        "file,subject,visit,tube,bead_lot,bead_volume_ul,blood_volume_ul\na.fcs,S1,D1,T,L1,100,100\n", encoding="utf-8"
    )
    return folder


def test_check_names_a_matrix_that_the_controls_contradict(study: Path, controls: Path, tmp_path: Path) -> None:
    """The matrix in the file is that of setup day, the controls are of gains that differ by 5 %."""
    done = tregate("check", study)
    assert done.code == 1
    assert "By the single-stain controls:" in done.out
    assert "entries contradict the controls" in done.out
    assert tregate("compensate", controls, "--out", study / "m", "--study", study).code == 0
    listed = rows(study / "m" / "comparison.csv")
    assert {row["contradicts"] for row in listed} == {"yes", "no"}
    edit_row(study / "samples.csv", "a.fcs", compensation="m/matrix.csv")
    done = tregate("check", study)
    assert done.code == 0, done.out
    assert "By the single-stain controls" not in done.out


def test_controls_that_were_compensated_are_named_and_contradict_no_matrix(
    study: Path, controls: Path, tmp_path: Path
) -> None:
    """Their own photon noise shows it where nothing states a matrix."""
    made = make_controls(stainings("tetrachrome_t", events=3000), "tetrachrome_t", seed=5)
    folder = tmp_path / "compensated"
    folder.mkdir()
    for one in made.controls:
        events = one.events.copy()
        at = [one.names.index(name) for name in made.detectors]
        events[:, at] = events[:, at] @ np.linalg.inv(made.spill)
        replace(one, events=events).write(folder / f"{one.staining.stated or 'unstained'}.fcs")
    done = tregate("compensate", folder, "--out", tmp_path / "out")
    assert done.code == 1
    assert "The controls seem to be compensated already: no entry of their matrix is above 0.000" in done.err
    assert "seem to be compensated already" in (tmp_path / "out" / "controls.html").read_text(encoding="utf-8")
    text = (study / "study.yaml").read_text(encoding="utf-8").replace(str(controls), str(folder))
    (study / "study.yaml").write_text(text, encoding="utf-8")
    done = tregate("check", study)
    assert done.code == 1
    assert "The controls seem to be compensated already" in done.out
    assert "contradict the controls" not in done.out


def test_dyes_that_do_not_spill_over_are_not_called_compensated(tmp_path: Path) -> None:
    """FITC and PC5 alone: 0.006 and 0."""
    folder = tmp_path / "apart"
    folder.mkdir()
    for one in make_controls(stainings("tetrachrome_t", events=3000), "tetrachrome_t", seed=5).controls:
        kept = [i for i, name in enumerate(one.names) if name not in ("FL2-A", "FL3-A")]
        if one.staining.dye in ("FITC", "PC5", ""):
            names, stains = ([cells[i] for i in kept] for cells in (one.names, one.stains))
            less = replace(one, names=tuple(names), stains=tuple(stains), events=one.events[:, kept])
            less.write(folder / f"{one.staining.stated or 'unstained'}.fcs")
    done = tregate("compensate", folder, "--out", tmp_path / "out")
    assert done.code == 0, done.err
    assert "2 channels, 2 good controls" in done.out


def test_check_compares_with_controls_of_two_days(study: Path, controls: Path, days: Path) -> None:
    text = (study / "study.yaml").read_text(encoding="utf-8").replace(str(controls), str(days))
    (study / "study.yaml").write_text(text, encoding="utf-8")
    done = tregate("check", study)
    assert done.code == 1
    assert "entries contradict the controls" in done.out


def test_check_names_tubes_at_other_voltages(study: Path, controls: Path, tmp_path: Path) -> None:
    tube = make_tube("tetrachrome_t", events=2000)
    at = [channel.name for channel in tube.channels].index("FL2-A") + 1
    tube.write(study / "a.fcs", keywords={f"$P{at}V": "500"})
    folder = tmp_path / "c"
    folder.mkdir()
    names = make_controls(stainings("tetrachrome_t", events=10), "tetrachrome_t").controls[0].names
    number = names.index("FL2-A") + 1
    for one in make_controls(stainings("tetrachrome_t", events=2000), "tetrachrome_t", seed=5).controls:
        one.write(folder / f"{one.staining.stated or 'unstained'}.fcs", {f"$P{number}V": "450"})
    text = (study / "study.yaml").read_text(encoding="utf-8").replace(str(controls), str(folder))
    (study / "study.yaml").write_text(text, encoding="utf-8")
    done = tregate("check", study)
    assert done.code == 1
    assert "FL2-A: voltage or gain of a.fcs differs from that of the controls" in done.out


def test_a_folder_of_controls_that_does_not_exist_is_a_problem(study: Path, controls: Path) -> None:
    text = (study / "study.yaml").read_text(encoding="utf-8").replace(str(controls), "nowhere")
    (study / "study.yaml").write_text(text, encoding="utf-8")
    done = tregate("check", study)
    assert done.code == 2
    assert 'controls: the folder "nowhere" does not exist' in done.out


def test_the_panel_of_the_controls_is_the_tubes() -> None:
    assert [detector.name for detector in PANELS["tetrachrome_t"].detectors] == ["FL1-A", "FL2-A", "FL3-A", "FL4-A"]
