"""Whether the files of a run are those that it wrote, and its inputs those that it read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tregate.gating.strategy.load import shipped
from tregate.pipelines.review.audit_log import AUDIT, read_log
from tregate.pipelines.review.readers_file import readers_problem
from tregate.pipelines.review.signed import signatures

SHIPPED = "tregate:"
"""How the name of a shipped configuration begins in the record."""


def study_folder(out: Path, record: Mapping[str, Any]) -> Path:
    """Folder of the study of the run in `out`, wherever both are now."""
    file = record.get("study", {}).get("file")
    return (out / file).parent if isinstance(file, str) else out


def inputs_of(record: Mapping[str, Any]) -> dict[str, str]:
    """Path from the study's folder -> SHA-256, of every file of the study that the run read, but shipped ones."""
    study = record["study"]
    samples = Path(study["samples"]).parent
    read = {name: file["sha256"] for name, file in study["read"].items() if not name.startswith(SHIPPED)}
    listed = (*record["inputs"], *record.get("excluded", ()))
    tubes = {(samples / tube["file"]).as_posix(): tube["sha256"] for tube in listed if tube.get("sha256")}
    return {**read, **tubes}


def shipped_inputs_of(record: Mapping[str, Any]) -> tuple[Path, dict[str, str]]:
    """Folder of the shipped configurations, and name -> SHA-256 of those that the run read."""
    read = record["study"]["read"].items()
    names = {name.removeprefix(SHIPPED): file["sha256"] for name, file in read if name.startswith(SHIPPED)}
    return shipped("strategies", "x").parent.parent, names


def signed_words(out: Path, changed: Sequence[str] = ()) -> Iterator[str]:
    """Each signature of a run, with how many tubes its reader had reviewed, and what is not as it was signed.

    changed: names of files, or of what else is wrong.
    """
    try:
        log = read_log(out / AUDIT)
    except OSError:
        return
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    but = f", but {changed[0]}{more} {'are' if more else 'is'} not as signed" if changed else ""
    for one in signatures(out, log.decisions):
        if one.reviewed:
            yield f"Signature of {one.entry.wish.who} (entry {one.entry.n}): {one.reviewed}{but}."


def log_problems(out: Path, record: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the decisions beside a run, and which signatures no longer hold, in words."""
    try:
        log = read_log(out / AUDIT)
    except OSError as error:
        yield f"{AUDIT} cannot be read ({error.strerror or error})"
        return
    if log.broken:
        yield f"{AUDIT}: {log.broken}. Signatures from there on are not read"
    if log.torn:
        yield f"{AUDIT} ends in the middle of an entry, which was never confirmed to anybody"
    review = (record.get("options") or {}).get("review") or {}
    number = review.get("entries", 0)
    applied = log.decisions[number - 1].sha256 if 0 < number <= len(log.decisions) else ""
    if number and applied != review.get("sha256") and not log.broken:
        yield f"{AUDIT} is not the one whose {number} entries the run applied"
    problem = "" if log.broken else readers_problem(out, log.decisions)
    if problem:
        yield problem
    for signature in signatures(out, log.decisions):
        for reason in signature.broken:
            yield f"The signature of {signature.entry.wish.who} (entry {signature.entry.n}) is broken: {reason}"
