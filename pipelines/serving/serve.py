"""Serve an application to the browsers of this machine, until Ctrl-C."""

import socket
import sys
from collections.abc import Callable, Sequence

from starlette.types import ASGIApp


def serve(
    application: ASGIApp,
    command: str,
    report: Callable[[str], None],
    lines: Callable[[str], Sequence[str]],
    *,
    port: int = 0,
    usual: int = 0,
    bound: Callable[[int], object] | None = None,
    opened: Callable[[str], object] | None = None,
) -> None:
    """Serve until the process is interrupted.

    command: what printed the link. report: is given every line for the person. lines: the link -> what is said first.
    port: 0 takes the usual one, or a free one where that is taken. bound: is given the port that was taken. opened: is
    given the link. Raises OSError where the port is taken.
    """
    import uvicorn

    from tregate.pipelines.serving.guard import Guard, Keys

    with listening_socket(port, usual) as listening:
        if bound is not None:
            bound(listening.getsockname()[1])
        keys = Keys(listening.getsockname()[1], lambda link: report(f"For another browser: {link}"), command)
        for line in lines(keys.link):
            report(line)
        if opened is not None:
            opened(keys.link)
        settings = uvicorn.Config(
            Guard(application, keys), log_level="warning", access_log=False, server_header=False, lifespan="off",
            proxy_headers=False, ws="none",
        )  # fmt: skip
        uvicorn.Server(settings).run(sockets=[listening])


def listening_socket(port: int, usual: int = 0) -> socket.socket:
    """A socket for this machine's browsers. Raises OSError where the port is taken.

    A page whose server ended finds the next one where that has the same port; who may open it is decided anew.
    """
    if usual and not port:
        try:
            return _listening(usual)
        except OSError:  # another server has it
            return _listening(0)
    return _listening(port)


def _listening(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # where the other option lets two servers share a port
            made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", port))
        made.listen(64)  # a browser that is faster than the start waits instead of being refused
    except OSError:
        made.close()
        raise
    return made
