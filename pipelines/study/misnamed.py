"""A study.yaml by another name: the ending that Windows hides, other endings of YAML, typing errors, other names."""

import re
from pathlib import Path

from tregate.gating.near_names import nearest
from tregate.gating.read.regular_file import read_regular

WANTED = "study.yaml"
OTHER = "study.yml"
ENDINGS = (".yaml", ".yml", ".txt")
LARGEST = 1 << 20
"""Bytes of a file that is looked into."""


def misnamed_studies(folder: Path) -> tuple[str, ...]:
    """Names of the files of a folder that were probably meant to be its study.yaml, by name or by what they hold."""
    try:
        files = sorted(path for path in folder.iterdir() if path.name.casefold().endswith(ENDINGS) and path.is_file())
    except OSError:
        return ()
    return tuple(one.name for one in files if one.name != WANTED and (_is_near(one.name.casefold()) or _is_study(one)))


def rename(misnamed: tuple[str, ...]) -> str:
    """What to do about such files; "" where there are none."""
    if not misnamed:
        return ""
    hidden = " (Windows may hide the ending .txt)" if misnamed[0].casefold().endswith(".txt") else ""
    return f"Rename {' or '.join(misnamed)} to {WANTED}{hidden}, or name the file in the command."


def _is_near(name: str) -> bool:
    plain = [name, *(name.removesuffix(ending) for ending in ENDINGS)]
    return any(one in (WANTED, OTHER) or nearest(one, [WANTED]) == WANTED for one in plain)


def _is_study(path: Path) -> bool:
    """Whether a text has the keys that every study has."""
    try:
        data = read_regular(path) if path.stat().st_size <= LARGEST else b""
    except OSError:
        return False
    return all(re.search(rb"^%s:" % key, data, re.MULTILINE) for key in (b"visits", b"tubes"))
