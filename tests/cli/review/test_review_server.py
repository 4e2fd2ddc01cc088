"""`tregate review`: what it answers, and that what it confirms is kept."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cli_running import rows, run_study
from review_server import Server, entered, lifted, threshold

from tregate.pipelines.review.audit_log import read_log


def test_nonsense_is_refused_and_kept_nowhere(server: Server, out: Path) -> None:
    for body in ("", "[]", "nonsense", '{"i": 0}', '{"i": "x", "population": "CD3+"}', "[" * 100_000):
        for path in ("/api/try", "/api/move", "/api/mark", "/api/undo"):
            assert 400 <= server.post(path, body)[0] < 500, (path, body[:40])
    assert not (out / "audit.jsonl").exists()


def test_a_move_needs_name_and_reason_and_a_gate(server: Server, out: Path) -> None:
    gate = threshold(server, 0, "CD3+")
    move = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.1), "who": "A", "reason": "debris"}
    cases = [
        ({**move, "reason": "  "}, "the reason is missing"),
        ({**move, "who": ""}, "the name of the reviewer is missing"),
        ({**move, "edit": {"range": [0.9, 0.1]}}, "the lower edge is above the upper one"),
        ({**move, "edit": {"range": [None, None]}}, "a gate needs an edge"),
        ({**move, "edit": {"range": ["1", None]}}, "a position is no number"),
        ({**move, "edit": {"vertices": [[0, 0]]}}, "the gate cannot be read"),
        ({**move, "edit": None, "place": "moon"}, "has no place by moon"),
    ]
    for body, why in cases:
        status, answer = server.post("/api/move", body)
        assert status == 422, answer
        assert why in answer["message"]
    assert not (out / "audit.jsonl").exists()


@pytest.mark.parametrize("keep", [False, True])
def test_what_is_confirmed_equals_a_run_with_that_gate(
    server: Server, out: Path, tmp_path: Path, trial: Path, keep: bool
) -> None:
    gate = threshold(server, 0, "CD3+")
    move = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.2), "keepBelow": keep, "who": "A", "reason": "debris"}
    _, tried = server.post("/api/try", move)
    status, kept = server.post("/api/move", move)
    assert status == 200, kept
    assert kept["tube"]["counts"] == tried["counts"]
    assert kept["tube"]["figures"] == tried["figures"]
    (decision,) = read_log(out / "audit.jsonl").decisions
    assert (decision.n, decision.sha256) == (kept["n"], kept["sha256"])
    assert decision.wish.before["gate"]["method"] != "by hand"
    assert decision.wish.before["figures"].keys() == decision.wish.after["figures"].keys() != set()

    new = tmp_path / "new"
    assert run_study(trial, new, "--review", out / "audit.jsonl").code == 0
    first = kept["tube"]
    run = {
        r["population"]: r
        for r in rows(new / "counts.csv")
        if (r["subject"], r["visit"], r["tube"]) == ("S01", "D1", first["tube"])
    }
    for count in first["counts"]:
        exact = dict(pair.split(" ", 1) for pair in count["exact"].split("; "))
        row = run[count["population"]]
        assert exact["events"] == f"{row['events']} of {row['parent_events']}"
        assert exact.get("percent_of_parent", "") == row["percent_of_parent"]
        if row["cells_per_ul"]:
            limits = f"({row['cells_per_ul_low']} to {row['cells_per_ul_high']})"
            assert exact["cells_per_ul"] == f"{row['cells_per_ul']} {limits}"
    treg = {r["visit"]: r for r in rows(new / "treg.csv") if r["subject"] == "S01"}["D1"]
    for figure in first["figures"]:
        if figure["measure"] in treg:
            assert treg[figure["measure"]] == ("" if figure["value"] is None else f"{figure['value']:.6g}")


def test_other_places_undo_and_back_to_automatic(server: Server, out: Path) -> None:
    before = threshold(server, 0, "CD3+")
    assert "visit D8" in before["places"]
    other = {"i": 0, "population": "CD3+", "place": "visit D8", "who": "A", "reason": "as at D8"}
    status, kept = server.post("/api/move", other)
    assert status == 200, kept
    gate = threshold(server, 0, "CD3+")
    assert (gate["placedBy"], gate["reason"]) == ("A", "as at D8")
    assert gate["places"][0] == "automatic"
    assert server.post("/api/move", {**other, "place": "automatic", "reason": "the first was right"})[0] == 200
    back = threshold(server, 0, "CD3+")
    assert (back["placedBy"], back["edit"]) == ("", before["edit"])
    assert server.post("/api/undo", {"i": 0, "n": 2, "who": "A", "reason": "no, D8"})[0] == 200
    assert threshold(server, 0, "CD3+")["edit"] == gate["edit"]
    assert server.post("/api/undo", {"i": 1, "n": 1, "who": "A", "reason": "x"})[0] == 422, "of another tube"
    log = read_log(out / "audit.jsonl")
    assert [one.wish.action for one in log.decisions] == ["move", "automatic", "undo"]
    assert not log.broken


def test_a_gate_that_is_where_it_was_is_no_decision(server: Server, out: Path) -> None:
    gate = threshold(server, 0, "CD3+")
    sent = {"i": 0, "population": "CD3+", "edit": gate["edit"], "who": "A", "reason": "looks right"}
    before = server.get("/api/tube/0")[1]
    tried = server.post("/api/try", sent)[1]
    events = {count["population"]: count["events"] for count in before["counts"]}
    assert {count["population"]: count["events"] for count in tried["counts"]} == events
    assert tried["lost"] == []
    status, answer = server.post("/api/move", sent)
    assert (status, "CD3+ is where it was, so nothing was kept" in str(answer)) == (422, True)
    assert not (out / "audit.jsonl").exists()
    assert server.get("/api/tube/0")[1] == before


def test_gates_below_that_a_move_empties_are_named_before_it_is_kept(server: Server) -> None:
    gate = threshold(server, 0, "CD3+")
    sent = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.9), "who": "A", "reason": "too far"}
    tried = server.post("/api/try", sent)[1]
    assert any(one.startswith("CD4+") for one in tried["lost"]), tried["lost"]


def test_the_same_confirmation_is_kept_once_until_something_changed(server: Server, out: Path) -> None:
    asked = {"tubes": [0], "population": "", "mark": "confirmed", "who": "A", "reason": ""}
    with ThreadPoolExecutor(2) as pool:
        answers = [one[1] for one in pool.map(lambda _: server.post("/api/mark", asked), range(2))]
    assert sorted(one["n"] for one in answers) == [[], [1]]
    assert sorted(one["already"] for one in answers) == [[], [0]]
    assert server.post("/api/mark", {**asked, "mark": "note", "reason": "a note changes nothing"})[1]["n"] == [2]
    both = server.post("/api/mark", {**asked, "tubes": [0, 1], "who": " a "})[1]
    assert (both["n"], both["already"]) == ([3], [0])
    assert server.get("/api/run")[1]["tubes"][0]["confirmedBy"] == ["A"]
    assert server.post("/api/mark", {**asked, "who": "B"})[1]["n"] == [4], "another person"
    assert server.post("/api/mark", {**asked, "reason": "seen twice"})[1]["n"] == [5], "something new is said"
    edit = lifted(threshold(server, 0, "CD3+"), 0.05)
    assert server.post("/api/move", {**asked, "i": 0, "population": "CD3+", "edit": edit, "reason": "dim"})[0] == 200
    assert server.get("/api/run")[1]["tubes"][0]["confirmedBy"] == []
    assert server.post("/api/mark", asked)[1]["n"] == [7], "a gate was moved"
    assert len(read_log(out / "audit.jsonl").decisions) == 7


def test_two_browsers_lose_nothing(server: Server, out: Path) -> None:
    other = Server(server.process, server.printed)
    other.enter()
    seen = server.get("/api/tube/0")[1]["seen"]
    gate = threshold(server, 0, "CD3+")
    move = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.05), "reason": "one", "seen": seen}
    assert server.post("/api/move", {**move, "who": "A"})[0] == 200
    status, answer = other.post("/api/move", {**move, "who": "B", "edit": lifted(gate, 0.1)})
    assert status == 409
    assert "A decided about this tube meanwhile (entry 1: move CD3+)" in answer["message"]
    seen = other.get("/api/tube/0")[1]["seen"]
    assert other.post("/api/move", {**move, "who": "B", "edit": lifted(gate, 0.1), "seen": seen})[0] == 200
    assert [one.wish.who for one in read_log(out / "audit.jsonl").decisions] == ["A", "B"]


def test_what_another_program_appends_is_taken_in(server: Server, out: Path, tmp_path: Path) -> None:
    with entered(out, tmp_path) as second:
        gate = threshold(second, 0, "CD3+")
        move = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.2), "who": "B", "reason": "debris"}
        assert second.post("/api/move", move)[0] == 200
        moved = threshold(second, 0, "CD3+")["edit"]
    assert threshold(server, 0, "CD3+")["edit"] == moved
    assert server.get("/api/run")[1]["tubes"][0]["moved"] == ["CD3+"]


def test_marks_of_several_tubes_are_entries_of_their_own(server: Server, out: Path) -> None:
    body = {"tubes": [0, 1, 2], "population": "", "mark": "confirmed", "who": "A", "reason": ""}
    assert server.post("/api/mark", body)[1]["n"] == [1, 2, 3]
    assert server.post("/api/mark", {**body, "mark": "exclude"})[0] == 422, "no reason"
    decisions = read_log(out / "audit.jsonl").decisions
    assert len({one.wish.file_sha256 for one in decisions}) == 3
    assert decisions[0].wish.after["counts"]["CD3+"]["events"] > 0


NOT_THERE: tuple[dict[str, object], ...] = (
    {"tubes": "01"}, {"tubes": []}, {"tubes": [0, True]}, {"tubes": [0.0]}, {"tubes": [0, 9999]}, {"tubes": [-1]},
    {"tubes": [0], "population": "none of it"}, {"tubes": [0], "who": "A\nB"},
    {"tubes": [0], "population": "CD3+", "mark": "exclude", "reason": "x"}, {"tubes": [0], "who": "\ud800"},
)  # fmt: skip


def test_a_mark_of_what_is_not_there_is_refused(server: Server, out: Path) -> None:
    for body in NOT_THERE:
        status, answer = server.post("/api/mark", {"mark": "confirmed", "who": "A", **body})
        assert status in (404, 422), (body, answer)
    assert not (out / "audit.jsonl").exists()


def test_a_tube_named_twice_is_marked_once(server: Server, out: Path) -> None:
    assert server.post("/api/mark", {"tubes": [1, 1], "mark": "confirmed", "who": "A"})[1]["n"] == [1]


def test_the_second_reader_is_blind_and_disagreement_is_listed(server: Server, out: Path, tmp_path: Path) -> None:
    gate = threshold(server, 0, "CD3+")
    move = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.3), "who": "First", "reason": "debris"}
    assert server.post("/api/move", move)[0] == 200
    both = {"tubes": [1, 2], "population": "", "mark": "confirmed", "reason": ""}
    assert server.post("/api/mark", {**both, "who": "First"})[0] == 200
    with entered(out, tmp_path, "--second") as second:
        assert threshold(second, 0, "CD3+")["edit"] == gate["edit"], "starts from the automatic gate"
        assert second.get("/api/log")[1] == []
        assert second.get("/api/run")[1]["tubes"][0]["moved"] == []
        assert second.post("/api/mark", {**both, "tubes": [0, 1, 2], "who": "Second"})[0] == 200
        assert second.get("/api/readers")[1]["gates"] == 0, "blind to the first until the study is signed"
        assert [one["who"] for one in second.get("/api/log")[1]] == ["Second"] * 3
    answer = server.get("/api/readers")[1]
    gates = [len(server.get("/api/run")[1]["tubes"][i]["decided"]) for i in (1, 2)]
    assert min(gates) > 3
    assert (answer["gates"], answer["moved"]) == (1 + sum(gates), 1), "a confirmed tube is each of its gates"
    assert answer["words"].startswith(f"Both readers reviewed {1 + sum(gates)} gates, 1 of them moved; 1 differ")
    (line,) = answer["differ"]
    assert (line["population"], line["first"], line["second"]) == ("CD3+", "moved", "confirmed")
    assert line["difference_percent"] > 0
    assert "cd3_per_ul: " in line["figures_first"]
    assert line["figures_second"] == ""
    assert answer["kappa"] == pytest.approx(0.0)
