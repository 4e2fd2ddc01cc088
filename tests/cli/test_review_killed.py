"""kill -9 of `tregate review` during scripted edits: what was confirmed is there, and the chain is whole."""

import http.client
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from cli_running import run_study
from review_server import Server, entered

from tregate.pipelines.review.audit_log import read_log

KILLS = 50


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_confirmed_decision_is_lost(trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run_study(trial, out, "--report", "all").code == 0
    chance = random.Random(16)
    confirmed: dict[int, str] = {}
    for kill in range(KILLS):
        with entered(out, tmp_path) as server:
            stop = threading.Timer(chance.uniform(0.02, 1.5), lambda: server.process.send_signal(signal.SIGKILL))
            stop.start()
            confirmed |= edits_until_killed(server, chance, kill)
            stop.join()
        log = read_log(out / "audit.jsonl")
        assert not log.broken
        there = {one.n: one.sha256 for one in log.decisions}
        assert confirmed.items() <= there.items(), f"kill {kill}"
    assert len(confirmed) > KILLS


def edits_until_killed(server: Server, chance: random.Random, kill: int) -> dict[int, str]:
    """Number -> hash of every decision that the server confirmed before it was killed."""
    confirmed: dict[int, str] = {}
    end = time.monotonic() + 60
    while time.monotonic() < end:
        step = [round(chance.uniform(-0.05, 0.05), 4), 0.0]
        move = {"i": 0, "population": "CD3+", "edit": {"step": step}, "who": "script", "reason": f"kill {kill}"}
        mark = {"tubes": [0, 1, 2], "population": "", "mark": "note", "who": "script", "reason": f"kill {kill} \u00b5"}
        path, body = chance.choice([("/api/move", move), ("/api/mark", mark), ("/api/mark", mark)])
        try:
            status, answer = server.post(path, body)
        except (OSError, http.client.HTTPException, ValueError):
            return confirmed
        if status == 422 and "is where it was" in answer["message"]:
            continue  # one step in a thousand is none, and a step that was taken before may be drawn again
        assert status == 200, answer
        numbers, hashes = (answer["n"], answer["sha256"])
        pairs = zip(numbers, hashes, strict=True) if isinstance(numbers, list) else [(numbers, hashes)]
        confirmed |= dict(pairs)
    raise AssertionError("the server was not killed")
