"""How far a command has come: rate and remaining time, in a log and on a terminal."""

import io
from collections.abc import Callable

import pytest

from tregate.pipelines import console
from tregate.pipelines.console import Console, rate_and_rest


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the time on."""
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])

    def on(seconds: float) -> None:
        now[0] += seconds

    return on


def test_a_log_has_rate_and_rest(clock: Callable[[float], None]) -> None:
    stream = io.StringIO()
    with Console(stream=stream).progress("validating", 20) as progress:
        for _ in range(20):
            clock(2.0)
            progress.advance()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "validating: 2 of 20 (30.0 per minute, 36 s left)"
    assert lines[-1] == "validating: 20 of 20 (30.0 per minute)"
    assert len(lines) == 10


def test_a_terminal_has_them_too() -> None:
    stream = Terminal()
    with Console(stream=stream).progress("gating", 2) as progress:
        progress.advance()
        progress.tell("Interrupted.")
    assert "gating" in stream.getvalue()
    assert "Interrupted." in stream.getvalue()


def test_what_is_done_now_is_said_with_quiet_too() -> None:
    stream = io.StringIO()
    with Console(quiet=True, stream=stream).progress("gating", 2) as progress:
        progress.advance()
        progress.tell("Interrupted.")
    assert stream.getvalue() == "Interrupted.\n"


@pytest.mark.parametrize(
    ("done", "total", "seconds", "words"),
    [
        (0, 9, 5.0, ""),
        (4, 9, 0.5, ""),
        (100, 400, 10.0, "10.0 per second, 30 s left"),
        (100, 10_000, 100.0, "1.0 per second, 2 h 45 min left"),
        (9, 9, 9.0, "1.0 per second"),
        (1, 11, 60.0, "1.0 per minute, 10 min left"),
    ],
)
def test_rates_are_in_words(done: int, total: int, seconds: float, words: str) -> None:
    assert rate_and_rest(done, total, seconds) == words
