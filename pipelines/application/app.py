"""The application: its routes. A path of a request is a folder that the person chose."""

import errno
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route

from tregate.gating.errors import ConfigurationError, TregateError
from tregate.pipelines.application import result_answers as result
from tregate.pipelines.application import strategy_answers as strategy
from tregate.pipelines.application import study_answers as study
from tregate.pipelines.application.office import Office
from tregate.pipelines.application.wording import on_the_page
from tregate.pipelines.application.workspace import ChangedOutsideError
from tregate.pipelines.serving.answers import Refusal, get, pages, post

PAGE = (
    "index.html", "app.css", "main.js", "study.js", "begin.js", "grid.js", "cells.js", "paste.js", "files.js",
    "setup.js", "strategy.js", "draw.js", "run.js", "results.js",
)  # fmt: skip
LARGEST = 32 << 20
"""Bytes of a request: a pasted sheet, or a dropped table."""

Asked = Callable[[Office, Mapping[str, Any]], Any]


def application(first: Path | None = None) -> Starlette:
    """The routes; `first` is the study with which the page begins."""
    office = Office(first)
    routes: dict[str, tuple[Asked, ...]] = {
        "GET": (
            study.start, study.folder, study.preview, study.study, study.sheet, study.state, study.problems,
            study.check, study.unlisted, study.stains, study.form, strategy.strategies, strategy.gate, result.run,
            result.results, result.table, result.file_, result.report, result.archive_,
            result.manual_counts,
        ),
        "POST": (
            study.init, study.add_files, study.cells, study.keys, strategy.try_gate, strategy.draw_gate,
            strategy.save_strategy, strategy.validate, result.start_run, result.stop_run, result.tables_again,
            result.review, result.sign, result.reopen, result.compare,
        ),
    }  # fmt: skip
    office.routes = [
        *pages("tregate.pipelines.application", PAGE, start="index.html"),
        *pages("tregate.pipelines.serving", ("dom.js", "answering.js")),
        *pages("tregate.pipelines.report", ("plot.js",)),  # what draws the page of a run
        *pages("tregate.pipelines.reviewing", ("drag.js",)),  # what moves gates there
        *(_route(office, method, answer) for method, answers in routes.items() for answer in answers),
    ]
    made = Starlette()
    made.router.routes = office.routes
    return made


def _route(office: Office, method: str, answer: Asked) -> Route:
    """The address of a function's answers: its name, with hyphens."""
    place = "/api/" + answer.__name__.rstrip("_").replace("_", "-")

    def answered(request: Mapping[str, Any]) -> Any:
        return answer(office, request)

    made = get(answered, refused) if method == "GET" else post(answered, refused, LARGEST)
    return Route(place, made, methods=[method])


# ---------------------------------------------------------------- refusals


def refused(error: Exception) -> Refusal | None:
    """Why there is no answer, in words for the person."""
    match error:
        case ChangedOutsideError():
            return 409, str(error)
        case ConfigurationError():
            first, more = error.problems[0], len(error.problems) - 1
            rest = f" ({more} more)" if more else ""
            return 422, on_the_page(f"{first.file}: {first.message} {first.remedy}".strip()) + rest
        case TregateError():
            return 422, str(error)
        case OSError():
            remedy = _REMEDIES.get(error.errno or 0, "The files are as before.")
            return 500, f"{_named(error)}{error.strerror or error}, so nothing was written. {remedy}"
        case KeyError() | IndexError() | TypeError() | ValueError():
            return 404, f"There is no such row, column or file ({type(error).__name__})."
    return None


_REMEDIES = {
    errno.EACCES: (
        "Close the file in other programs, or copy the study to a folder of your own."
        if sys.platform == "win32"
        else "Copy the study to a folder of your own."
    ),
    errno.EROFS: "Copy the study to a folder of your own.",
    errno.ENOSPC: "The files are as before; make space, then try again.",
}
_PART = re.compile(r"^\.(.+?)(\.\d+\.part|\.outcome\.json|\.outcome\.err|\.progress\.jsonl)$")
"""Names of files that stand for another one while it is made."""


def _named(error: OSError) -> str:
    """The file that could not be written, as a person knows it."""
    if not isinstance(error.filename, str):
        return ""
    path = Path(error.filename)
    part = _PART.match(path.name)
    return f"{path.with_name(part[1]) if part else path}: "
