"""Sign a reviewed run, and open it again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.differences import differences
from tregate.pipelines.review.audit_log import AUDIT, append, whole_log
from tregate.pipelines.review.coverage import coverage, gates_of_run, reviewers
from tregate.pipelines.review.decision import REOPEN, SIGN, Decision, Reading, Wish
from tregate.pipelines.review.readers_file import write_readers
from tregate.pipelines.review.signed import how_to_reopen, locked_before_second, run_sha256, signatures, statement
from tregate.pipelines.review.two_readers import ORDINALS, person, refuse_reader_of_both
from tregate.pipelines.reviewed_run import waiting
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.run_folder import recorded_files
from tregate.pipelines.runs.this_program import now
from tregate.pipelines.runs.verify import inputs_of, log_problems, shipped_inputs_of, study_folder


def sign_study(out: Path, name: str, text: str, reading: Reading = 1, *, incomplete: bool = False) -> Decision:
    """Sign the run as it is.

    What is signed is run.json, which has the hashes of every table, input, strategy, table definition and plan, and the
    log up to here. Raises ConfigurationError where a file is not what was recorded, a decision is not in the tables,
    `name` is the other reader's, or, unless `incomplete`, a gated tube was not reviewed.
    """
    record = read_record(out)
    if not text.strip():
        raise ConfigurationError(
            [Problem("--statement", None, "a signature says what is signed.", "Give --statement.")]
        )
    number = waiting(out, record)
    if number:
        message = f"{number} decisions are not in the tables yet."
        raise ConfigurationError([Problem(str(out), None, message, f"First: tregate tables {out}.")])
    compared = [(out, recorded_files(record)), (study_folder(out, record), inputs_of(record))]
    changed = [one for place, hashes in (*compared, shipped_inputs_of(record)) for one in differences(place, hashes)]
    wrong = [*(str(one) for one in changed), *log_problems(out, record)]
    if wrong:
        raise ConfigurationError([Problem(str(out), None, f"{one}.", "Nothing was signed.") for one in wrong])
    before = whole_log(out / AUDIT).decisions
    _refuse_signed_reading(out, before, reading)
    refuse_reader_of_both(before, [Wish(name, SIGN, reading=reading)])
    tubes = gates_of_run(out, record)
    seen, readers = coverage(tubes, before, reading), reviewers(tubes, before, reading)
    _refuse_who_did_not_review(name, readers)
    late = locked_before_second(out, f"of the second reading, {seen.words}") if reading == 2 else None
    if seen.missing and not incomplete and late is not None:
        raise ConfigurationError([replace(late, remedy=f"{late.remedy} Or sign what was read with --incomplete.")])
    if seen.missing and not incomplete:
        message = f"{seen.missing} of {seen.tubes} tubes are not reviewed, so their gates would be signed unreviewed."
        remedy = "Review them, or sign with --incomplete; the signature then says how many were reviewed."
        raise ConfigurationError([Problem(str(out), None, message, remedy)])
    own = next((number for reader, number in readers.items() if person(reader) == person(name)), 0)
    signed = statement(text.strip(), run_sha256(out), record, seen, own)
    wish = Wish(name, SIGN, after=signed, reason="", reading=reading)
    (made,) = append(out / AUDIT, [wish], now)
    write_readers(out, whole_log(out / AUDIT).decisions)
    return made


def _refuse_signed_reading(out: Path, decisions: Sequence[Decision], reading: Reading) -> None:
    """Raise ConfigurationError where this reading is signed, and was not opened again."""
    for one in signatures(out, decisions):
        if one.entry.wish.reading == reading:
            message = f"the {ORDINALS[reading]} reading is {one.who_and_when} (entry {one.entry.n})."
            remedy = f"To sign anew, open it again first: {how_to_reopen(out)}."
            raise ConfigurationError([Problem(str(out), None, message, remedy)])


def _refuse_who_did_not_review(name: str, readers: Mapping[str, int]) -> None:
    """Raise ConfigurationError where others decided in this reading, and `name` did not: who reviewed signs."""
    if readers and person(name) not in map(person, readers):
        message = f"{name.strip()} decided about no tube in this reading; its decisions are by {', '.join(readers)}."
        raise ConfigurationError([Problem("--name", None, message, "The person who reviewed signs, with that name.")])


def reopen_study(out: Path, name: str, reason: str) -> Decision:
    """Take the lock away; the signatures stay on record. Raises ConfigurationError where nothing is signed."""
    read_record(out)
    if not signatures(out, whole_log(out / AUDIT).decisions):
        raise ConfigurationError([Problem(str(out), None, "the study is not signed.", "There is nothing to open.")])
    (made,) = append(out / AUDIT, [Wish(name, REOPEN, reason=reason)], now)
    return made
