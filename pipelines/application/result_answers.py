"""Answers to the steps Run and Results."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response
from starlette.routing import Mount

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.application import results as shown
from tregate.pipelines.application import running
from tregate.pipelines.application.office import Office
from tregate.pipelines.application.report_state import with_state
from tregate.pipelines.application.workspace import sha256_of
from tregate.pipelines.comparing import sheet_to_fill
from tregate.pipelines.console import Console
from tregate.pipelines.files.csv_file import csv_of
from tregate.pipelines.journal import is_running
from tregate.pipelines.reviewed_run import waiting
from tregate.pipelines.reviewing.app import application as review_application
from tregate.pipelines.reviewing.desk import open_desk
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.run_folder import RECORD
from tregate.pipelines.signing import reopen_study, sign_study

REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-downloads allow-modals"
)
"""The page of a run in a sandbox: it runs its own script, and is not of the server's origin, so that it can ask it
for nothing."""

ARCHIVE = "tregate-archive-"
"""How the temporary file of an archive begins; the number of its process follows."""


def run(office: Office, request: Mapping[str, Any]) -> Any:
    """How far a run is, or how it ended."""
    return running.run_json(office.out(request))


def results(office: Office, request: Mapping[str, Any]) -> Any:
    """What a run wrote."""
    return shown.results_json(office.out(request))


def table(office: Office, request: Mapping[str, Any]) -> Any:
    """A table of a run."""
    return shown.table_json(office.out(request), str(request["name"]))


def start_run(office: Office, request: Mapping[str, Any]) -> Any:
    """Start a run."""
    out = office.out(request)
    options = ["--workers", str(int(request.get("workers") or 0))]
    running.start_run(office.space(request).study_file, out, [*options, *(["--fresh"] if request.get("fresh") else [])])
    return running.run_json(out)


def stop_run(office: Office, request: Mapping[str, Any]) -> Any:
    """End a run as Ctrl-C does."""
    running.stop_run(office.out(request))
    return running.run_json(office.out(request))


def tables_again(office: Office, request: Mapping[str, Any]) -> Any:
    """`tregate tables`: decisions come into the tables."""
    out = office.out(request)
    code, _, said = running.answer_of("tables", str(out))
    if code:
        raise ConfigurationError([Problem(str(out), None, said.strip() or "the tables were not made.")])
    return shown.results_json(out)


def file_(office: Office, request: Mapping[str, Any]) -> Any:
    """A file of the run: as a download, or as a picture for the page."""
    path = shown.file_of(office.out(request), str(request["name"]))
    media = {".svg": "image/svg+xml", ".png": "image/png"}.get(path.suffix) if request.get("shown") else None
    if media:
        return FileResponse(path, media_type=media, headers={"content-security-policy": "default-src 'none'; sandbox; "
                                                             "style-src 'unsafe-inline'"})  # fmt: skip
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


def report(office: Office, request: Mapping[str, Any]) -> Any:
    """The page of the run, in a sandbox, with what the decisions beside it say of review and signature."""
    out = office.out(request)
    page = shown.file_of(out, shown.REPORT).read_text(encoding="utf-8")
    return Response(
        with_state(page, out).encode("utf-8"),
        media_type="text/html",
        headers={"content-security-policy": REPORT_POLICY},
    )


def archive_(office: Office, request: Mapping[str, Any]) -> Any:
    """The run and its study as one ZIP file."""
    out = office.out(request)
    sweep_archives()
    with tempfile.NamedTemporaryFile(prefix=f"{ARCHIVE}{os.getpid()}-", suffix=".zip", delete=False) as made:
        path = Path(made.name)
    try:
        shown.archive(out, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    name = f"{office.space(request).folder.name}-{out.name}.zip"
    gone = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type="application/zip", filename=name, background=gone)


def sweep_archives() -> None:
    """Remove archives that servers left which were ended while they made or sent one."""
    for path in Path(tempfile.gettempdir()).glob(f"{ARCHIVE}*-*.zip"):
        process = path.name.removeprefix(ARCHIVE).partition("-")[0]
        if process.isdecimal() and not is_running(int(process)):
            with contextlib.suppress(OSError):
                path.unlink()


def review(office: Office, request: Mapping[str, Any]) -> Any:
    """Open the run on the review page of this server; where its page is."""
    out, second = office.out(request), bool(request.get("second"))
    with office.work:
        key = out, sha256_of(out / RECORD), second
        if key not in office.reviews:
            desk = open_desk(out, Console(quiet=True), reading=2 if second else 1)
            place = f"/review/{_name_of_review(*key)}"
            office.routes.append(Mount(place, review_application(desk)))
            office.reviews[key] = place
    return {"at": f".{office.reviews[key]}/"}


def _name_of_review(out: Path, sha256: str, second: bool) -> str:
    """Of the same review the same after a new start, and never that of another: a page that is still open goes on."""
    return hashlib.sha256(f"{out}\n{sha256}\n{second}".encode("utf-8", "surrogateescape")).hexdigest()[:20]


def sign(office: Office, request: Mapping[str, Any]) -> Any:
    """Sign a run."""
    out = office.out(request)
    number = waiting(out, read_record(out))
    if number:
        remedy = "Press Bring decisions into the tables, look at them, then sign."
        raise ConfigurationError([Problem(out.name, None, f"{number} decisions are not in the tables yet.", remedy)])
    entry = sign_study(
        out, str(request.get("who", "")), str(request.get("statement", "")), 2 if request.get("second") else 1,
        incomplete=bool(request.get("incomplete")),
    )  # fmt: skip
    return {**shown.results_json(out), "sha256": entry.sha256}


def reopen(office: Office, request: Mapping[str, Any]) -> Any:
    """Open a signed run again."""
    out = office.out(request)
    reopen_study(out, str(request.get("who", "")), str(request.get("reason", "")))
    return shown.results_json(out)


def manual_counts(office: Office, request: Mapping[str, Any]) -> Any:
    """A sheet for manual counts, to be filled in and compared."""
    text = csv_of(sheet_to_fill(office.out(request)))
    attached = {"content-disposition": 'attachment; filename="manual counts.csv"'}
    return Response(text.encode("utf-8"), media_type="text/csv", headers=attached)


def compare(office: Office, request: Mapping[str, Any]) -> Any:
    """Compare the run with a table of manual counts."""
    return shown.compared(office.out(request), str(request["text"]))
