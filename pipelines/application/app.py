"""The application: what the page asks for, as JSON. A path of a request is a folder that the person chose."""

import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from tregate.gating.errors import ConfigurationError, Problem, TregateError
from tregate.pipelines.application import results, running
from tregate.pipelines.application.forms import checked_changes, form_json, typed
from tregate.pipelines.application.marks import from_json, marks_json, quick_problems
from tregate.pipelines.application.recent import folder_json, recent_studies, remember
from tregate.pipelines.application.setting_up import read_folder, rows_of, stains_json, unlisted, write_folder
from tregate.pipelines.application.strategies import Bench, drawn, gate_form, save_version, strategies_json, tried
from tregate.pipelines.application.validating import validated
from tregate.pipelines.application.workspace import SHEETS, ChangedOutsideError, Workspace, sha256_of
from tregate.pipelines.console import Console
from tregate.pipelines.files.kept_yaml import scalar_or_flow
from tregate.pipelines.reviewing.app import application as review_application
from tregate.pipelines.reviewing.desk import open_desk
from tregate.pipelines.runs.run_folder import RECORD
from tregate.pipelines.serving.answers import Refusal, get, pages, post
from tregate.pipelines.signing import reopen_study, sign_study

PAGE = (
    "index.html", "app.css", "main.js", "study.js", "begin.js", "grid.js", "cells.js", "paste.js", "files.js",
    "setup.js", "strategy.js", "run.js", "results.js",
)  # fmt: skip
LARGEST = 32 << 20
"""Bytes of a request: a pasted sheet, or a dropped table."""
RESULTS = "RESULTS"
"""Folder of the tables, where a study has none yet."""
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-downloads allow-modals"
)
"""The page of a run in a sandbox: it runs its own script, and is not of the server's origin, so that it can ask it
for nothing."""


@dataclass(slots=True)
class Office:
    """What the server holds in memory; all of it can be made again from the files."""

    first: Path | None = None
    spaces: dict[Path, Workspace] = field(default_factory=dict)
    reviews: dict[tuple[Path, str, bool], str] = field(default_factory=dict)
    """Folder of a run, SHA-256 of its record, and whether it is the second reading -> path of its review page."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    bench: Bench = field(default_factory=Bench)
    work: threading.Lock = field(default_factory=threading.Lock)
    """Held while tubes are gated for the page: other requests go on."""
    routes: list[BaseRoute] = field(default_factory=list)

    def space(self, told: Mapping[str, Any]) -> Workspace:
        """The study of a request. Raises ConfigurationError where there is no such folder."""
        folder = Path(str(told["folder"]))
        if not folder.is_absolute() or not folder.is_dir():
            raise ConfigurationError([Problem(str(folder), None, "the folder does not exist.", "Choose another one.")])
        with self.lock:
            return self.spaces.setdefault(folder, Workspace(folder))

    def out(self, told: Mapping[str, Any]) -> Path:
        """The folder of the tables: as the page says, else that of the newest run."""
        space, name = self.space(told), str(told.get("out", "")).strip()
        if name:
            return space.folder / name
        return next(iter(results.outs_of(space.folder)), space.folder / RESULTS)


def application(first: Path | None = None) -> Starlette:
    """The routes; `first` is the study with which the page begins."""
    office = Office(first)
    asked = {
        "start": _start, "folder": lambda _, told: folder_json(Path(str(told["path"]))),
        "preview": read_folder_json,
        "study": _study, "sheet": _sheet, "state": lambda office, told: office.space(told).hashes(),
        "problems": _problems, "unlisted": _unlisted, "check": _check, "stains": _stains, "form": _form,
        "run": lambda office, told: running.run_json(office.out(told)),
        "results": lambda office, told: results.results_json(office.out(told)),
        "table": lambda office, told: results.table_json(office.out(told), str(told["name"])),
        "strategies": lambda office, told: strategies_json(office.space(told)),
        "gate": lambda office, told: gate_form(office.space(told), str(told["tube"]), str(told["population"])),
        "file": _file, "report": _report, "archive": _archive,
    }  # fmt: skip
    said = {
        "init": _init, "add-files": _add_files, "cells": _cells, "keys": _keys,
        "start-run": _start_run, "stop-run": _stop_run,
        "tables-again": _tables_again,
        "review": _review, "sign": _sign, "reopen": _reopen, "compare": _compare,
        "try-gate": _try_gate, "draw-gate": _draw_gate, "save-strategy": _save_strategy, "validate": _validate,
    }  # fmt: skip
    office.routes = [
        *pages("tregate.pipelines.application", PAGE, start="index.html"),
        *pages("tregate.pipelines.serving", ("dom.js",)),
        *pages("tregate.pipelines.report", ("plot.js",)),  # what draws the page of a run
        *(Route(f"/api/{name}", _get(office, one)) for name, one in asked.items()),
        *(Route(f"/api/{name}", _post(office, one), methods=["POST"]) for name, one in said.items()),
    ]
    made = Starlette()
    made.router.routes = office.routes
    return made


# ---------------------------------------------------------------- a study


def _start(office: Office, told: Mapping[str, Any]) -> Any:
    first = "" if office.first is None else str(office.first)
    return {"recent": recent_studies(), "first": first, "home": str(Path.home()), "version": version("tregate")}


def read_folder_json(office: Office, told: Mapping[str, Any]) -> Any:
    """How the names of a folder are read; nothing is written."""
    return read_folder(office.space(told).folder, str(told.get("pattern", "")))


def _init(office: Office, told: Mapping[str, Any]) -> Any:
    space = office.space(told)
    with space.lock:
        write_folder(space.folder, str(told.get("pattern", "")))
    return _study(office, told)


def _study(office: Office, told: Mapping[str, Any]) -> Any:
    space = office.space(told)
    there = space.study_file.is_file()
    if there:
        remember(space.folder)
    read = space.told()
    return {
        "folder": str(space.folder), "name": str(read.get("study") or space.folder.name), "there": there,
        "hashes": space.hashes(), "out": str(office.out(told)),
        "files": {name: space.path_of(name).name for name in SHEETS},
        "outs": [str(path) for path in results.outs_of(space.folder)],
    }  # fmt: skip


def _sheet(office: Office, told: Mapping[str, Any]) -> Any:
    space, name = office.space(told), str(told["sheet"])
    kept, sha256 = space.sheet(name)
    required, optional = SHEETS[name]
    return {
        "sha256": sha256,
        "columns": list(kept.columns),
        "offered": [column for column in (*required, *optional) if column not in kept.columns],
        "rows": [kept.cells(row) for row in kept.shown],
    }


def _cells(office: Office, told: Mapping[str, Any]) -> Any:
    return {"sha256": office.space(told).change_sheet(str(told["sheet"]), str(told["seen"]), told)}


def _unlisted(office: Office, told: Mapping[str, Any]) -> list[str]:
    """FCS files of the study's folder that samples.csv does not list."""
    space = office.space(told)
    kept, there = space.sheet("samples")
    if not there or "file" not in kept.columns or space.path_of("samples").parent != space.folder:
        return []
    at = kept.columns.index("file")
    return unlisted(space.folder, [kept.cells(row)[at] for row in kept.shown])


