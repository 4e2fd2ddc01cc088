"""`tregate review`: who may speak to it, what it answers, and that what it confirms is kept."""

import json
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_running import rows, run_study, tregate
from review_server import Server, serving

from tregate.gating.strategy.load import shipped
from tregate.pipelines.review.audit_log import read_log


@pytest.fixture(scope="module")
def made(trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reviewed") / "out"
    assert run_study(trial, out, "--report", "all").code == 0
    return out


@pytest.fixture
def out(made: Path) -> Iterator[Path]:
    """The run without decisions; it stays beside its study."""
    yield made
    (made / "audit.jsonl").unlink(missing_ok=True)


@pytest.fixture
def server(out: Path, tmp_path: Path) -> Iterator[Server]:
    with serving(out, tmp_path) as running:
        running.enter()
        yield running


@pytest.fixture(scope="module")
def standing(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all requests that decide nothing, over a copy beside the run."""
    folder = tmp_path_factory.mktemp("standing")
    with serving(Path(shutil.copytree(made, folder / "out")), folder) as running:
        running.enter()
        yield running


def threshold(server: Server, i: int, population: str) -> dict:
    _, tube = server.get(f"/api/tube/{i}")
    return next(gate for gate in tube["gates"] if gate["population"] == population)


def lifted(gate: dict, by: float) -> dict:
    low, high = gate["edit"]["range"]
    return {"range": [None if low is None else low + by, None if high is None else high + by]}


def test_only_the_page_itself_is_answered(standing: Server) -> None:
    server = standing
    own = {"cookie": server.cookie}
    assert server.ask("GET", "/api/run", headers=own)[0] == 200
    refused = [
        ("GET", "/api/run", {}, 401),
        ("GET", "/", {}, 401),
        ("GET", "/start.js", {}, 401),
        ("GET", "/?token=" + "x" * 43, {}, 401),
        ("GET", "/api/run", {"cookie": server.cookie + "x"}, 401),
        ("GET", "/api/run", {**own, "host": "evil.example"}, 421),
        ("GET", "/api/run", {**own, "host": f"127.0.0.1:{server.port + 1}"}, 421),
        ("GET", "/api/run", {**own, "host": "127.0.0.1"}, 421),
        ("GET", "/api/run", {**own, "origin": "http://evil.example"}, 403),
        ("GET", "/api/run", {**own, "origin": f"http://127.0.0.1:{server.port + 1}"}, 403),
        ("GET", "/api/run", {**own, "origin": "null"}, 403),
        ("GET", "/api/run", {**own, "sec-fetch-site": "cross-site"}, 403),
        ("GET", "/api/run", {**own, "sec-fetch-site": "same-site"}, 403),
        ("POST", "/api/mark", own, 403),
        ("POST", "/api/mark", {**own, "origin": "http://evil.example"}, 403),
        ("POST", "/api/mark", {"origin": server.origin}, 401),
    ]
    for method, path, headers, status in refused:
        assert server.ask(method, path, headers=headers)[0] == status, (method, path, headers)


def test_the_token_works_once_and_the_next_one_is_another(server: Server) -> None:
    first = server.link
    other = Server(server.process, server.printed)
    other.enter()
    assert other.cookie != server.cookie
    assert server.link != first
    assert server.ask("GET", first.partition(str(server.port))[2])[0] == 401
    assert server.get("/api/run")[0] == other.get("/api/run")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/run.json", "/run.json", "/audit.jsonl",
        "/page/app.js", "//etc/passwd", "/api/tube/../run.json", "/api/tube/-1", "/api/tube/9999", "/api/tube/1%00",
        "/app.js/../app.py", "/api/sheet?kind=../..&population=x",
    ],
)  # fmt: skip
def test_no_file_is_reached_by_a_path(standing: Server, path: str) -> None:
    status, answer = standing.get(path)
    assert status == 404 or (status == 200 and answer.get("cards") == []), answer
    assert "root:" not in str(answer)


def test_every_answer_has_a_strict_policy(standing: Server) -> None:
    for path, cookie in (
        ("/", standing.cookie),
        ("/api/run", standing.cookie),
        ("/api/run", ""),
        ("/nowhere", standing.cookie),
    ):
        headers = standing.ask("GET", path, headers={"cookie": cookie})[2]
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_it_listens_on_this_machine_only(standing: Server) -> None:
    outside = next((a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None) if a[4][0][:4] != "127."), "")
    if not outside:
        pytest.skip("this machine has no address but its own")
    with pytest.raises(OSError):
        socket.create_connection((outside, standing.port), timeout=2).close()


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
    told = {"i": 0, "population": "CD3+", "edit": gate["edit"], "who": "A", "reason": "looks right"}
    before = server.get("/api/tube/0")[1]
    tried = server.post("/api/try", told)[1]
    events = {count["population"]: count["events"] for count in before["counts"]}
    assert {count["population"]: count["events"] for count in tried["counts"]} == events
    assert tried["lost"] == []
    status, answer = server.post("/api/move", told)
    assert (status, "CD3+ is where it was, so nothing was kept" in str(answer)) == (422, True)
    assert not (out / "audit.jsonl").exists()
    assert server.get("/api/tube/0")[1] == before


def test_gates_below_that_a_move_empties_are_named_before_it_is_kept(server: Server) -> None:
    gate = threshold(server, 0, "CD3+")
    told = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.9), "who": "A", "reason": "too far"}
    tried = server.post("/api/try", told)[1]
    assert any(one.startswith("CD4+") for one in tried["lost"]), tried["lost"]


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
    with serving(out, tmp_path) as second:
        second.enter()
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
    with serving(out, tmp_path, "--second") as second:
        second.enter()
        assert threshold(second, 0, "CD3+")["edit"] == gate["edit"], "starts from the automatic gate"
        assert second.get("/api/log")[1] == []
        assert second.get("/api/run")[1]["tubes"][0]["moved"] == []
        assert second.post("/api/mark", {**both, "tubes": [0, 1, 2], "who": "Second"})[0] == 200
        assert second.get("/api/readers")[1]["gates"] == 0, "blind to the first until the study is signed"
        assert [one["who"] for one in second.get("/api/log")[1]] == ["Second"] * 3
    answer = server.get("/api/readers")[1]
    assert answer["gates"] == 3
    (line,) = answer["differ"]
    assert (line["population"], line["first"], line["second"]) == ("CD3+", "moved", "confirmed")
    assert line["difference_percent"] > 0
    assert "cd3_per_ul: " in line["figures_first"]
    assert line["figures_second"] == ""
    assert answer["kappa"] == pytest.approx(0.0)


def test_signed_is_locked_and_what_breaks_it_is_named(out: Path, trial: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(out, tmp_path / "copy"))
    assert run_study(trial, copy).code == 0
    done = tregate("sign", copy, "--name", "A. Reader")
    assert (done.code, "a signature says what is signed" in done.err) == (2, True)
    signing = ("sign", copy, "--name", "A. Reader", "--statement", "I reviewed all 12 tubes")
    done = tregate(*signing)
    number = len(json.loads((copy / "run.json").read_text(encoding="utf-8"))["inputs"])
    assert (done.code, f"{number} of {number} tubes are not reviewed" in done.err) == (2, True)
    assert not (copy / "audit.jsonl").exists()
    done = tregate(*signing, "--incomplete")
    assert done.code == 0, done.err
    assert f"0 of {number} tubes reviewed" in done.err
    verified = tregate("verify", copy)
    assert (verified.code, f"(entry 1): 0 of {number} tubes reviewed." in verified.out) == (0, True)
    after = read_log(copy / "audit.jsonl").decisions[0].wish.after
    assert (after["reviewed"], after["tubes"]) == (0, number)
    assert after["strategies"]["TREG"]["name"] == "treg"
    assert len(after["strategies"]["TREG"]["sha256"]) == 64
    for refused in (tregate("tables", copy), run_study(trial, copy)):
        assert refused.code == 2
        assert "the study is signed by A. Reader" in refused.err
    with serving(copy, tmp_path) as server:
        server.enter()
        assert "I reviewed all 12 tubes" in server.get("/api/run")[1]["signed"][0]["words"]
        body = {"tubes": [0], "population": "", "mark": "note", "who": "B", "reason": "late"}
        assert server.post("/api/mark", body)[0] == 423
    record = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    (copy / "run.json").write_text(json.dumps({**record, "user": "somebody"}), encoding="utf-8")
    done = tregate("verify", copy)
    assert done.code == 1
    assert "The signature of A. Reader (entry 1) is broken: run.json is not the one that was signed" in done.out
    assert tregate("sign", copy, "--name", "B", "--reopen").code == 2, "no reason"
    assert tregate("sign", copy, "--name", "B", "--reopen", "--reason", "a lot was wrong").code == 0
    assert run_study(trial, copy).code == 0
    assert tregate("verify", copy).code == 0
    actions = [one.wish.action for one in read_log(copy / "audit.jsonl").decisions]
    assert actions == ["sign", "reopen"]


def test_verify_names_the_version_that_was_signed_and_the_one_of_now(trial: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(trial, tmp_path / "study"))
    own, plan = study / "own.yaml", study / "study.yaml"
    shutil.copy(shipped("strategies", "treg"), own)
    text = plan.read_text(encoding="utf-8")
    assert "TREG: treg\n" in text
    plan.write_text(text.replace("TREG: treg\n", "TREG: own.yaml\n"), encoding="utf-8")
    assert run_study(study, tmp_path / "out").code == 0
    assert tregate("sign", tmp_path / "out", "--name", "A", "--statement", "all seen", "--incomplete").code == 0
    named = read_log(tmp_path / "out" / "audit.jsonl").decisions[0].wish.after["strategies"]["TREG"]
    assert (named["name"], named["version"]) == ("treg", "1.0")
    assert tregate("verify", tmp_path / "out").code == 0
    changed = own.read_text(encoding="utf-8").replace('version: "1.0"', 'version: "1.1"', 1)
    changed = changed.replace("mass: 0.999", "mass: 0.99")
    changed = changed.replace("changes:\n", 'changes:\n  - {version: "1.1", about: Smaller lymphocyte gate.}\n')
    own.write_text(changed, encoding="utf-8")
    done = tregate("verify", tmp_path / "out")
    assert done.code == 1
    assert "own.yaml was changed" in done.out
    signed, now = r"A signed tube TREG with strategy treg 1\.0 \(\w{12}\)", r"it is now treg 1\.1 \(\w{12}\)"
    assert re.search(rf"{signed}; {now}: Smaller lymphocyte gate\.", done.out)


def test_decisions_that_wait_are_not_signed(server: Server, out: Path) -> None:
    gate = threshold(server, 0, "CD3+")
    move = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.2), "who": "A", "reason": "debris"}
    assert server.post("/api/move", move)[0] == 200
    done = tregate("sign", out, "--name", "A", "--statement", "all reviewed")
    assert done.code == 2
    assert "1 decisions are not in the tables yet" in done.err


def test_an_exclusion_can_be_undone_after_it_came_into_the_tables(out: Path, trial: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert run_study(trial, copy).code == 0
    first = (copy / "counts.csv").read_bytes()
    with serving(copy, tmp_path) as server:
        server.enter()
        body = {"tubes": [0], "population": "", "mark": "exclude", "who": "A", "reason": "clotted"}
        assert server.post("/api/mark", body)[0] == 200
    assert tregate("tables", copy).code == 0
    assert (copy / "counts.csv").read_bytes() != first
    with serving(copy, tmp_path) as server:
        server.enter()
        tube = server.get("/api/tube/0")[1]
        assert (tube["gates"], tube["gated"], tube["excluded"][:7]) == ([], False, "clotted")
        again = server.post(
            "/api/mark", {"tubes": [0], "population": "", "mark": "confirmed", "who": "A", "reason": ""}
        )
        assert (again[0], "has no gates to review" in str(again[1])) == (422, True)
        undo = {"i": 0, "n": 1, "who": "A", "reason": "another tube was meant", "seen": tube["seen"]}
        assert server.post("/api/undo", undo)[0] == 200
    assert tregate("tables", copy).code == 0
    assert (copy / "counts.csv").read_bytes() == first
