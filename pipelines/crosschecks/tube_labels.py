"""What a file's keywords and clock say against its row of samples.csv. Keywords are compared and never shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from tregate.gating.findings import Finding, Severity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.visits import usable, visits
from tregate.pipelines.files.look_alikes import mistaken_for
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.study.names.parts import Parts, taken_apart
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding


def tube_labels(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A file that the instrument named after another subject or visit of this study."""
    subjects, visits_named = _by_key(results.subjects), _by_key(results.visits)
    for record in usable(results):
        labels = [] if record.result is None else [taken_apart(label) for label in record.result.data_set.labels]
        subject = _other(labels, record.subject, subjects, _subject_keys)
        visit = _other(labels, record.visit, visits_named, _visit_keys)
        named = [f"subject {subject}"] if subject else []
        named += [f"visit {visit}"] if visit else []
        if named:
            yield at_tube(
                record, "keyword_contradicts", Severity.FAIL,
                f"The file's own keywords name {' and '.join(named)} of this study; samples.csv says {record.subject}, "
                f"{record.visit}. Find out which is right and correct the row or `file`.",
            )  # fmt: skip


def _by_key(names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Key -> the distinctive names that it may stand for."""
    found: dict[str, dict[str, None]] = {}
    for name in names:
        for key in mistaken_for(name) if _is_telling(name) else ():
            found.setdefault(key, {})[name] = None
    return {key: tuple(of_key) for key, of_key in found.items()}


def _other(
    labels: Sequence[Parts], own: str, names: Mapping[str, tuple[str, ...]], keys: Callable[[Parts], set[str]]
) -> str:
    """The one other name of the study that the labels say, where none says the own one. names: by `_by_key`."""
    said = {key for label in labels for key in keys(label)}
    if not said or mistaken_for(own) & said:
        return ""
    others = {name for key in said for name in names.get(key, ())} - {own}
    return others.pop() if len(others) == 1 else ""


def _is_telling(name: str) -> bool:
    """A name of one or two digits stands in many a file name by chance."""
    return not name.isdigit() or len(name) > len("99")


def _subject_keys(label: Parts) -> set[str]:
    """Keys of every run of up to three parts."""
    texts = [
        label.between(i, k) for i in range(len(label.spans)) for k in range(i + 1, min(i + 3, len(label.spans)) + 1)
    ]
    return {key for text in texts for key in mistaken_for(text)}


def _visit_keys(label: Parts) -> set[str]:
    return set(mistaken_for(label.visit_name)) if label.visit_name else set()


def acquisition_days(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Tubes of one visit acquired on different days, and visits acquired against their order."""
    days: dict[str, dict[str, date]] = {}
    for visit in visits(results):
        known = {record.file: record for record in visit.records if record.acquired is not None}
        dates = sorted({record.acquired for record in known.values() if record.acquired is not None})
        if not dates:
            continue
        days.setdefault(visit.subject, {})[visit.visit] = dates[0]
        if (dates[-1] - dates[0]).days > limits.days_of_visit:
            late = next(record for record in known.values() if record.acquired == dates[-1])
            yield at_tube(
                late, "other_day", Severity.WARN,
                f"This tube was acquired {(dates[-1] - dates[0]).days} days after another tube of the visit. Check "
                "that it "
                "is this visit's blood.",
                value=float((dates[-1] - dates[0]).days), limit=f"at most {limits.days_of_visit:g} day",
            )  # fmt: skip
    for subject, found in days.items():
        yield from _against_order(results.visits, subject, found)


def _against_order(planned: Sequence[str], subject: str, found: Mapping[str, date]) -> Iterator[TubeFinding]:
    order = [visit for visit in planned if visit in found]
    for before, after in pairwise(order):
        if found[after] < found[before]:
            message = (
                f"{after} of {subject} was acquired {(found[before] - found[after]).days} days before {before}. "
                "Check the "
                "visits of both, and the order under `visits:`."
            )
            yield TubeFinding(subject, after, "", "", Finding("other_day", Severity.WARN, message))
