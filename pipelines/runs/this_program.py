"""Who runs what, for run.json and run.log: the program and its libraries, the person, the command, the time."""

import datetime
import getpass
import re
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution, version

LIBRARIES = (
    "numpy", "scipy", "scikit-learn", "flowutils", "pydantic", "pyyaml", "pandas", "pyarrow", "statsmodels",
    "matplotlib", "jinja2",
)  # fmt: skip
"""Libraries that a run's figures pass through."""


def program_version() -> str:
    try:
        return version("tregate")
    except PackageNotFoundError:
        return "unknown"


def commit(version: str) -> str | None:
    """The commit in a version such as 0.2.0.dev318+g2fb0d7580, with the day where its tree was changed; else None."""
    found = re.search(r"\+g([0-9a-f]{7,}(?:\.d\d{8})?)", version)
    return found[1] if found else None


def user() -> str | None:
    """Login name; None where the system does not report it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def command_line() -> str:
    return shlex.join(sys.argv)


def libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            metadata = distribution(name).read_text("METADATA") or ""
        except PackageNotFoundError:
            continue
        # `version(name)` parses the whole description of a package as an e-mail: ten times as long.
        found[name] = next(line for line in metadata.splitlines() if line.startswith("Version: ")).partition(" ")[2]
    return found
