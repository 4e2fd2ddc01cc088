"""`tregate app`, a strategy by eye: what is tried is what a run gives, and a version keeps its reason."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_server import app_serving
from cli_running import rows, run_study
from review_server import Server

from tregate.fixtures.conditions import CONDITIONS
from tregate.fixtures.tube import make_tube
from tregate.gating.read.survey import read
from tregate.gating.strategy.load import load_strategy
from tregate.gating.strategy.versions import version_words
from tregate.gating.strategy.yaml_source import parse_yaml


@pytest.fixture(scope="module")
def folder(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(trial, tmp_path_factory.mktemp("eye") / "study"))


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with app_serving(folder, folder.parent) as running:
        running.enter()
        yield running


def asked(server: Server, name: str, folder: Path, **more: object) -> tuple[int, dict]:
    return server.post(f"/api/{name}", {"folder": str(folder), "tube": "T", **more})


def test_every_key_of_every_gate_has_a_sentence() -> None:
    from tregate.pipelines.application.gate_sentences import GATES
    from tregate.pipelines.application.strategies import gate_models

    assert len(gate_models()) > 15
    assert {name for model in gate_models().values() for name in model.model_fields} == set(GATES)


def test_what_is_tried_and_saved_is_what_a_run_gives(server: Server, folder: Path, tmp_path: Path) -> None:
    file = next(row["file"] for row in rows(folder / "samples.csv") if row["tube"] == "T")
    population = "singlets"
    status, form = server.get(f"/api/gate?folder={folder}&tube=T&population={population}")
    assert status == 200
    assert {key["name"]: key["default"] for key in form} == {"spread": "4", "otherwise": ""}
    changes = [[[population, "gate", "spread"], "1,5"]]
    status, answer = asked(server, "try-gate", folder, population=population, changes=changes, files=[file])
    assert status == 200, answer
    tried = {row[0]: row for row in answer[0]["rows"]}
    assert tried[population][1] != tried[population][2]
    assert tried["beads"][1] == tried["beads"][2]
    assert answer[0]["before"]["outlines"] != answer[0]["after"]["outlines"]

    # without a reason, and what is no strategy: nothing is written
    _, state = server.get(f"/api/state?folder={folder}")
    there = sorted(path.name for path in folder.iterdir())
    more = {"seen": state["study"], "who": "A. Reader"}
    assert asked(server, "save-strategy", folder, changes=changes, reason=" ", **more)[0] == 422
    wrong = [[[population, "gate", "spread"], "-2"]]
    assert asked(server, "save-strategy", folder, changes=wrong, reason="dim", **more)[0] == 422
    assert asked(server, "try-gate", folder, population=population, changes=wrong, files=[file])[0] == 422
    assert sorted(path.name for path in folder.iterdir()) == there

    status, answer = asked(server, "save-strategy", folder, changes=changes, reason="dim CD4\nin this lot", **more)
    assert status == 200, answer
    made = folder / answer["strategy"]
    head = made.read_text(encoding="utf-8").splitlines()[:2]
    assert "dim CD4 in this lot" in head[0]
    assert "By A. Reader" in head[1]
    assert "spread: 1,5" in head[1]
    assert parse_yaml((folder / "study.yaml").read_text(encoding="utf-8"), "").data["tubes"]["T"] == answer["strategy"]
    loaded = load_strategy(str(made))
    assert version_words(loaded) == "version 1.1"  # and not "changed": its hash is the definition's
    assert loaded.changes[0].about == "dim CD4 in this lot (by A. Reader)"
    assert loaded.changes[1:] == load_strategy("tetrachrome_t").changes
    saved = loaded.populations[population].gate
    assert saved is not None
    assert saved.model_dump()["spread"] == 1.5
    assert run_study(folder, tmp_path / "out", "--only", file).code in (0, 1)
    counted = {row["population"]: row for row in rows(tmp_path / "out" / "counts.csv") if row["file"] == file}
    assert {name: row[2] for name, row in tried.items()} == {name: counted[name]["events"] for name in tried}
    assert asked(server, "save-strategy", folder, changes=changes, reason="again", **more)[0] == 409


BOX = {"sides": [[0.4, 0.75], [0.15, 0.6]]}
ROUND = {"center": [0.6, 0.4], "covariance": [[0.02, 0.004], [0.004, 0.01]], "distance_square": 1.5}
CORNERS = {"vertices": [[0.4, 0.2], [0.8, 0.25], [0.7, 0.6]]}


@pytest.mark.parametrize("drawn", [CORNERS, BOX, ROUND], ids=["polygon", "rectangle", "ellipse"])
@pytest.mark.parametrize("landmarks", [[], ["parent", "CD3+"]], ids=["fixed", "template"])
def test_a_drawn_gate_lies_where_it_was_drawn_whatever_the_top_of_the_file(
    server: Server, folder: Path, drawn: dict[str, list], landmarks: list[str]
) -> None:
    file = next(row["file"] for row in rows(folder / "samples.csv") if row["tube"] == "TREG")
    path, before = folder / file, (folder / file).read_bytes()
    make_tube("treg", CONDITIONS["top_2_18"], seed=3, events=9_000).write(path)
    assert read(path).parameters[-2].range == 2**18  # the strategy states intensities below 2^20
    try:
        assert_lies_where_drawn(server, folder, file, drawn, landmarks)
    finally:
        path.write_bytes(before)
    assert_lies_where_drawn(server, folder, file, drawn, landmarks)


def assert_lies_where_drawn(
    server: Server, folder: Path, file: str, drawn: dict[str, list], landmarks: list[str]
) -> None:
    population = "CD25hi CD127lo"
    asked_for = {"tube": "TREG", "population": population, "changes": []}
    status, answer = asked(server, "draw-gate", folder, file=file, drawn=drawn, landmarks=landmarks, **asked_for)
    assert status == 200, answer
    assert answer["yaml"].startswith("gate: {kind: " + ("template" if landmarks else ""))
    asked_for["changes"] = answer["changes"]
    status, tried = asked(server, "try-gate", folder, files=[file], **asked_for)
    assert status == 200, tried
    edit = tried[0]["after"]["edit"]
    if "vertices" in drawn:
        assert flat(edit["vertices"]) == pytest.approx(flat(drawn["vertices"]), abs=2e-3)
    elif "vertices" in edit:
        middle = [sum(at) / len(edit["vertices"]) for at in zip(*edit["vertices"], strict=True)]
        wanted = drawn["center"] if "center" in drawn else [sum(ends) / 2 for ends in drawn["sides"]]
        assert middle == pytest.approx(wanted, abs=2e-3)
    elif "sides" in drawn:
        assert flat(edit["sides"]) == pytest.approx(flat(drawn["sides"]), abs=2e-3)
    else:
        assert edit["center"] == pytest.approx(drawn["center"], abs=2e-3)
        assert flat(edit["covariance"]) == flat(drawn["covariance"])
    if landmarks:
        assert list(answer["changes"][-1][1]["landmarks"]) == landmarks


def flat(rows: list[list[float]]) -> list[float]:
    return [value for row in rows for value in row]


def test_what_is_no_gate_is_refused_in_words(server: Server, folder: Path) -> None:
    file = next(row["file"] for row in rows(folder / "samples.csv") if row["tube"] == "TREG")
    more = {"tube": "TREG", "population": "CD25hi CD127lo", "file": file, "changes": []}
    for drawn in (
        {}, {"vertices": [[0.4, 0.2], [0.8, 0.25]]}, {"vertices": [[0.4, 0.2], [0.4, 0.2], [0.4, 0.2]]},
        {"sides": [[0.4, 0.4], [0.1, 0.2]]}, {"range": [0.1, 0.2]}, {"vertices": [["x", 0], [1, 1], [0, 1]]},
        {**ROUND, "covariance": [[0.01, 0.02], [0.02, 0.01]]}, {"sides": [[0.1, 1e9], [0.1, 0.2]]},
    ):  # fmt: skip
        for landmarks in ([], ["parent"]):
            status, answer = asked(server, "draw-gate", folder, drawn=drawn, landmarks=landmarks, **more)
            assert status == 422, (drawn, answer)
            assert "Draw it again" in answer["message"]
    status, answer = asked(server, "draw-gate", folder, drawn=BOX, landmarks=["Treg"], **more)
    assert status == 422, answer
    assert "Treg rests on this gate" in answer["message"]


@pytest.mark.slow
def test_validation_figures_follow_a_change(server: Server, folder: Path) -> None:
    changes = [[["CD4+", "gate"], {"kind": "range", "low": 30_000.0}]]
    status, answer = asked(server, "validate", folder, tube="TREG", changes=changes)
    assert status == 200, answer
    columns = answer["columns"]
    row = next(row for row in answer["rows"] if row[0] == "CD4+")
    before, after = (float(row[columns.index(f"recall {when}")] or 0) for when in ("before", "after"))
    assert before > 0.9
    assert after < before
