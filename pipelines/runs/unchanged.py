"""A run that would write what is there already: then nothing is computed, and only its record is written anew.

Tables depend on the bytes of the tubes and on their premises: the study's files as parsed, the program, its libraries
and the options. run.json keeps a hash of the premises, the store what the run said at its end.
"""

import hashlib
import json
import logging
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tregate.gating.read.regular_file import read_regular
from tregate.pipelines.files.atomic import write_json
from tregate.pipelines.files.differences import differences
from tregate.pipelines.files.input_file import fingerprint
from tregate.pipelines.files.json_without import json_without
from tregate.pipelines.review.audit_log import AUDIT
from tregate.pipelines.runs.options import RunOptions
from tregate.pipelines.runs.run_folder import (
    INPUTS,
    INTERRUPTED,
    RECORD,
    recorded_files,
    refuse_raw_data_folder,
    remove_run,
    replaced_as_one,
)
from tregate.pipelines.runs.run_lock import locked
from tregate.pipelines.runs.run_log import logged
from tregate.pipelines.runs.this_program import command_line, libraries, now, program_version, user
from tregate.pipelines.store.outcome_store import FOLDER, OutcomeStore
from tregate.pipelines.store.program import gating_sha256, program_sha256
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.tubes.file_hashes import hashed

FORM = 1
ANSWER = "answer"
"""Kind of entry of the store."""
KEY = "premises"
"""In run.json: what the tables depend on beside the tubes' bytes; null where they cannot be taken again."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run said at its end."""

    out: str
    """Its folder, as typed."""
    exit_code: int
    lines: tuple[tuple[bool, str], ...]
    """(whether it is shown with --quiet, line)."""
    outcome: Mapping[str, Any]
    """What --json prints."""
    tubes: tuple[str, ...]
    """BLAKE3 of each input."""

    def as_text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def parsed(cls, text: str) -> "Answer":
        """Of `as_text`. Raises ValueError, KeyError or TypeError for other text."""
        answer = json.loads(text)
        lines = tuple((bool(loud), str(line)) for loud, line in answer["lines"])
        tubes = tuple(map(str, answer["tubes"]))
        return cls(str(answer["out"]), int(answer["exit_code"]), lines, answer["outcome"], tubes)


def premises(study: Study, options: RunOptions) -> str | None:
    """Hash of all that tables depend on, but the tubes' bytes; None where a run must compute them."""
    if options.gates is not None or options.review is not None or options.strict or options.executor:
        return None
    if not {study.file, study.samples_file} <= study.parsed.keys():
        return None
    beside = [entry for entry in study.entries if entry.control]
    matrices = {entry.compensation for entry in (*study.used, *beside) if entry.compensation is not None}
    controls = {entry.path for entry in beside if entry.path.is_file()}
    try:
        of_matrices = [(path.name, fingerprint(path).sha256) for path in sorted(matrices)]
        of_controls = [(path.name, fingerprint(path).sha256) for path in sorted(controls)]
    except OSError:
        return None
    parts = {
        "form": FORM,
        "program": [program_version(), program_sha256(), platform.python_version()],
        "libraries": libraries(),
        "read": sorted((path.name, file.sha256) for path, file in study.parsed.items()),
        "matrices": of_matrices,
        "controls": of_controls,
        "tubes": [(entry.line, entry.file) for entry in study.entries],
        "notes": [str(note) for note in study.notes],
        "options": [options.pages, options.pdf, options.figures, options.formats],
    }
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def keep_answer(out: Path, options: RunOptions, answer: Answer, tubes: Sequence[str]) -> None:
    """Keep what a run said, where its record says that its tables can be taken again. tubes: SHA-256 of its inputs."""
    record = summary_of_record(out)
    if not record.get(KEY):
        return
    try:
        _store(out, options).write(_key(record[KEY], tubes), ANSWER, answer.as_text())
    except OSError as error:
        logger.warning("the store does not keep the answer: %s", error)


def unchanged(study: Study, out: Path, options: RunOptions) -> Answer | None:
    """What the run says if it would write what `out` holds; its record is then that of a run of now. None if not.

    Raises ConfigurationError where another run holds the folder.
    """
    if (out / AUDIT).exists():
        return None  # a person may have decided something since, or have signed
    before = record_of(out)
    if before is None or options.fresh or options.debug or not before.get(KEY):
        return None
    if before[KEY] != premises(study, options):
        return None
    refuse_raw_data_folder(out, [entry.path for entry in study.entries], study.file)
    with locked(out, unlock=options.unlock):
        started, record = now(), record_of(out)
        answer = None if record is None or record != before else _answer(record, study, out, options)
        if record is None or answer is None:
            return None
        with logged(out) as log, replaced_as_one(out, keep_others=True) as new:
            logger.info("nothing changed since the run of %s: %d tubes", record["end"], len(study.used))
            log.put_into(new)
            write_json(new / RECORD, _of_now(record, started))
        remove_run(out / INTERRUPTED)
    return answer


def _answer(record: Mapping[str, Any], study: Study, out: Path, options: RunOptions) -> Answer | None:
    """The answer of the recorded run, if its files and its tubes are what they were."""
    try:
        text = _store(out, options).read(_key(record[KEY], [tube["sha256"] for tube in record[INPUTS]]), ANSWER)
        answer = None if text is None else Answer.parsed(text)
        if answer is None or answer.out != str(out) or any(differences(out, recorded_files(record))):
            return None
    except (ValueError, KeyError, TypeError):
        return None
    if [tube["file"] for tube in record[INPUTS]] != [entry.file for entry in study.used]:
        return None
    return answer if _same_bytes([entry.path for entry in study.used], answer.tubes) else None


def _same_bytes(paths: Sequence[Path], recorded: Sequence[str]) -> bool:
    return all(found and found == expected for (_, _, found), expected in zip(hashed(paths), recorded, strict=True))


def _of_now(record: Mapping[str, Any], started: str) -> dict[str, Any]:
    inputs = [{**tube, "reused": True} for tube in record["inputs"]]
    times = {"start": started, "end": now(), "command_line": command_line()}
    return {**record, **times, "user": user(), "host": platform.node() or None, "inputs": inputs}


def record_of(out: Path) -> dict[str, Any] | None:
    """run.json of a folder; None where there is none that can be read."""
    try:
        record = json.loads(read_regular(out / RECORD))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def summary_of_record(out: Path) -> dict[str, Any]:
    """The same without its inputs; empty where there is none."""
    try:
        record = json_without(out / RECORD, INPUTS)
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _key(premises: object, tubes: Sequence[str | None]) -> str:
    return hashlib.sha256(json.dumps([premises, tubes]).encode()).hexdigest()


def _store(out: Path, options: RunOptions) -> OutcomeStore:
    return OutcomeStore(options.store or out / FOLDER, gating_sha256(), options.fresh)
