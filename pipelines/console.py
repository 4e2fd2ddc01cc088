"""What a person sees while a command works: a bar on a terminal, plain lines in a log, nothing if asked."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from tregate.pipelines.visible_text import shown_on, terminal_of, visible

LINES = 10
"""About so many lines of progress in a log."""


class Progress(Protocol):
    def advance(self, message: str = "") -> None:
        """One more is done; a `message` has a line of its own."""
        ...

    def tell(self, line: str) -> None:
        """A line between two steps, such as what Ctrl-C does now; shown with --quiet too."""
        ...


class Console:
    """Words go to standard error, so that standard output holds answers only."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.quiet = quiet
        self.stream = shown_on(sys.stderr if stream is None else stream)

    def tell(self, line: str) -> None:
        """A line for the person; not shown with --quiet."""
        if not self.quiet:
            print(line, file=self.stream, flush=True)

    def warn(self, line: str) -> None:
        """A line that is shown with --quiet too."""
        print(line, file=self.stream, flush=True)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Progress]:
        """Tell how far a list of `total` things has come."""
        if self.quiet:
            yield _Silent(self)
        elif self.stream.isatty():
            with _bar(what, total, self.stream) as bar:
                yield bar
        else:
            yield _Lines(what, total, self)


class Repeatable(Console):
    """A console that remembers what it was asked to say."""

    def __init__(self, console: Console) -> None:
        super().__init__(quiet=console.quiet, stream=console.stream)
        self.console = console
        self.lines: list[tuple[bool, str]] = []
        """(whether it is shown with --quiet, line)."""

    def tell(self, line: str) -> None:
        self.lines.append((False, line))
        self.console.tell(line)

    def warn(self, line: str) -> None:
        self.lines.append((True, line))
        self.console.warn(line)


class _Silent:
    def __init__(self, console: Console) -> None:
        self.console = console

    def advance(self, message: str = "") -> None:
        if message:
            self.console.warn(message)

    def tell(self, line: str) -> None:
        self.console.warn(line)


class _Lines:
    def __init__(self, what: str, total: int, console: Console) -> None:
        self.what, self.total, self.console = what, total, console
        self.done = 0
        self.begin = time.monotonic()

    def advance(self, message: str = "") -> None:
        self.done += 1
        if message:
            self.console.tell(message)
        step = -(-self.total // LINES)
        if self.done % step == 0 or self.done == self.total:
            pace = rate_and_rest(self.done, self.total, time.monotonic() - self.begin)
            self.console.tell(f"{self.what}: {self.done} of {self.total}{f' ({pace})' if pace else ''}")

    def tell(self, line: str) -> None:
        self.console.warn(line)


def rate_and_rest(done: int, total: int, seconds: float) -> str:
    """How fast it goes, and how long the rest will take at this rate; "" where that cannot be said yet.

    >>> rate_and_rest(50, 162, 10.0)
    '5.0 per second, 22 s left'
    >>> rate_and_rest(3, 5000, 60.0)
    '3.0 per minute, 27 h 45 min left'
    """
    if not done or seconds < 1.0:
        return ""
    per_second = done / seconds
    rate = f"{per_second:.1f} per second" if per_second >= 1.0 else f"{60.0 * per_second:.1f} per minute"
    return rate if done == total else f"{rate}, {_duration((total - done) / per_second)} left"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def _bar(what: str, total: int, stream: TextIO) -> Iterator[Progress]:
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    class Pace(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(rate_and_rest(int(task.completed), total, task.elapsed or 0.0))

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Pace())
    with Progress(*columns, console=Terminal(file=terminal_of(stream)), transient=True) as bar:
        task = bar.add_task(what, total=total)

        class Bar:
            def advance(self, message: str = "") -> None:
                if message:
                    bar.console.print(visible(message), markup=False, highlight=False, soft_wrap=True)
                bar.advance(task)

            def tell(self, line: str) -> None:
                bar.console.print(visible(line), markup=False, highlight=False, soft_wrap=True)

        yield Bar()