def _add_files(office: Office, told: Mapping[str, Any]) -> Any:
    space = office.space(told)
    added = rows_of(space.folder, _unlisted(office, told))
    return {"sha256": space.change_sheet("samples", str(told["seen"]), {"added": added}), "added": len(added)}


def _problems(office: Office, told: Mapping[str, Any]) -> Any:
    space = office.space(told)
    return {**marks_json(space, *quick_problems(space)), "hashes": space.hashes()}


def _check(office: Office, told: Mapping[str, Any]) -> Any:
    """`tregate check`, which also reads the FCS files."""
    space = office.space(told)
    _, printed, said = running.answer_of("check", str(space.study_file), "--json")
    try:
        found = json.loads(printed)
    except ValueError:
        raise ConfigurationError([Problem("check", None, said.strip() or "the check gave no answer.")]) from None
    return {**marks_json(space, *from_json(found)), "tubes": found["tubes"], "hashes": space.hashes()}


def _stains(office: Office, told: Mapping[str, Any]) -> Any:
    space = office.space(told)
    return stains_json(space.path_of("samples").parent, str(told["file"]))


def _form(office: Office, told: Mapping[str, Any]) -> Any:
    space = office.space(told)
    return {**form_json(space), "sha256": space.hashes()["study"]}


def _keys(office: Office, told: Mapping[str, Any]) -> Any:
    space = office.space(told)
    changes = [([str(step) for step in path], typed(path, value)) for path, value in told["changes"]]
    with space.lock:
        checked_changes(space, changes)
        space.change_study(str(told["seen"]), changes)
        return _form(office, told)


# ---------------------------------------------------------------- a strategy by eye


def _changes(told: Mapping[str, Any]) -> list[tuple[list[str], Any]]:
    return [([str(step) for step in path], value) for path, value in told["changes"]]


def _try_gate(office: Office, told: Mapping[str, Any]) -> Any:
    tube, population, files = str(told["tube"]), str(told["population"]), [str(one) for one in told["files"]]
    with office.work:
        return tried(office.space(told), office.bench, tube, population, _changes(told), files)


def _draw_gate(office: Office, told: Mapping[str, Any]) -> Any:
    tube, population, file = str(told["tube"]), str(told["population"]), str(told["file"])
    with office.work:
        made = drawn(office.space(told), office.bench, tube, population, file, told["points"])
    return {"gate": made, "yaml": scalar_or_flow(made)}


