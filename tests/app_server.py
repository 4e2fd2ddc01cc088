"""`tregate app` as a process of its own."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cli_running import command
from review_server import Server


@contextmanager
def app_serving(study: Path | None, folder: Path, *options: str, before: Sequence[str] = ()) -> Iterator[Server]:
    """A server that begins with a study's folder; its recent studies lie in `folder`. `before`: what starts it."""
    said = folder / f"app-{time.monotonic_ns()}.txt"
    given = [] if study is None else [study]
    with said.open("wb") as stream:
        process = subprocess.Popen(
            [*before, *command("app", *given, "--no-open", *options)], stdout=stream, stderr=subprocess.STDOUT,
            env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
        )  # fmt: skip
    end = time.monotonic() + 60
    while "is written to the files" not in said.read_text(encoding="utf-8"):
        assert process.poll() is None, said.read_text(encoding="utf-8")
        assert time.monotonic() < end
        time.sleep(0.02)
    try:
        yield Server(process, said)
    finally:
        process.terminate()
        process.wait(20)
