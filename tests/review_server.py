"""`tregate review` as a process of its own, and requests to it by hand."""

import http.client
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli_running import command


class Server:
    """A running server, and the session of one who opened its link."""

    def __init__(self, process: subprocess.Popen[bytes], printed: Path) -> None:
        self.process, self.printed = process, printed
        self.port = int(re.findall(r"127\.0\.0\.1:(\d+)", self.link)[0])
        self.cookie = ""

    @property
    def link(self) -> str:
        """The newest link: the one before works no more once a browser opened it."""
        return re.findall(r"http://\S+", self.printed.read_text(encoding="utf-8"))[-1]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """(status, JSON or text, headers), by one request that says only what is given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            own = {} if body is None else {"content-type": "application/json"}
            data = None if body is None else json.dumps(body) if not isinstance(body, str) else body
            connection.request(method, path, data, {**own, **(headers or {})})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8")
            kind = answer.headers.get("content-type", "")
            return answer.status, json.loads(text) if kind == "application/json" else text, dict(answer.headers.items())
        finally:
            connection.close()

    def enter(self) -> None:
        """Open the link once, as a browser does, and keep the session."""
        status, _, headers = self.ask("GET", "/" + self.link.partition("/?")[0][:0] + "?" + self.link.partition("?")[2])
        assert status == 303
        self.cookie = headers["set-cookie"].partition(";")[0]

    def get(self, path: str) -> tuple[int, Any]:
        return self.ask("GET", path, headers={"cookie": self.cookie})[:2]

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        return self.ask("POST", path, body, {"cookie": self.cookie, "origin": self.origin})[:2]


def start(out: Path, printed: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a server; `printed` gets what it prints."""
    with printed.open("wb") as stream:
        process = subprocess.Popen(command("review", out, *options), stdout=stream, stderr=subprocess.STDOUT)
    end = time.monotonic() + 120
    while "Press Ctrl-C to end" not in printed.read_text(encoding="utf-8"):
        assert process.poll() is None, printed.read_text(encoding="utf-8")
        assert time.monotonic() < end
        time.sleep(0.05)
    return process


@contextmanager
def serving(out: Path, folder: Path, *options: str) -> Iterator[Server]:
    """A server over a run, ended with the block."""
    printed = folder / f"server-{os.getpid()}-{time.monotonic_ns()}.txt"
    process = start(out, printed, *options)
    try:
        yield Server(process, printed)
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def entered(out: Path, folder: Path, *options: str) -> Iterator[Server]:
    """A server over a run, with a session that may ask and decide."""
    with serving(out, folder, *options) as server:
        server.enter()
        yield server


def threshold(server: Server, i: int, population: str) -> dict[str, Any]:
    """The gate of a population as the server shows it."""
    _, tube = server.get(f"/api/tube/{i}")
    return next(gate for gate in tube["gates"] if gate["population"] == population)


def lifted(gate: dict[str, Any], by: float) -> dict[str, Any]:
    """The edit that moves a threshold up."""
    low, high = gate["edit"]["range"]
    return {"range": [None if low is None else low + by, None if high is None else high + by]}
