"""A gated tube that gives no value is reviewed by a moved gate, an exclusion, or a confirmation that says why."""

import json
from pathlib import Path

import pytest
from cli_running import rows, tregate
from review_server import Server, entered, threshold

from tregate.fixtures.tube import make_tube
from tregate.gating.strategy.load import shipped
from tregate.pipelines.review.audit_log import read_log
from tregate.pipelines.review.review_file import COLUMNS

STUDY = "study: few\nsamples: samples.csv\nvisits: [D1, D8]\ntubes: {TREG: own.yaml}\ntables: treg_nk\n"
FOUND = "axes: [CD4], gate: {kind: valley, keep: above, otherwise: {kind: split, keep: above}}"
MISSED = "axes: [CD4], gate: {kind: range, low: 150000}"
"""Above all cells."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tubes whose CD4+ gate contains no cell."""
    folder = tmp_path_factory.mktemp("without_value")
    own = shipped("strategies", "treg").read_text(encoding="utf-8")
    assert FOUND in own
    (folder / "own.yaml").write_text(own.replace(FOUND, MISSED), encoding="utf-8")
    rows = ["file,subject,visit,tube"]
    for i, visit in enumerate(("D1", "D8")):
        make_tube("treg", seed=40 + i, events=12_000).write(folder / f"S1_{visit}.fcs")
        rows.append(f"S1_{visit}.fcs,S1,{visit},TREG")
    (folder / "samples.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    assert tregate("run", folder, "--out", folder / "out", "--workers", "1", "--report", "none").code == 1
    return folder / "out"


@pytest.fixture
def server(ran: Path, tmp_path: Path) -> Server:
    with entered(ran, tmp_path) as running:
        yield running
    (ran / "audit.jsonl").unlink(missing_ok=True)


def mark(server: Server, tubes: list[int], population: str = "", mark: str = "confirmed", reason: str = "") -> tuple:
    body = {"tubes": tubes, "population": population, "mark": mark, "who": "A", "reason": reason}
    status, answer = server.post("/api/mark", body)
    return status, answer.get("message", "")


def reviewed(server: Server) -> int:
    return server.get("/api/ending")[1]["reviewed"]


def test_the_page_gives_the_cause_and_the_advice_of_failures_csv(server: Server, ran: Path) -> None:
    shown = {one["message"] for one in server.get("/api/tube/0")[1]["findings"]}
    assert rows(ran / "failures.csv")[0]["message"] in shown
    (few,) = (
        one["message"]
        for one in rows(ran / "findings.csv")
        if one["file"] == "S1_D1.fcs" and one["check"] == "few_events"
    )
    assert few in shown
    assert "review the gates of CD4+" in few


def test_no_value_is_confirmed_without_a_reason(server: Server, ran: Path) -> None:
    assert server.get("/api/run")[1]["tubes"][0]["failed"] == "gate"
    for tubes, population in (([0], ""), ([1, 0], ""), ([0], "CD4+")):
        status, said = mark(server, tubes, population)
        assert status == 422
        assert "TREG gives no value: Treg was not measured" in said
        assert "Move the gate, exclude the tube, or confirm it with a reason. Nothing was kept." in said
    assert not (ran / "audit.jsonl").exists()
    assert mark(server, [0], "lymphocytes")[0] == 200, "a gate above is right by itself"
    assert reviewed(server) == 0
    assert mark(server, [0], reason="the donor has no CD4+ cells")[0] == 200
    assert mark(server, [1], mark="exclude", reason="clotted")[0] == 200
    assert reviewed(server) == 2


def test_a_tube_whose_gate_was_moved_right_is_confirmed_as_any_other(server: Server) -> None:
    gate = threshold(server, 0, "CD4+")
    edit = {"range": [0.5 * gate["edit"]["range"][0], None]}
    move = {"i": 0, "population": "CD4+", "edit": edit, "who": "A", "reason": "above all cells"}
    status, kept = server.post("/api/move", move)
    assert status == 200, kept
    assert mark(server, [0])[0] == 200
    assert reviewed(server) == 1


def test_a_mark_of_the_report_counts_with_a_reason_only(ran: Path, tmp_path: Path) -> None:
    inputs = json.loads((ran / "run.json").read_text(encoding="utf-8"))["inputs"]
    place = [f"{one['subject']},{one['visit']},{one['tube']},{one['file']}" for one in inputs]
    lines = [",".join(COLUMNS)]
    lines += [f"A,2026-01-05T10:00:00Z,{at},,confirmed,{why}" for at, why in zip(place, ("", "none"), strict=True)]
    (tmp_path / "review.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tregate("tables", ran, "--review", tmp_path / "review.csv")
    assert [one.wish.reason for one in read_log(ran / "audit.jsonl").decisions] == ["none"]
    (ran / "audit.jsonl").unlink()
