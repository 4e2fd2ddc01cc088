"""Which program gates: a hash of its own source and the versions of the libraries that its numbers pass through."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import tregate.gating

LIBRARIES = ("numpy", "scipy", "flowutils", "scikit-learn")


@cache
def gating_sha256() -> str:
    """SHA-256 over every module of `gating`, the version of Python, and those of LIBRARIES."""
    libraries = "".join(f"{name} {_version(name)}\n" for name in LIBRARIES)
    own = source_sha256(Path(tregate.gating.__file__).parent)
    return hashlib.sha256(f"python {platform.python_version()}\n{libraries}{own}".encode()).hexdigest()


@cache
def program_sha256() -> str:
    """SHA-256 over every file of `gating`, `pipelines` and `configs`: code, templates, strategies and tables."""
    root = Path(tregate.gating.__file__).parent.parent
    digest = hashlib.sha256()
    for part in ("gating", "pipelines", "configs"):
        for path in sorted((root / part).rglob("*.*"), key=lambda path: path.as_posix()):
            if path.suffix in _SHIPPED:
                content = path.read_bytes()
                digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
                digest.update(content)
    return digest.hexdigest()


_SHIPPED = frozenset({".py", ".yaml", ".html", ".css", ".js", ".j2", ".csv"})


def source_sha256(folder: Path) -> str:
    """SHA-256 over names and contents of a folder's Python files. Raises FileNotFoundError where there is none."""
    files = sorted(folder.rglob("*.py"), key=lambda path: path.relative_to(folder).as_posix())
    if not files:
        raise FileNotFoundError(f"no source in {folder}")
    digest = hashlib.sha256()
    for path in files:
        source = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(source)}\0".encode())
        digest.update(source)
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
