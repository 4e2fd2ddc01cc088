"""Serve a run to the browsers of this machine, until Ctrl-C."""

from collections.abc import Callable

from tregate.pipelines.reviewing.desk import Desk


def serve(
    desk: Desk, report: Callable[[str], None], *, port: int = 0, opened: Callable[[str], object] | None = None
) -> None:
    """Serve until the process is interrupted.

    report: is given every line for the person, links among them. port: 0 takes a free one. opened: is given the link.
    Raises OSError where the port is taken.
    """
    from tregate.pipelines.reviewing.app import application
    from tregate.pipelines.serving.serve import serve as serve_application

    serve_application(
        application(desk),
        "tregate review",
        report,
        lambda link: (f"Review page: {link}", _words(desk)),
        port=port,
        opened=opened,
    )


def _words(desk: Desk) -> str:
    """What becomes of decisions, and how to end. Who opens a locked study has its notice already."""
    if desk.signed:
        return "Press Ctrl-C to end."
    then = "then: tregate tables OUT." if desk.reading == 1 else "then: tregate sign OUT --second."
    return f"Decisions are kept in audit.jsonl as they are made. Press Ctrl-C to end; {then}"
