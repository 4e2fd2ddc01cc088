"""kill -9 of `tregate app` at random moments: what was confirmed is in the files, and the work goes on."""

import http.client
import json
import random
import resource
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from app_server import app_serving
from cli_running import command, rows, tregate
from review_server import Server

from tregate.gating.strategy.yaml_source import parse_yaml

KILLS = 30
LOST = (OSError, http.client.HTTPException, ValueError)
"""What a request ends with whose server is gone."""


def get(server: Server, name: str, folder: Path, **more: str) -> Any:
    query = "&".join(f"{key}={quote(str(value))}" for key, value in {"folder": folder, **more}.items())
    status, answer = server.get(f"/api/{name}?{query}")
    assert status == 200, answer
    return answer


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nothing_that_was_confirmed_is_lost_and_the_run_goes_on(trial: Path, tmp_path: Path) -> None:
    """Cells, keys and a run; the server is killed 30 times, and once in three the run's process too."""
    folder = Path(shutil.copytree(trial, tmp_path / "study"))
    chance = random.Random(19)
    cells: dict[int, str] = {}
    keys: dict[str, float] = {}
    ended = 0
    for kill in range(KILLS):
        with app_serving(folder, tmp_path) as server:
            server.enter()
            stop = threading.Timer(chance.uniform(0.05, 1.5), lambda: server.process.send_signal(signal.SIGKILL))
            stop.start()
            ended += work_until_killed(server, folder, chance, cells, keys)
            stop.join()
        there = rows(folder / "samples.csv")
        assert {row: there[row]["note kept"] for row in cells} == cells, f"kill {kill}"
        written = parse_yaml((folder / "study.yaml").read_text(encoding="utf-8"), "study.yaml").data
        assert {name: written[name] for name in keys} == keys, f"kill {kill}"
        if kill % 3 == 2:
            kill_run(folder / "RESULTS")
    assert len(cells) == len(rows(folder / "samples.csv"))
    with app_serving(folder, tmp_path) as server:
        server.enter()
        finish(server, folder)
    assert tregate("run", folder, "--out", tmp_path / "cli", "--workers", "1").code == 0
    for path in (folder / "RESULTS").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "cli" / path.name).read_bytes(), path.name


def work_until_killed(
    server: Server, folder: Path, chance: random.Random, cells: dict[int, str], keys: dict[str, float]
) -> int:
    """Change cells and keys and start runs; what is confirmed is noted. The number of runs that ended meanwhile."""
    ended = 0
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            kind = chance.choice(("cell", "cell", "key", "run"))
            if kind == "cell":
                sheet = get(server, "sheet", folder, sheet="samples")
                row, text = chance.randrange(len(sheet["rows"])), f"µ {chance.random():.6f}, again"
                body = {"sheet": "samples", "seen": sheet["sha256"], "changes": [[row, "note kept", text]]}
                if "note kept" not in sheet["columns"]:
                    add_column(folder / "samples.csv")
                    continue
                cells_before = cells.pop(row, None)
                try:
                    status, answer = server.post("/api/cells", {"folder": str(folder), **body})
                except LOST:
                    there = rows(folder / "samples.csv")[row]["note kept"]
                    assert there in (text, cells_before or ""), "neither what was there, nor what was asked"
                    cells[row] = there
                    raise
                assert status == 200, answer
                cells[row] = text
            elif kind == "key":
                value = round(chance.uniform(0.1, 9), 3)
                form = get(server, "form", folder)
                keys.pop("preparation_cv_percent", None)
                changes = [[["preparation_cv_percent"], str(value).replace(".", ",") if value < 1 else str(value)]]
                status, answer = server.post(
                    "/api/keys", {"folder": str(folder), "seen": form["sha256"], "changes": changes}
                )
                if status == 200:
                    keys["preparation_cv_percent"] = value
            elif not get(server, "run", folder, out="RESULTS")["running"]:
                server.post("/api/start-run", {"folder": str(folder), "out": "RESULTS", "workers": 1})
                ended += 1
        except LOST:
            return ended
    raise AssertionError("the server was not killed")


def add_column(samples: Path) -> None:
    """The column for notes, as another program adds it."""
    lines = samples.read_text(encoding="utf-8").splitlines()
    samples.write_text(
        "\n".join([lines[0] + ",note kept", *(line + "," for line in lines[1:])]) + "\n", encoding="utf-8"
    )


def kill_run(out: Path) -> None:
    journal = out.with_name(f".{out.name}.progress.jsonl")
    if journal.exists() and (lines := journal.read_text(encoding="utf-8").splitlines()):
        process = json.loads(lines[0])["process"]
        if '"exit"' not in lines[-1]:
            subprocess.run(["kill", "-9", str(process)], check=False, stderr=subprocess.DEVNULL)


def finish(server: Server, folder: Path) -> None:
    """Let the last run end, then run what the files say now."""
    end = time.monotonic() + 240
    started = False
    while time.monotonic() < end:
        reply = get(server, "run", folder, out="RESULTS")
        if not reply["running"]:
            if started:
                assert reply["outcome"]["status"] == "completed", reply
                return
            status, answer = server.post("/api/start-run", {"folder": str(folder), "out": "RESULTS", "workers": 1})
            assert status == 200, answer
            started = True
        time.sleep(0.2)
    raise AssertionError("the run did not end")


# ---------------------------------------------------------------- a disk that takes nothing more


def test_a_full_disk_is_reported_in_words_and_nothing_is_lost(spoiled: Path, tmp_path: Path) -> None:
    """The system lets the server write 200 bytes into a file: the sheet is larger, as it is on a full disk."""
    said = tmp_path / "said.txt"
    with said.open("wb") as stream:
        process = subprocess.Popen(
            command("app", spoiled, "--no-open"), stdout=stream, stderr=subprocess.STDOUT,
            env={"XDG_STATE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while "is written to the files" not in said.read_text(encoding="utf-8"):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        server = Server(process, said)
        server.enter()
        before = {path.name: path.read_bytes() for path in spoiled.iterdir() if path.is_file()}
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (200, 200))
        sheet = get(server, "sheet", spoiled, sheet="samples")
        body = {
            "folder": str(spoiled),
            "sheet": "samples",
            "seen": sheet["sha256"],
            "changes": [[0, "subject", "S9"]],
        }
        status, answer = server.post("/api/cells", body)
        assert status == 500
        assert "nothing was written" in answer["message"]
        assert {path.name: path.read_bytes() for path in spoiled.iterdir() if path.is_file()} == before
    finally:
        process.kill()
        process.wait(20)
