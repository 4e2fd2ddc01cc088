"""Answers to the steps Folder, Files and Study."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.application import results, running
from tregate.pipelines.application.forms import checked_changes, form_json, typed
from tregate.pipelines.application.marks import from_json, marks_json, quick_problems
from tregate.pipelines.application.office import Office
from tregate.pipelines.application.recent import folder_json, recent_studies, remember
from tregate.pipelines.application.setting_up import read_folder, rows_of, stains_json, write_folder
from tregate.pipelines.application.setting_up import unlisted as unlisted_files
from tregate.pipelines.application.wording import on_the_page
from tregate.pipelines.application.workspace import SHEETS


def folder(office: Office, request: Mapping[str, Any]) -> Any:
    """What a folder of this machine contains."""
    return folder_json(Path(str(request["path"])))


def state(office: Office, request: Mapping[str, Any]) -> Any:
    """Hashes of the study's files, by which a change from outside is noticed."""
    return office.space(request).hashes()


def start(office: Office, request: Mapping[str, Any]) -> Any:
    """What the start page shows."""
    first = "" if office.first is None else str(office.first)
    return {"recent": recent_studies(), "first": first, "home": str(Path.home()), "version": version("tregate")}


def preview(office: Office, request: Mapping[str, Any]) -> Any:
    """How the names of a folder are read; nothing is written."""
    return read_folder(office.space(request).folder, str(request.get("pattern", "")))


def init(office: Office, request: Mapping[str, Any]) -> Any:
    """Set a folder up as a study, as `tregate init` does."""
    space = office.space(request)
    with space.lock:
        write_folder(space.folder, str(request.get("pattern", "")))
    return study(office, request)


def study(office: Office, request: Mapping[str, Any]) -> Any:
    """Where the study and its runs are."""
    space = office.space(request)
    there = space.study_file.is_file()
    if there:
        remember(space.folder)
    read = space.declared()
    return {
        "folder": str(space.folder), "name": str(read.get("study") or space.folder.name), "there": there,
        "hashes": space.hashes(), "out": str(office.out(request)),
        "files": {name: space.path_of(name).name for name in SHEETS},
        "outs": [str(path) for path in results.outs_of(space.folder)],
    }  # fmt: skip


def sheet(office: Office, request: Mapping[str, Any]) -> Any:
    """A sheet as a grid."""
    space, name = office.space(request), str(request["sheet"])
    kept, sha256 = space.sheet(name)
    required, optional = SHEETS[name]
    return {
        "sha256": sha256,
        "columns": list(kept.columns),
        "offered": [column for column in (*required, *optional) if column not in kept.columns],
        "rows": [kept.cells(row) for row in kept.shown],
    }


def cells(office: Office, request: Mapping[str, Any]) -> Any:
    """Change cells, rows or columns of a sheet; on return they are on the disk."""
    return {"sha256": office.space(request).change_sheet(str(request["sheet"]), str(request["seen"]), request)}


def unlisted(office: Office, request: Mapping[str, Any]) -> list[str]:
    """FCS files of the study's folder that samples.csv does not list."""
    space = office.space(request)
    kept, there = space.sheet("samples")
    if not there or "file" not in kept.columns or space.path_of("samples").parent != space.folder:
        return []
    at = kept.columns.index("file")
    return unlisted_files(space.folder, [kept.cells(row)[at] for row in kept.shown])


def add_files(office: Office, request: Mapping[str, Any]) -> Any:
    """List files that came later."""
    space = office.space(request)
    added = rows_of(space.folder, unlisted(office, request))
    return {"sha256": space.change_sheet("samples", str(request["seen"]), {"added": added}), "added": len(added)}


def problems(office: Office, request: Mapping[str, Any]) -> Any:
    """What is wrong with the study files, without opening an FCS file."""
    space = office.space(request)
    found, notes, uncounted = quick_problems(space)
    words = "" if uncounted is None else on_the_page(f"{uncounted.message} {uncounted.remedy}")
    return {**marks_json(space, found, notes), "hashes": space.hashes(), "uncounted": words}


def check(office: Office, request: Mapping[str, Any]) -> Any:
    """`tregate check`, which also reads the FCS files."""
    space = office.space(request)
    _, printed, said = running.answer_of("check", str(space.study_file), "--json")
    try:
        found = json.loads(printed)
    except ValueError:
        raise ConfigurationError([Problem("check", None, said.strip() or "the check gave no answer.")]) from None
    return {
        **marks_json(space, *from_json(found)),
        "tubes": found["tubes"],
        "hashes": space.hashes(),
        "uncounted": on_the_page("{message} {remedy}".format(**found["uncounted"])) if found.get("uncounted") else "",
    }


def stains(office: Office, request: Mapping[str, Any]) -> Any:
    """Channels, stains and markers of a file."""
    space = office.space(request)
    return stains_json(space.path_of("samples").parent, str(request["file"]))


def form(office: Office, request: Mapping[str, Any]) -> Any:
    """The forms of study.yaml."""
    space = office.space(request)
    return {**form_json(space), "sha256": space.hashes()["study"]}


def keys(office: Office, request: Mapping[str, Any]) -> Any:
    """Change keys of study.yaml; on return they are on the disk."""
    space = office.space(request)
    changes = [([str(step) for step in path], typed(path, value)) for path, value in request["changes"]]
    with space.lock:
        checked_changes(space, changes)
        space.change_study(str(request["seen"]), changes)
        return form(office, request)
