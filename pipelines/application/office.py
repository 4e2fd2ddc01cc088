"""What the server holds in memory; all of it can be made again from the files."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.application import results
from tregate.pipelines.application.strategies import Bench
from tregate.pipelines.application.workspace import Workspace

RESULTS = "RESULTS"
"""Folder of the tables, where a study has none yet."""


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

    def space(self, request: Mapping[str, Any]) -> Workspace:
        """The study of a request. Raises ConfigurationError where there is no such folder."""
        folder = Path(str(request["folder"]))
        if not folder.is_absolute() or not folder.is_dir():
            raise ConfigurationError([Problem(str(folder), None, "the folder does not exist.", "Choose another one.")])
        with self.lock:
            return self.spaces.setdefault(folder, Workspace(folder))

    def out(self, request: Mapping[str, Any]) -> Path:
        """The folder of the tables: as the page says, else that of the newest run."""
        space, name = self.space(request), str(request.get("out", "")).strip()
        if name:
            return space.folder / name
        return next(iter(results.outs_of(space.folder)), space.folder / RESULTS)
