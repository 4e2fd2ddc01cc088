"""The application: what the page asks for, as JSON. Every answer comes from the desk."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from tregate.gating.errors import ConfigurationError, TregateError
from tregate.pipelines.report.method_labels import logic_words
from tregate.pipelines.review.agreement import agreement
from tregate.pipelines.review.coverage import CONFIRMED
from tregate.pipelines.review.decision import EXCLUDE, MARKS
from tregate.pipelines.reviewing.coverage_shown import gates_of_desk
from tregate.pipelines.reviewing.decisions_shown import log_json
from tregate.pipelines.reviewing.desk import Desk, SignedError
from tregate.pipelines.reviewing.edits import EditError
from tregate.pipelines.reviewing.ending import ending, sign, tables_again
from tregate.pipelines.reviewing.moving import Move, UnmovedError, decided, looked_at, tried, undo
from tregate.pipelines.reviewing.repeated import is_repeated
from tregate.pipelines.reviewing.shown import (
    back_json,
    control_json,
    run_json,
    seen,
    sheet_json,
    tried_json,
    tube_json,
)
from tregate.pipelines.reviewing.without_value import WithoutValueError, refuse_unreasoned
from tregate.pipelines.serving.answers import Answer, Refusal, get, pages, post

PAGE = (
    "index.html",
    "review.css",
    "start.js",
    "app.js",
    "drag.js",
    "tube.js",
    "sheet.js",
    "decisions.js",
    "keys.js",
)


class WithoutGatesError(Exception):
    """The tube is excluded, or failed: there is nothing that a mark could be about."""


class OutdatedError(Exception):
    """Somebody decided about the tube since the page showed it."""


def application(desk: Desk) -> Starlette:
    """The routes. A path that is none of them is not found; no path of a request is ever a path of a file."""
    routes = [
        *pages("tregate.pipelines.reviewing", PAGE, start="index.html"),
        *pages("tregate.pipelines.serving", ("dom.js", "answering.js")),
        *pages("tregate.pipelines.report", ("plot.js",)),  # what draws the page of a run draws this one too
        Route("/api/run", _get(lambda _: _fresh(desk, lambda: run_json(desk)))),
        Route("/api/tube/{i:int}", _get(lambda request: _fresh(desk, lambda: tube_json(desk, request["i"])))),
        Route("/api/back/{i:int}", _get(lambda request: back_json(desk, request["i"], str(request["population"])))),
        Route("/api/control/{i:int}", _get(lambda request: control_json(desk, request["i"], str(request["name"])))),
        Route("/api/ready/{i:int}", _get(lambda request: _ready(desk, request["i"]))),
        Route("/api/sheet", _get(lambda request: sheet_json(desk, str(request["kind"]), str(request["population"])))),
        Route("/api/log", _get(lambda _: _fresh(desk, lambda: log_json(desk)))),
        Route("/api/ending", _get(lambda _: _fresh(desk, lambda: ending(desk)))),
        Route("/api/readers", _get(lambda _: _fresh(desk, lambda: _readers(desk)))),
        Route("/api/try", _post(lambda request: _try(desk, request)), methods=["POST"]),
        Route("/api/move", _post(lambda request: _move(desk, request)), methods=["POST"]),
        Route("/api/undo", _post(lambda request: _undo(desk, request)), methods=["POST"]),
        Route("/api/tables", _post(lambda _: _tables(desk)), methods=["POST"]),
        Route("/api/sign", _post(lambda request: _sign(desk, request)), methods=["POST"]),
        Route("/api/mark", _post(lambda request: _mark(desk, request)), methods=["POST"]),
    ]
    return Starlette(routes=routes)


# ---------------------------------------------------------------- what the page asks


def _fresh(desk: Desk, answer: Callable[[], Any]) -> Any:
    with desk.lock:
        desk.catch_up()
        return answer()


def _readers(desk: Desk) -> Any:
    """The readers' agreement; a second reader sees nothing of the first before the study is signed."""
    decisions = desk.decisions if desk.reading == 1 or desk.signed else desk.shown()
    return agreement(decisions, dict(gates_of_desk(desk)))


def _ready(desk: Desk, i: int) -> Any:
    """Read a tube in advance, so that it is there when the reviewer comes to it."""
    desk.tube(i)
    return {}


def _try(desk: Desk, request: Mapping[str, Any]) -> Any:
    i = int(request["i"])
    made = tried(desk, i, _wanted(request), pictures=bool(request.get("pictures", True)))
    return tried_json(made, logic_words(desk.tube(i).order.strategy))


def _move(desk: Desk, request: Mapping[str, Any]) -> Any:
    i = int(request["i"])
    with desk.lock:
        _refuse_outdated(desk, i, request)
        _, decision = decided(desk, i, _wanted(request), str(request.get("who", "")), str(request.get("reason", "")))
        return {"n": decision.n, "sha256": decision.sha256, "tube": tube_json(desk, i)}


