"""`tregate unblind`: the tables of a blinded run with its visits and arms, as a logged act with a reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.provenance import files_read
from tregate.pipelines.store.program import gating_sha256
from tregate.pipelines.study.load_study import Study, load_study


def unblinded_study(out: Path, reason: str, study: Path | None) -> tuple[Study, Mapping[str, Any]]:
    """The study of a blinded run as its files say it, and the run's record.

    Raises ConfigurationError where there is no reason, the run is not blinded, the study or the program is no longer
    what it was, or the run replayed gates.
    """
    record = read_record(out)
    if not reason.strip():
        message = "the blinding is lifted without a reason."
        raise ConfigurationError(
            [Problem("--reason", None, message, "Say why, for example: database lock 2026-03-01.")]
        )
    if not record.get("blinded"):
        raise ConfigurationError([Problem(str(out), None, "the run is not blinded.", "Nothing was changed.")])
    loaded = load_study(study or out / record["blinded"]["study"], unblinded=True)
    now, then = files_read(loaded), record["study"]["read"]
    changed = sorted(name for name in {*now, *then} if now.get(name) != then.get(name))
    problems = [
        Problem(
            str(out), None, f"{name} of the study was changed since the blinded run.", "Run it blinded again first."
        )
        for name in changed
    ]
    if record["program"]["gating_sha256"] != gating_sha256():
        message = "the blinded run was gated by another version of tregate, so its gates would change."
        problems.append(Problem(str(out), None, message, "Run it blinded again with this version first."))
    if record["options"].get("gates"):
        message = "the blinded run used --gates, whose visits have codes."
        problems.append(Problem(str(out), None, message, "Run it blinded without --gates, then lift the blinding."))
    if problems:
        raise ConfigurationError(problems)
    return loaded, record


def unblinding_options(record: Mapping[str, Any], reason: str, workers: int, store: Path | None) -> RunOptions:
    """The options of the blinded run, with the reason."""
    options = record["options"]
    return RunOptions(
        workers,
        pages=options["pages"],
        figures=bool(options.get("figures")),
        store=store,
        unblinded=reason.strip(),
    )
