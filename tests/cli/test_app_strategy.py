"""`tregate app`, a strategy by eye: what is tried is what a run gives, and a version keeps its reason."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_server import app_serving
from cli_running import rows, run_study
from review_server import Server

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


def test_a_drawn_gate_is_the_yaml_of_its_corners(server: Server, folder: Path) -> None:
    file = next(row["file"] for row in rows(folder / "samples.csv") if row["tube"] == "TREG")
    more = {"tube": "TREG", "population": "CD25hi CD127lo", "file": file}
    corners = [[0.5, 0.2], [0.9, 0.2], [0.9, 0.5]]
    status, answer = asked(server, "draw-gate", folder, points=corners, **more)
    assert status == 200, answer
    assert answer["yaml"].startswith("{kind: polygon, vertices: [[")
    assert len(answer["gate"]["vertices"]) == 3
    changes = [[["CD25hi CD127lo", "gate"], answer["gate"]]]
    status, tried = asked(
        server, "try-gate", folder, tube="TREG", population="CD25hi CD127lo", changes=changes, files=[file]
    )
    assert status == 200, tried
    drawn = tried[0]["after"]["edit"]["vertices"]
    assert [at for corner in drawn for at in corner] == pytest.approx(
        [at for corner in corners for at in corner], abs=1e-4
    )
    assert asked(server, "draw-gate", folder, points=corners[:2], **more)[0] == 422


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
