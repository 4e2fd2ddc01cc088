"""What a person sees while a command works: a bar on a terminal, plain lines in a log, nothing if asked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from tregate.pipelines.visible_text import shown_on, terminal_of, visible

LINES = 10
"""About so many lines of progress in a log."""


class Progress(Protocol):
    def advance(self, told: str = "") -> None:
        """One more is done; `told` is worth a line of its own."""
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
        self.lines: list[tuple[bool, str]] = []
        """(whether it is shown with --quiet, line)."""

    def tell(self, line: str) -> None:
        self.lines.append((False, line))
        super().tell(line)

    def warn(self, line: str) -> None:
        self.lines.append((True, line))
        super().warn(line)


class _Silent:
    def __init__(self, console: Console) -> None:
        self.console = console

    def advance(self, told: str = "") -> None:
        if told:
            self.console.warn(told)


class _Lines:
    def __init__(self, what: str, total: int, console: Console) -> None:
        self.what, self.total, self.console = what, total, console
        self.done = 0

    def advance(self, told: str = "") -> None:
        self.done += 1
        if told:
            self.console.tell(told)
        step = -(-self.total // LINES)
        if self.done % step == 0 or self.done == self.total:
            self.console.tell(f"{self.what}: {self.done} of {self.total}")


@contextmanager
def _bar(what: str, total: int, stream: TextIO) -> Iterator[Progress]:
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Terminal(file=terminal_of(stream)), transient=True) as bar:
        task = bar.add_task(what, total=total)

        class Bar:
            def advance(self, told: str = "") -> None:
                if told:
                    bar.console.print(visible(told), markup=False, highlight=False, soft_wrap=True)
                bar.advance(task)

        yield Bar()
