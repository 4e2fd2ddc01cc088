"""Problems of a sheet beside the cells that cause them."""

import shutil
from pathlib import Path

import pytest
from cli_running import tregate

from tregate.fixtures.trial import make_trial
from tregate.pipelines.application.marks import marks_json, quick_problems
from tregate.pipelines.application.workspace import Workspace


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two bead tubes and a washed one, set up by their names."""
    folder = tmp_path_factory.mktemp("marks")
    trial = make_trial(folder / "trial", subjects=1, visits=["D1"], events=(600, 700), withdrawn=0)
    shutil.copytree(trial.study.parent / "fcs", folder / "plain")
    assert tregate("init", folder / "plain").code == 0
    return folder / "plain"


def problems(folder: Path) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Marks of the tube list that are problems, and problems of no cell."""
    space = Workspace(folder)
    found, notes, _ = quick_problems(space)
    made = marks_json(space, found, notes)
    return (
        [m for m in made["marks"]["samples"] if m["level"] == "problem"],
        [r for r in made["rest"] if r["level"] == "problem"],
    )


def test_a_bead_load_of_a_washed_tube_marks_its_bead_cells_and_not_its_tube(plain: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(plain, tmp_path / "study"))
    lines = (folder / "samples.csv").read_text(encoding="utf-8").splitlines()
    head = lines[0].split(",")
    at = next(i for i, line in enumerate(lines[1:]) if ",TREG," in line)
    cells = lines[at + 1].split(",")
    cells[head.index("bead_lot")], cells[head.index("bead_volume_ul")] = "L1", "100"
    lines[at + 1] = ",".join(cells)
    (folder / "samples.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    marked, rest = problems(folder)
    assert {(one["row"], one["column"]) for one in marked} == {(at, "bead_lot"), (at, "bead_volume_ul")}
    assert all(str(one["words"]).startswith("The washed tube has a bead load") for one in marked)
    assert not rest


def test_an_unknown_lot_of_a_kind_of_tube_is_blamed_on_the_study_and_on_no_empty_cell(
    plain: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(plain, tmp_path / "study"))
    with (folder / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("\nbeads: {NK: {lot: A9, bead_volume_ul: 100, blood_volume_ul: 100}}\n")
    marked, (problem,) = problems(folder)
    assert not marked
    assert problem["place"] == "Study, beads"
    assert str(problem["words"]).startswith('Bead lot "A9" is not in the list of bead lots')