def _undo(desk: Desk, request: Mapping[str, Any]) -> Any:
    i = int(request["i"])
    with desk.lock:
        _refuse_outdated(desk, i, request)
        decision = undo(desk, i, int(request["n"]), str(request.get("who", "")), str(request.get("reason", "")))
        return {"n": decision.n, "sha256": decision.sha256, "tube": tube_json(desk, i)}


def _tables(desk: Desk) -> Any:
    tables_again(desk)
    return ending(desk)


def _sign(desk: Desk, request: Mapping[str, Any]) -> Any:
    who, statement = str(request.get("who", "")), str(request.get("statement", ""))
    made = sign(desk, who, statement, incomplete=bool(request.get("incomplete")))
    return {"n": made.n, "sha256": made.sha256}


def _mark(desk: Desk, request: Mapping[str, Any]) -> Any:
    """One mark on one tube or gate, or the same on several tubes at once; `already`: tubes that had it."""
    mark = str(request["mark"])
    if mark not in (*MARKS, EXCLUDE):
        raise EditError(f'"{mark}" is not a mark')
    who, reason, population = (str(request.get(name, "")) for name in ("who", "reason", "population"))
    tubes = list(dict.fromkeys(_tubes(request["tubes"])))
    with desk.lock:
        desk.catch_up()
        for i in tubes:
            record = desk.records[i] if i >= 0 else None
            if record is not None and (record.result is None or record.excluded):
                raise WithoutGatesError(f"{record.subject} {record.visit} {record.tube} has no gates to review")
            strategy = desk.study.strategies.get(desk.key(i)[2])
            if population and (mark == EXCLUDE or strategy is None or population not in strategy.populations):
                raise EditError(f'"{population}" is no population that "{mark}" can be said of')
        marked = {i: desk.wish(i, who, mark, reason, population=population, after=looked_at(desk, i)) for i in tubes}
        already = [i for i, wish in marked.items() if is_repeated(desk, i, wish)]
        new = {i: wish for i, wish in marked.items() if i not in already}
        for i in new if mark == CONFIRMED and not reason.strip() else ():
            refuse_unreasoned(desk, desk.current(i), population)
        made = desk.decide(list(new.values())) if new else ()
    return {"n": [one.n for one in made], "sha256": [one.sha256 for one in made], "already": already}


def _tubes(request: Any) -> list[int]:
    """Numbers of tubes. Raises EditError where they are none."""
    if not isinstance(request, list) or not request or any(type(i) is not int for i in request):
        raise EditError("the tubes to mark are not a list of numbers")
    return request


def _wanted(request: Mapping[str, Any]) -> Move:
    return Move(
        str(request["population"]),
        request.get("edit"),
        str(request.get("place", "")),
        bool(request.get("keepBelow", False)),
    )


def _refuse_outdated(desk: Desk, i: int, request: Mapping[str, Any]) -> None:
    desk.catch_up()
    if "seen" in request and request["seen"] != seen(desk, i):
        last = desk.of_tube(i)[-1]
        raise OutdatedError(
            f"{last.wish.who} decided about this tube meanwhile (entry {last.n}: {last.wish.action} "
            f"{last.wish.population}), so nothing was kept. Look at it as it is now, and decide again."
        )


# ---------------------------------------------------------------- refusals


def _refused(error: Exception) -> Refusal | None:
    """Why there is no answer, in words for the reviewer."""
    match error:
        case OutdatedError():
            return 409, str(error)
        case WithoutValueError():
            return 422, f"{error} Move the gate, exclude the tube, or confirm it with a reason. Nothing was kept."
        case WithoutGatesError():
            return 422, f"{error}. Nothing was kept."
        case UnmovedError():
            return 422, f"{error} is where it was, so nothing was kept. Confirm the tube if it looks right."
        case SignedError():
            signed = str(error).rstrip(".")
            return 423, f"The study is {signed}. Nothing was kept; open the study again to change it."
        case EditError():
            return 422, f"This is no gate: {str(error).rstrip('.')}. Nothing was kept."
        case ConfigurationError():
            return 422, f"{error.problems[0].message} {error.problems[0].remedy}".strip()
        case TregateError():
            return 422, str(error)
        case KeyError() | IndexError() | TypeError() | ValueError():
            return 404, f"There is no such tube or gate ({type(error).__name__})."
        case OSError():
            return 500, f"The decision was not kept: {error.strerror or error}. Check the disk, then try again."
    return None


def _get(answer: Answer) -> Callable[[Request], Any]:
    return get(answer, _refused)


def _post(answer: Answer) -> Callable[[Request], Any]:
    return post(answer, _refused)
