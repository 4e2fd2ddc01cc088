"""Serve an application to the browsers of this machine, until Ctrl-C."""

import socket
from collections.abc import Callable, Sequence

from starlette.types import ASGIApp


def serve(
    application: ASGIApp,
    command: str,
    told: Callable[[str], None],
    lines: Callable[[str], Sequence[str]],
    *,
    port: int = 0,
    opened: Callable[[str], object] | None = None,
) -> None:
    """Serve until the process is interrupted.

    command: what printed the link. told: is given every line for the person. lines: the link -> what is said first.
    port: 0 takes a free one. opened: is given the link. Raises OSError where the port is taken.
    """
    import uvicorn

    from tregate.pipelines.serving.guard import Guard, Keys

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(64)  # a browser that is faster than the start waits instead of being refused
        keys = Keys(listening.getsockname()[1], lambda link: told(f"For another browser: {link}"), command)
        for line in lines(keys.link):
            told(line)
        if opened is not None:
            opened(keys.link)
        settings = uvicorn.Config(
            Guard(application, keys), log_level="warning", access_log=False, server_header=False, lifespan="off",
            proxy_headers=False, ws="none",
        )  # fmt: skip
        uvicorn.Server(settings).run(sockets=[listening])
