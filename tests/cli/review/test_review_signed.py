"""`tregate sign`: what a signature locks, what breaks it, and that decisions which wait are not signed."""

import json
import re
import shutil
from pathlib import Path

from cli_running import run_study, tregate
from review_server import Server, entered, lifted, serving, threshold

from tregate.gating.strategy.load import shipped
from tregate.pipelines.review.audit_log import read_log


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
    with entered(copy, tmp_path) as server:
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
    with entered(copy, tmp_path) as server:
        body = {"tubes": [0], "population": "", "mark": "exclude", "who": "A", "reason": "clotted"}
        assert server.post("/api/mark", body)[0] == 200
    assert tregate("tables", copy).code == 0
    assert (copy / "counts.csv").read_bytes() != first
    with entered(copy, tmp_path) as server:
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


def confirm(server: Server, tubes: list[int], population: str = "", who: str = "A") -> None:
    body = {"tubes": tubes, "population": population, "mark": "confirmed", "who": who, "reason": ""}
    status, answer = server.post("/api/mark", body)
    assert status == 200, answer


def test_who_reviewed_signs_and_the_signature_says_how_many_tubes_were_anothers(server: Server, out: Path) -> None:
    everything = [one["i"] for one in server.get("/api/run")[1]["tubes"]]
    confirm(server, everything[:-2], who="Anna Reader")
    confirm(server, everything[-2:], who="B. Reader")
    assert server.get("/api/ending")[1]["by"] == {"Anna Reader": len(everything) - 2, "B. Reader": 2}
    assert tregate("tables", out).code == 0
    other = tregate("sign", out, "--name", "C. Director", "--statement", "I reviewed all tubes")
    assert other.code == 2
    message = "C. Director decided about no tube in this reading; its decisions are by Anna Reader, B. Reader."
    assert message in " ".join(other.err.split())
    done = tregate("sign", out, "--name", "anna  reader", "--statement", "I reviewed my tubes")
    assert done.code == 0, done.err
    n = len(everything)
    words = f"{n} of {n} tubes reviewed, {n - 2} of them by anna  reader alone"
    assert words in done.err
    assert words in tregate("verify", out).out
    again = tregate("sign", out, "--name", "B. Reader", "--statement", "I reviewed two tubes")
    assert (again.code, "the first reading is signed by anna reader" in " ".join(again.err.split())) == (2, True)


def test_one_gate_of_each_tube_signs_no_study(server: Server, out: Path) -> None:
    tubes = server.get("/api/run")[1]["tubes"]
    everything = [one["i"] for one in tubes]
    first = {one["i"]: server.get(f"/api/tube/{one['i']}")[1]["gates"] for one in tubes}
    placed = {i: [gate["population"] for gate in gates if gate["edit"]] for i, gates in first.items()}
    for i in everything[:-1]:
        confirm(server, [i])
    for population in placed[everything[-1]][:-1]:
        confirm(server, everything[-1:], population)
    run = server.get("/api/run")[1]
    last = run["tubes"][everything[-1]]
    assert (run["reviewed"], run["toReview"]) == (len(tubes) - 1, len(tubes))
    assert (len(last["decided"]), last["toDecide"], last["reviewed"]) == (
        len(placed[last["i"]]) - 1, len(placed[last["i"]]), False,
    )  # fmt: skip
    done = tregate("sign", out, "--name", "A", "--statement", "all reviewed")
    assert (done.code, f"1 of {len(tubes)} tubes are not reviewed" in done.err) == (2, True)
    confirm(server, everything[-1:], placed[everything[-1]][-1])
    assert server.get("/api/run")[1]["reviewed"] == len(tubes)
    assert server.get("/api/ending")[1]["reviewed"] == len(tubes)
    assert tregate("sign", out, "--name", "A", "--statement", "all reviewed").code == 0


