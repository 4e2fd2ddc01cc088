"""Files by their names as people write them, where the folder spells them in another way."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath

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
    way (macOS), another kind of blank, another case. A path of another system is read as it writes them: backslashes
    between folders; of one that begins with a drive or a server (Windows) or at the root (read on Windows) the longest
    end that is there below `folder`. Where none or several do, the path as written.
    """
    exact = within_limit(folder / written)
    others = [] if not written else [(folder, parts) for parts in foreign_parts(written, windows=_WINDOWS)]
    if not written or (there(exact) and not (others and _cannot_be(exact))):
        return exact
    ways = [*_starts(folder, written), *others]
    return next((within_limit(found) for start, parts in ways if (found := _walked(start, parts))), exact)


def _cannot_be(path: Path) -> bool:
    """Whether this cannot be a name here: a whole Windows path as one name is too long."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return False


_WINDOWS = os.name == "nt"


def foreign_parts(written: str, *, windows: bool) -> Iterator[tuple[str, ...]]:
    """Parts below the study's folder that a path of another system may mean, the longest first.

    >>> list(foreign_parts(r"fcs\\S01\\a.fcs", windows=False))
    [('fcs', 'S01', 'a.fcs')]
    >>> list(foreign_parts(r"D:\\trial\\fcs\\a.fcs", windows=False))
    [('trial', 'fcs', 'a.fcs'), ('fcs', 'a.fcs'), ('a.fcs',)]
    >>> list(foreign_parts("/data/fcs/a.fcs", windows=True))
    [('data', 'fcs', 'a.fcs'), ('fcs', 'a.fcs'), ('a.fcs',)]
    """
    path = PureWindowsPath(written)
    parts = path.parts[1:] if path.anchor else path.parts
    if not path.anchor and "\\" in written and not windows:
        yield parts
    elif (path.drive and not windows) or (written.startswith("/") and windows):
        for start in range(len(parts) if ".." not in parts else 0):
            yield parts[start:]


def within_limit(path: Path, *, windows: bool | None = None) -> Path:
    """The path in the form that Windows opens whatever its length; the same elsewhere and where it is short."""
    if not (_WINDOWS if windows is None else windows):
        return path
    text = str(path.absolute()) if _WINDOWS else str(path)
    if len(text) < LONGEST or text.startswith("\\\\?\\"):
        return path
    return Path(f"\\\\?\\UNC\\{text[2:]}" if text.startswith("\\\\") else f"\\\\?\\{text}")


LONGEST_NAME = 255
"""Characters of one name, on every common file system."""
LONGEST = 248
"""Characters of a path from which Windows needs its extended form: 260 for files, less 12 for folders."""


def _starts(folder: Path, written: str) -> list[tuple[Path, tuple[str, ...]]]:
    start = Path("/") if written.startswith("/") else folder
    return [(start, PurePosixPath(written.lstrip("/")).parts)]


def _walked(start: Path, parts: Sequence[str]) -> Path | None:
    """The path below `start` whose parts look like these; None where one is missing, or two look the same."""
    here = start
    for part in parts:
        if len(part) > LONGEST_NAME:
            return None
        if part == ".." or there(here / part):
            here = here / part
            continue
        alike = _by_key(here).get(_key(part), ())
        if len(alike) != 1:
            return None
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
