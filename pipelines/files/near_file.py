"""Files by their names as people write them, where the folder spells them in another way."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath

from tregate.gating.near_names import nearest
from tregate.pipelines.files.look_alikes import one_way, shown

MOST_NAMES = 2_000
"""Files of a folder up to which a missing name is compared with each, letter by letter."""


def there(path: Path) -> bool:
    """Whether there is something of this name, or a name that cannot be one: opening it says what is wrong."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def as_on_disk(folder: Path, written: str) -> Path:
    """The file below `folder` that a name means.

    Where there is none of exactly that name, the only one that looks the same is taken: letters composed in another
    way (macOS), another kind of blank, another case. Where none or several do, the path as written.
    """
    exact = folder / written
    if not written or there(exact):
        return exact
    here = Path("/") if written.startswith("/") else folder
    for part in PurePosixPath(written.lstrip("/")).parts:
        if part == ".." or there(here / part):
            here = here / part
            continue
        alike = _by_key(here).get(_key(part), ())
        if len(alike) != 1:
            return exact
        here = here / alike[0]
    return here


def near_file(path: Path) -> str:
    """The one file of the folder whose name is nearly that of a missing one, as a person can tell it apart; else ""."""
    by_key = _by_key(path.parent)
    names = [name for alike in by_key.values() for name in alike]
    near = nearest(path.name, sorted(names)) if len(names) <= MOST_NAMES else ""
    found = near or next(iter(by_key.get(_key(path.name), ())), "")
    return shown(found) if found else ""


def _by_key(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Names of a folder by how they look; none where the folder cannot be listed."""
    try:
        return _listed(folder, folder.stat().st_mtime_ns)
    except (OSError, ValueError):
        return {}


@lru_cache(maxsize=64)
def _listed(folder: Path, changed: int) -> Mapping[str, tuple[str, ...]]:
    """As `_by_key`; `changed` is when the folder was."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(path.name for path in folder.iterdir()):
        key = _key(name)
        found[key] = (*found.get(key, ()), name)
    return found


def _key(name: str) -> str:
    return one_way(name).casefold()
