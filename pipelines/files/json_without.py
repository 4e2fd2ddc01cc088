"""A JSON file that `write_json` wrote, without the members of a long list in it."""

import io
import json
from pathlib import Path
from typing import Any

from tregate.gating.read.regular_file import open_regular


def json_without(path: Path, key: str) -> Any:
    """The value of a file, where the list under `key` of its outermost object is empty: its lines are not parsed.

    A file that is laid out in another way is parsed whole. Raises OSError as `open_regular`, and ValueError for what
    is no JSON.
    """
    kept: list[str] = []
    within = False
    with io.TextIOWrapper(open_regular(path), encoding="utf-8") as file:
        for line in file:
            within = within and line not in (" ]\n", " ],\n")
            if not within:
                kept.append(line)
                within = line == f' "{key}": [\n'
    return json.loads("".join(kept))
