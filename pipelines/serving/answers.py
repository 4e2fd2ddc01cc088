"""Requests of a page as plain values, answers as JSON, and refusals as a sentence that the page shows."""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
LARGEST = 1 << 20
"""Bytes of a request."""

Answer = Callable[[Mapping[str, Any]], Any]
"""What a request says -> what is answered, as JSON or as a response."""
Refusal = tuple[int, str]
"""Status, and the reason in words."""
Refuse = Callable[[Exception], Refusal | None]
"""Why an error of the application leaves a request without an answer; None for an error that is no refusal."""


def pages(package: str, names: Sequence[str], *, start: str = "") -> list[Route]:
    """A route for each file in the folder `page` of a package; `start` is the file that answers `/`."""
    first = [Route("/", _page(package, start))] if start else []
    return [*first, *(Route(f"/{name}", _page(package, name)) for name in names)]


def _page(package: str, name: str) -> Callable[[Request], Response]:
    kind = KINDS[name.rpartition(".")[2]]

    def page(_: Request) -> Response:
        return Response((files(package) / "page" / name).read_bytes(), media_type=kind)

    return page


def get(answer: Answer, refuse: Refuse) -> Callable[[Request], Any]:
    """An endpoint that is asked by path and query."""

    async def asked(request: Request) -> Response:
        return await run_in_threadpool(_answered, answer, refuse, {**request.query_params, **request.path_params})

    return asked


def post(answer: Answer, refuse: Refuse, largest: int = LARGEST) -> Callable[[Request], Any]:
    """An endpoint that is asked by an object of JSON of at most `largest` bytes."""

    async def asked(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return PlainTextResponse("The request is no JSON.", 415)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > largest:
                return PlainTextResponse("The request is too large.", 413)
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            return PlainTextResponse("The request is no object of JSON.", 400)
        return await run_in_threadpool(_answered, answer, refuse, values)

    return asked


def _answered(answer: Answer, refuse: Refuse, values: Mapping[str, Any]) -> Response:
    try:
        made = answer(values)
    except Exception as error:
        refusal = refuse(error)
        if refusal is None:
            raise
        return JSONResponse({"message": refusal[1]}, refusal[0])
    return made if isinstance(made, Response) else JSONResponse(made)
