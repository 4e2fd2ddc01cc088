"""One table definition on top of another: `extends:`."""

from collections.abc import Mapping
from typing import Any

from tregate.gating.strategy.yaml_source import Path_, Source

MERGED = ("choices", "cells", "measures", "sheets", "figures", "shown", "limits", "batch")
"""Keys whose entries are taken one by one; an entry of the same name replaces the base's, `null` removes it."""
APPENDED = ("plausible",)
"""Lists: the base's entries come first."""


def extended(base: Source, own: Source) -> Source:
    """The base's data with the own file's entries, and the lines of the own file."""
    if not isinstance(base.data, dict) or not isinstance(own.data, dict):
        return own
    data: dict[str, Any] = {key: value for key, value in base.data.items() if key not in ("tables", "extends")}
    shifts: dict[str, int] = {}
    for key, value in own.data.items():
        if key in MERGED and isinstance(value, Mapping) and isinstance(data.get(key), Mapping):
            merged = {**data[key], **value}
            data[key] = {name: entry for name, entry in merged.items() if entry is not None}
        elif key in APPENDED and isinstance(value, list) and isinstance(data.get(key), list):
            shifts[key] = len(data[key])
            data[key] = [*data[key], *value]
        else:
            data[key] = value
    lines = {_shifted(path, shifts): line for path, line in own.lines.items()}
    return Source(own.file, data, lines, own.repeated)


def _shifted(path: Path_, shifts: Mapping[str, int]) -> Path_:
    if len(path) > 1 and path[0] in shifts and isinstance(path[1], int):
        return (path[0], path[1] + shifts[str(path[0])], *path[2:])
    return path
