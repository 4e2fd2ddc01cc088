"""One finding per cause: what all tubes of one kind share by their set-up is one row for all of them."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from tregate.gating.count.flags import BEAD_LOAD_MISSING, UNMEASURED
from tregate.gating.findings import Severity
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

SETUP = frozenset(
    {
        *("marker_missing", "absent_marker_present", "step_skipped", "flag_bits_masked", "keyword_conflict"),
        *("duplicate_channel_names", "float_log_amplification", "volume_unit_uncertain", "washed_beads_refused"),
        *(BEAD_LOAD_MISSING, "beads_unmeasured"),
    }
)
SETUP_PREFIXES = ("compensation_", "spillover_", "scaling_", "repair_", "lmd_")
"""Checks of how files are written and tubes are stained, not of one tube's events. Checks between tubes say so
themselves, by `of_setup`."""
LEAST_ALL = 3
"""So many tubes are all of a kind by more than chance."""
_NUMBERS = re.compile(r"\d+(?:[.,\u202f]\d+)*")
_VERBS = (" is missing", " was not measured")
"""Behind which a message names the tubes; other messages begin with them."""

_NO_MARKER = (": no channel is stained with ", ": the file has no ")
"""Reasons why a population was not measured that no event of the tube has a part in."""

Cause = tuple[str, str, Severity, str, str]


def is_setup(found: TubeFinding) -> bool:
    """Whether the finding is about the set-up of a tube: file format, compensation, markers, declared beads."""
    if found.of_setup:
        return True
    if found.finding.check == UNMEASURED:
        return any(reason in found.finding.message for reason in _NO_MARKER)
    return found.finding.check in SETUP or found.finding.check.startswith(SETUP_PREFIXES)


def grouped(findings: Sequence[TubeFinding], records: Sequence[TubeRecord]) -> Iterator[TubeFinding]:
    """The findings, with one row per cause and kind of tube for what is a property of the set-up.

    The row has no subject, visit and file; its value is the number of tubes. `files` lists them where others of the
    kind do not share the cause. A warning about one tube alone stays with it. What a check declares `of_setup` is one
    cause also with other numbers in each tube, where all tubes of a kind have it.
    """
    tubes: dict[str, int] = {}
    for record in records:
        if record.result is not None:
            tubes[record.tube] = tubes.get(record.tube, 0) + 1
    alike = _alike_in_all(findings, tubes)
    causes: dict[Cause, list[TubeFinding]] = {}
    for found in findings:
        if found.file and is_setup(found):
            causes.setdefault(_cause(found, alike), []).append(found)
    reported = set[Cause]()
    for found in findings:
        cause = _cause(found, alike)
        same = causes.get(cause, []) if found.file and is_setup(found) else []
        if not same or (len(same) == 1 and found.finding.severity is not Severity.INFO):
            yield found
        elif cause not in reported:
            reported.add(cause)
            yield _of_all(same, tubes[found.tube])


def _alike_in_all(findings: Sequence[TubeFinding], tubes: Mapping[str, int]) -> Set[Cause]:
    """Causes declared `of_setup`, numbers apart, that every tube of their kind has."""
    files: dict[Cause, set[str]] = {}
    for found in findings:
        if found.of_setup:
            files.setdefault(_masked(_exactly(found)), set()).add(found.file)
    return {cause for cause, these in files.items() if len(these) >= max(LEAST_ALL, tubes.get(cause[0], 0))}


def _masked(cause: Cause) -> Cause:
    return *cause[:4], _NUMBERS.sub("#", cause[4])


def _cause(found: TubeFinding, alike: Set[Cause]) -> Cause:
    exactly = _exactly(found)
    masked = _masked(exactly)
    return masked if found.of_setup and masked in alike else exactly


def _exactly(found: TubeFinding) -> Cause:
    finding = found.finding
    return found.tube, finding.check, finding.severity, finding.population, finding.message


def _of_all(same: Sequence[TubeFinding], of: int) -> TubeFinding:
    first, files = same[0], tuple(dict.fromkeys(found.file for found in same))
    where = f"{len(files)} of {of} {first.tube} tubes"
    message = first.finding.message
    if any(other.finding.message != message for other in same):
        where += f", for example {first.subject} {first.visit}"
    verb = next((verb for verb in _VERBS if verb in message), "")
    message = message.replace(verb, f"{verb} in {where}", 1) if verb else f"{where}: {message}"
    finding = replace(first.finding, message=message, value=float(len(files)), limit="")
    return TubeFinding("", "", first.tube, "", finding, files if len(files) < of else ())
