"""Serve a run to the browsers of this machine, until Ctrl-C."""

import socket
from collections.abc import Callable

from tregate.pipelines.reviewing.desk import Desk


def serve(
    desk: Desk, told: Callable[[str], None], *, port: int = 0, opened: Callable[[str], object] | None = None
) -> None:
    """Serve until the process is interrupted.

    told: is given every line for the person, links among them. port: 0 takes a free one. opened: is given the link.
    Raises OSError where the port is taken.
    """
    import uvicorn

    from tregate.pipelines.reviewing.app import application
    from tregate.pipelines.reviewing.guard import Guard, Keys

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)  # a browser that is faster than the start waits instead of being refused
        keys = Keys(listening.getsockname()[1], lambda link: told(f"For another browser: {link}"))
        told(f"Review page: {keys.link}")
        told("Decisions are kept in audit.jsonl as they are made. Press Ctrl-C to end; then: tregate tables OUT.")
        if opened is not None:
            opened(keys.link)
        settings = uvicorn.Config(
            Guard(application(desk), keys), log_level="warning", access_log=False, server_header=False, lifespan="off",
            proxy_headers=False, ws="none",
        )  # fmt: skip
        uvicorn.Server(settings).run(sockets=[listening])
