"""Where the log of a run lies, and how a log of another folder comes to a new run."""

from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.atomic import whole_file
from tregate.pipelines.review.audit_log import AUDIT


def log_for(out: Path, review: Path | None) -> Path:
    """The log whose decisions a run into `out` applies: the named one (a file, or its folder), else the one in `out`.

    Raises ConfigurationError where the named one does not exist, or where `out` has another log already.
    """
    own = out / AUDIT
    if review is None:
        return own
    named = review / AUDIT if review.is_dir() else review
    if not named.is_file():
        message = f"the folder or file holds no {AUDIT}."
        raise ConfigurationError([Problem(str(review), None, message, "Name the --out folder of a reviewed run.")])
    if own.exists() and not named.read_bytes().startswith(own.read_bytes()):
        message = f"the folder has an {AUDIT} with other decisions than {named}."
        raise ConfigurationError([Problem(str(out), None, message, "Choose another --out, or leave out --review.")])
    return named


def take_over(log: Path, out: Path) -> None:
    """Put a copy of the log beside the new run, so that its chain goes on there."""
    own = out / AUDIT
    if log == own or not log.is_file():
        return
    data = log.read_bytes()
    if not own.exists() or own.read_bytes() != data:
        with whole_file(own) as part:
            part.write_bytes(data)
