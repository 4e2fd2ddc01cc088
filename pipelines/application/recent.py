"""Studies that were opened on this machine, the port of the server, and the folders of this machine to choose from."""

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tregate.pipelines.files.atomic import write_json
from tregate.pipelines.study.fitting import ENDINGS
from tregate.pipelines.study.load_study import STUDY_FILE

MOST = 12
"""Studies that are remembered."""
COUNTED = 2_000
"""Files of a folder up to which FCS files are counted."""


def memory() -> Path:
    """The file of recent studies, where programs of this system keep such things."""
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        place = str(Path.home() / "Library" / "Application Support")
    else:
        place = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(place) / "tregate" / "recent.json"


def recent_studies() -> list[str]:
    """Folders, newest first, of those that are still there."""
    folders = _kept().get("studies")
    listed = folders if isinstance(folders, list) else []
    return [one for one in listed if isinstance(one, str) and Path(one).is_dir()][:MOST]


def remember(folder: Path) -> None:
    """Put a folder first. Where this cannot be written, the list stays as it is: no study depends on it."""
    name = str(folder)
    _keep(studies=[name, *(one for one in recent_studies() if one != name)][:MOST])


def usual_port() -> int:
    """The port of the server before, at which its pages look for the next one; 0 where none is known."""
    port = _kept().get("port")
    return port if type(port) is int and 1024 <= port <= 65535 else 0


def remember_port(port: int) -> None:
    """Keep the port for the next server."""
    _keep(port=port)


def _kept() -> Mapping[str, Any]:
    try:
        read: Any = json.loads(memory().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, Mapping) else {}


def _keep(**what: Any) -> None:
    with contextlib.suppress(OSError):
        memory().parent.mkdir(parents=True, exist_ok=True)
        write_json(memory(), {**_kept(), **what})


def folder_json(path: Path) -> dict[str, Any]:
    """What a folder contains, for who chooses one. Raises OSError where it cannot be read."""
    folders, fcs, seen = [], 0, 0
    with os.scandir(path) as entries:
        for entry in entries:
            seen += 1
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                folders.append(entry.name)
            elif seen <= COUNTED and entry.name.lower().endswith(ENDINGS):
                fcs += 1
    parent = path.parent
    return {
        "path": str(path),
        "parent": None if parent == path else str(parent),
        "folders": sorted(folders, key=str.casefold),
        "fcs": fcs,
        "study": (path / STUDY_FILE).is_file(),
        "roots": roots(),
    }


def roots() -> list[str]:
    """Where the folders of this machine begin: drives on Windows; elsewhere home, and the top."""
    if sys.platform == "win32":
        drives = [f"{letter}:\\" for letter in "CDEFGHIJKLMNOPQRSTUVWXYZ"]
        return [str(Path.home()), *(drive for drive in drives if Path(drive).exists())]
    return [str(Path.home()), "/"]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
