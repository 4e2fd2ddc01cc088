"""Tubes that a reading has reviewed, among the records of a run: what a check says of them was looked at."""

from collections.abc import Mapping, Sequence

from tregate.pipelines.interchange.gates_file import TubeKey
from tregate.pipelines.review.coverage import CONFIRMED, looks
from tregate.pipelines.review.decision import AUTOMATIC, MOVE, Decision, Reading
from tregate.pipelines.review.standing import TubeOfFile, standing
from tregate.pipelines.tubes.analyse_tubes import BatchResult
from tregate.pipelines.tubes.records import TubeRecord


def gates_to_review(record: TubeRecord) -> tuple[str, ...]:
    """Gates of a tube that have a place, in gating order: each is to be confirmed or moved."""
    gates = () if record.result is None else record.result.gates
    return tuple(str(gate.population) for gate in gates if gate.shape is not None)


def sha256_of_files(gathered: BatchResult) -> dict[TubeKey, str]:
    """SHA-256 of the file of every tube that was read."""
    read = ((job.entry.key, outcome.source) for job, outcome in gathered.done)
    return {key: source.sha256 for key, source in read if source is not None}


def judged(
    records: Sequence[TubeRecord], sha256: Mapping[TubeKey, str], decisions: Sequence[Decision], reading: Reading = 1
) -> dict[int, str]:
    """Position of every reviewed tube among the records -> who reviewed it, "A. Reader, B. Reader".

    sha256: of the tubes' files.
    """
    seen = looks(decisions, reading)
    readers: dict[TubeOfFile, dict[str, None]] = {}
    for one in standing([one for one in decisions if one.wish.reading == reading]):
        if one.wish.action in (CONFIRMED, MOVE, AUTOMATIC):
            readers.setdefault((one.wish.file_sha256, one.wish.tube), {})[one.wish.who.strip()] = None
    found = {}
    for i, record in enumerate(records):
        file = sha256.get((record.subject, record.visit, record.tube), ""), record.tube
        if record.result is None or record.excluded or file not in readers:
            continue
        if seen[file].covers(gates_to_review(record)):
            found[i] = ", ".join(readers[file])
    return found