def test_a_move_and_its_undo_leave_the_tables_as_they_are(server: Server, out: Path) -> None:
    before = server.get("/api/tube/0")[1]
    gate = threshold(server, 0, "CD3+")
    move = {"i": 0, "population": "CD3+", "edit": lifted(gate, 0.2), "who": "A", "reason": "debris"}
    n = server.post("/api/move", move)[1]["n"]
    assert server.get("/api/ending")[1]["waiting"] == 1
    assert server.get("/api/tube/0")[1]["outdated"]
    assert server.post("/api/undo", {"i": 0, "n": n, "who": "A", "reason": "was right"})[0] == 200
    assert server.get("/api/ending")[1]["waiting"] == 0
    after = server.get("/api/tube/0")[1]
    assert {name: after[name] for name in ("counts", "figures", "findings", "outdated")} == {
        name: before[name] for name in ("counts", "figures", "findings", "outdated")
    }
    assert tregate("sign", out, "--name", "A", "--statement", "all reviewed", "--incomplete").code == 0


def test_one_person_cannot_make_both_readings(server: Server, out: Path, tmp_path: Path) -> None:
    confirm(server, [0], who="A. Reader")
    body = {"tubes": [0], "population": "", "mark": "confirmed", "reason": ""}
    with entered(out, tmp_path, "--second") as second:
        status, answer = second.post("/api/mark", {**body, "who": " a.  READER"})
        assert (status, "is the first reader of this run" in answer["message"]) == (422, True)
        confirm(second, [0], who="B. Reader")
    status, answer = server.post("/api/mark", {**body, "who": "b. reader"})
    assert (status, "is the second reader of this run" in answer["message"]) == (422, True)
    signing = ("sign", out, "--statement", "read", "--incomplete", "--name")
    done = tregate(*signing, "A. reader", "--second")
    assert (done.code, "is the first reader of this run" in done.err) == (2, True)
    assert tregate(*signing, "A. Reader").code == 0
    assert tregate(*signing, "B. Reader", "--second").code == 0


def test_a_second_reading_that_comes_after_the_first_signature_is_refused_at_once(out: Path, tmp_path: Path) -> None:
    signing = ("sign", out, "--statement", "read", "--name")
    assert tregate(*signing, "A. Reader", "--incomplete").code == 0
    late = tregate("review", out, "--second")
    assert late.code == 2
    assert "the study is signed by A. Reader" in late.err
    assert "A second reading comes before that" in late.err
    assert f"tregate sign {out} --reopen --reason REASON" in late.err
    refused = tregate(*signing, "B. Reader", "--second")
    assert (refused.code, "and so locked; of the second reading, 0 of " in refused.err) == (2, True)
    assert "--incomplete" in refused.err
    assert "Review them" not in refused.err
    with serving(out, tmp_path) as server:
        said = server.printed.read_text(encoding="utf-8")
    assert "It is locked: no decision is kept." in said
    assert "Press Ctrl-C to end" in said
    assert "are kept in audit.jsonl" not in said


def test_a_second_reader_who_read_before_opens_the_signed_study(server: Server, out: Path, tmp_path: Path) -> None:
    before = server.printed.read_text(encoding="utf-8")
    assert "A second reading (tregate review OUT --second, by another person) comes before the first" in before
    with entered(out, tmp_path, "--second") as second:
        confirm(second, [0], who="B. Reader")
        said = second.printed.read_text(encoding="utf-8")
        assert "are kept in audit.jsonl as they are made. Press Ctrl-C to end; then: tregate sign OUT --second." in said
    assert tregate("sign", out, "--name", "A. Reader", "--statement", "read", "--incomplete").code == 0
    with entered(out, tmp_path, "--second") as second:
        said = second.printed.read_text(encoding="utf-8")
        assert "It is locked: no decision is kept." in said
        assert "are kept in audit.jsonl" not in said
        body = {"who": "B. Reader", "statement": "read one", "incomplete": True}
        assert second.post("/api/sign", body)[0] == 200


def test_a_reviewed_tube_is_no_longer_ranked_by_its_warnings_when_the_page_is_opened_again(
    server: Server, out: Path, tmp_path: Path
) -> None:
    before = server.get("/api/run")[1]
    first = next(i for i in before["order"] if before["tubes"][i]["warnings"])
    confirm(server, [first])
    assert server.get("/api/run")[1]["order"] == before["order"], "the list stays while a person goes through it"
    with entered(out, tmp_path) as again:
        after = again.get("/api/run")[1]
    assert after["tubes"][first]["effect"] < before["tubes"][first]["effect"]
    others = [i for i in before["order"] if i != first]
    assert [after["tubes"][i]["effect"] for i in others] == [before["tubes"][i]["effect"] for i in others]
