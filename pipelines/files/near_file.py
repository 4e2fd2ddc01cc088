"""Files by their names as people write them, where the folder spells them in another way."""

from pathlib import Path, PurePosixPath

from tregate.gating.near_names import nearest
from tregate.pipelines.files.look_alikes import one_way, shown


def as_on_disk(folder: Path, written: str) -> Path:
    """The file below `folder` that a name means.

    Where there is none of exactly that name, the only one that looks the same is taken: letters composed in another
    way (macOS), another kind of blank, another case. Where none or several do, the path as written.
    """
    exact = folder / written
    if not written or exact.exists():
        return exact
    here = Path("/") if written.startswith("/") else folder
    for part in PurePosixPath(written.lstrip("/")).parts:
        if part == ".." or (here / part).exists():
            here = here / part
            continue
        alike = [name for name in _names(here) if _key(name) == _key(part)]
        if len(alike) != 1:
            return exact
        here = here / alike[0]
    return here


def near_file(path: Path) -> str:
    """The one file of the folder whose name is nearly that of a missing one, as a person can tell it apart; else ""."""
    near = nearest(path.name, _names(path.parent))
    alike = [name for name in _names(path.parent) if _key(name) == _key(path.name)]
    found = near or (alike[0] if alike else "")
    return shown(found) if found else ""


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def _key(name: str) -> str:
    return one_way(name).casefold()
