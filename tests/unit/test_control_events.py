"""Control tubes on the plots of the tube that they control, against the labels of the synthetic cytometer."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tregate.fixtures.tube import Tube, make_tube, stained_for
from tregate.gating.control_events import ControlEvents, ShownControl
from tregate.gating.held_tube import HeldTube, hold
from tregate.gating.reference_gates import ControlTube
from tregate.gating.strategy.load import load_strategy
from tregate.gating.tube import TubeTask
from tregate.gating.units import Marker
from tregate.pipelines.study.load_study import load_study
from tregate.pipelines.tubes.tube_tasks import jobs


def tube(without: tuple[str, ...] = (), seed: int = 5) -> Tube:
    return make_tube("treg", seed=seed, events=12_000, without=without)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("controls")
    tube().write(folder / "sample.fcs")
    tube(("CD25",), seed=6).write(folder / "cd25.fcs")
    tube(stained_for("treg"), seed=6).write(folder / "unstained.fcs")
    return folder


def held(folder: Path, *controls: ShownControl) -> HeldTube:
    return hold(TubeTask(folder / "sample.fcs", load_strategy("treg"), no_beads="washed", controls=controls))


def shown(folder: Path, file: str, lacks: str | None, at_most: int = 100) -> ControlEvents:
    held_tube = held(folder, ShownControl("c", ControlTube(folder / file), None if lacks is None else Marker(lacks)))
    return held_tube.control(held_tube.gated({}, None), "c", at_most)


def test_an_fmo_is_on_the_plots_of_its_marker_within_the_gates_of_the_tube(folder: Path) -> None:
    found = shown(folder, "cd25.fcs", "CD25")
    assert not found.problem
    plots = {one.population: one for one in found.plots}
    assert plots.keys() == {"CD25hi CD127lo", "CD4+ CD25-", "Treg by line", "Treg"}
    cd4 = int(tube(("CD25",), seed=6).members["CD4+"].sum())
    below = plots["CD4+ CD25-"]
    assert below.within == "CD4+"
    assert below.events == pytest.approx(cd4, rel=0.03)
    assert len(below.x) == len(below.y) == 100
    assert below.percent is not None
    assert below.percent > 98.5, "the threshold is above cells without the stain"
    high = plots["Treg"]
    assert high.percent is not None
    assert high.percent < 0.5


def test_an_unstained_tube_shows_what_scatter_alone_chooses(folder: Path) -> None:
    plots = {one.population: one for one in shown(folder, "unstained.fcs", None).plots}
    assert {"CD3+", "CD4+", "Treg"} <= plots.keys()
    assert not {"singlets", "lymphocytes"} & plots.keys(), "a plot of scatter needs no unstained tube"
    assert {one.within for one in plots.values()} == {"lymphocytes"}, "by scatter, as the tube has no CD45"
    assert plots["CD4+"].percent is None, "lymphocytes are not the parent of CD4+"
    stained = held(folder)
    gated = stained.gated({}, None)
    bright = np.concatenate(
        stained.dots(gated, "CD4+", [next(d.x for d in gated.densities if d.population == "CD4+")], 100)
    )
    assert plots["CD4+"].x.max() < bright.min(), "no unstained cell is as bright as a CD4+ one"


def test_the_same_events_are_shown_each_time_and_more_where_asked(folder: Path) -> None:
    few, again, more = (shown(folder, "cd25.fcs", "CD25", n).plots[0] for n in (100, 100, 500))
    assert np.array_equal(few.x, again.x)
    assert set(few.x) <= set(more.x)
    assert len(more.x) == 500


def test_what_cannot_be_compared_is_not_shown_and_says_why(folder: Path) -> None:
    (folder / "broken.fcs").write_bytes(b"FCS3.0")
    assert shown(folder, "broken.fcs", "CD25").problem.startswith("c cannot be shown: ")
    assert shown(folder, "absent.fcs", "CD25").problem.startswith("c cannot be shown: ")
    make_tube("tetrachrome_t", seed=1, events=2_000).write(folder / "other.fcs")
    assert "No channel is stained with CD127" in shown(folder, "other.fcs", "CD25").problem
    one = tube(("CD25",))
    lacking = [k.name for k in one.channels if k.stain == "" and k.name.startswith("FL")]
    changed = tuple(replace(c, range=c.range * 4) if c.name in lacking else c for c in one.channels)
    replace(one, channels=changed).write(folder / "wider.fcs")
    assert "another top of scale" in shown(folder, "wider.fcs", "CD25").problem


STUDY = "study: s\nvisits: [D1, D8]\ntubes: {TREG: treg}\ntables: treg_nk\n"
ROWS = [
    "a.fcs,S1,D1,TREG,", "b.fcs,S1,D8,TREG,", "c.fcs,S2,D1,TREG,",
    "f1.fcs,S1,D1,TREG,CD25", "f2.fcs,S2,D1,TREG,CD25", "f3.fcs,,,,Foxp3", "u.fcs,S2,D1,TREG,unstained",
]  # fmt: skip


def test_each_tube_gets_the_nearest_control_of_each_kind(tmp_path: Path) -> None:
    (tmp_path / "a.fcs").touch()
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "samples.csv").write_text(
        "\n".join(["file,subject,visit,tube,control", *ROWS]) + "\n", encoding="utf-8"
    )
    study = load_study(tmp_path / "study.yaml")
    chosen = {
        job.entry.file: {one.name: one.tube.path.name for one in job.order.controls}
        for job in jobs(study, densities=True)
    }
    shared = {"unstained": "u.fcs", "FMO Foxp3": "f3.fcs"}
    assert chosen == {
        "a.fcs": {"FMO CD25": "f1.fcs", **shared},
        "b.fcs": {"FMO CD25": "f1.fcs", **shared},
        "c.fcs": {"FMO CD25": "f2.fcs", **shared},
    }
    assert {e.exclude for e in study.entries if e.control} == {
        "control (FMO CD25)",
        "control (FMO Foxp3)",
        "control (unstained)",
    }
    assert all(job.order.controls == () for job in jobs(study)), "without plots nothing is read of them"