def _save_strategy(office: Office, told: Mapping[str, Any]) -> Any:
    who, reason = str(told.get("who", "")), str(told.get("reason", ""))
    return save_version(office.space(told), str(told["tube"]), str(told["seen"]), _changes(told), who, reason)


def _validate(office: Office, told: Mapping[str, Any]) -> Any:
    return validated(office.space(told), str(told["tube"]), _changes(told))


# ---------------------------------------------------------------- a run


def _start_run(office: Office, told: Mapping[str, Any]) -> Any:
    out = office.out(told)
    options = ["--workers", str(int(told.get("workers") or 0))]
    running.start_run(office.space(told).study_file, out, [*options, *(["--fresh"] if told.get("fresh") else [])])
    return running.run_json(out)


def _stop_run(office: Office, told: Mapping[str, Any]) -> Any:
    running.stop_run(office.out(told))
    return running.run_json(office.out(told))


def _tables_again(office: Office, told: Mapping[str, Any]) -> Any:
    """`tregate tables`: decisions come into the tables."""
    out = office.out(told)
    code, _, said = running.answer_of("tables", str(out))
    if code:
        raise ConfigurationError([Problem(str(out), None, said.strip() or "the tables were not made.")])
    return results.results_json(out)


# ---------------------------------------------------------------- results


def _file(office: Office, told: Mapping[str, Any]) -> Any:
    path = results.file_of(office.out(told), str(told["name"]))
    shown = {".svg": "image/svg+xml", ".png": "image/png"}.get(path.suffix) if told.get("shown") else None
    if shown:
        return FileResponse(path, media_type=shown, headers={"content-security-policy": "default-src 'none'; sandbox; "
                                                             "style-src 'unsafe-inline'"})  # fmt: skip
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


def _report(office: Office, told: Mapping[str, Any]) -> Any:
    data = results.file_of(office.out(told), results.REPORT).read_bytes()
    return Response(data, media_type="text/html", headers={"content-security-policy": REPORT_POLICY})


def _archive(office: Office, told: Mapping[str, Any]) -> Any:
    out = office.out(told)
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as made:
        path = Path(made.name)
    try:
        results.archive(out, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    name = f"{office.space(told).folder.name}-{out.name}.zip"
    gone = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type="application/zip", filename=name, background=gone)


def _review(office: Office, told: Mapping[str, Any]) -> Any:
    """Open the run on the review page of this server; where its page is."""
    out, second = office.out(told), bool(told.get("second"))
    with office.work:
        key = out, sha256_of(out / RECORD), second
        if key not in office.reviews:
            desk = open_desk(out, Console(quiet=True), reading=2 if second else 1)
            place = f"/review/{len(office.reviews) + 1}"
            office.routes.append(Mount(place, review_application(desk)))
            office.reviews[key] = place
    return {"at": f".{office.reviews[key]}/"}


def _sign(office: Office, told: Mapping[str, Any]) -> Any:
    out = office.out(told)
    entry = sign_study(out, str(told.get("who", "")), str(told.get("statement", "")), 2 if told.get("second") else 1)
    return {**results.results_json(out), "sha256": entry.sha256}


def _reopen(office: Office, told: Mapping[str, Any]) -> Any:
    out = office.out(told)
    reopen_study(out, str(told.get("who", "")), str(told.get("reason", "")))
    return results.results_json(out)


def _compare(office: Office, told: Mapping[str, Any]) -> Any:
    return results.compared(office.out(told), str(told["text"]))


# ---------------------------------------------------------------- refusals

Endpoint = Callable[[Office, Mapping[str, Any]], Any]


def refused(error: Exception) -> Refusal | None:
    """Why there is no answer, in words for the person."""
    match error:
        case ChangedOutsideError():
            return 409, str(error)
        case ConfigurationError():
            first, more = error.problems[0], len(error.problems) - 1
            rest = f" ({more} more)" if more else ""
            return 422, f"{first.file}: {first.message} {first.remedy}".strip() + rest
        case TregateError():
            return 422, str(error)
        case OSError():
            named = f"{error.filename}: " if error.filename else ""
            return 500, f"{named}{error.strerror or error}, so nothing was written. The files are as before."
        case KeyError() | IndexError() | TypeError() | ValueError():
            return 404, f"There is no such row, column or file ({type(error).__name__})."
    return None


def _get(office: Office, answer: Endpoint) -> Callable[[Request], Any]:
    return get(lambda told: answer(office, told), refused)


def _post(office: Office, answer: Endpoint) -> Callable[[Request], Any]:
    return post(lambda told: answer(office, told), refused, LARGEST)
