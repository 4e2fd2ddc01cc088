"""How much of the run on a desk is reviewed, and what is left of each tube."""

from tregate.pipelines.review.coverage import NOT_LOOKED_AT, Coverage, Looks, coverage, excluded_from_tables, looks
from tregate.pipelines.review.judged import gates_to_review
from tregate.pipelines.reviewing.desk import Desk
from tregate.pipelines.tubes.records import TubeRecord


def is_to_review(record: TubeRecord) -> bool:
    """Whether there is anything to review."""
    return record.result is not None and not record.excluded


def looks_at(desk: Desk, i: int) -> Looks:
    """What this reading decided about the gates of a tube."""
    return looks(desk.of_tube(i), desk.reading).get(_file_of(desk, i), NOT_LOOKED_AT)


def coverage_of_desk(desk: Desk) -> Coverage:
    """How many tubes of the run this reading reviewed, with the gates as the decisions make them."""
    return coverage(gates_of_desk(desk), desk.decisions, desk.reading)


def gates_of_desk(desk: Desk) -> list[tuple[tuple[str, str], tuple[str, ...]]]:
    """((SHA-256 of the file, kind of tube), its gates to review), of every tube that is to be reviewed."""
    left_out = excluded_from_tables(desk.record)
    listed = [i for i, record in enumerate(desk.records) if is_to_review(record) and desk.key(i) not in left_out]
    return [(_file_of(desk, i), gates_to_review(desk.records[i])) for i in listed]


def _file_of(desk: Desk, i: int) -> tuple[str, str]:
    return desk.sha256.get(desk.key(i), ""), desk.records[i].tube
