"""The desk: a finished run as it lies before its reviewers, with what they decided so far.

All that changes goes through one lock. The log on the disk is the truth: before anything is decided, what others
appended meanwhile is taken in.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tregate.gating.events import Gated, PlacedGate
from tregate.gating.held_tube import HeldTube, hold
from tregate.gating.tube import TubeResult, TubeTask
from tregate.gating.units import PopulationName
from tregate.pipelines.console import Console
from tregate.pipelines.crosschecks.outliers import ScoreKey, outlier_scores
from tregate.pipelines.findings import of_their_severity
from tregate.pipelines.interchange import read_placed_gates
from tregate.pipelines.interchange.gates_file import Gates, TubeKey
from tregate.pipelines.review.applied import Applied, apply_decisions, in_place
from tregate.pipelines.review.audit_log import AUDIT, append, whole_log
from tregate.pipelines.review.decision import MOVE, REOPEN, SIGN, Decision, Reading, Wish
from tregate.pipelines.review.judged import judged
from tregate.pipelines.review.signed import Signature, signatures
from tregate.pipelines.review.standing import NOTHING, ByTube, TubeChanges, changed_tubes, changes_by_tube, standing
from tregate.pipelines.review.two_readers import refuse_reader_of_both
from tregate.pipelines.reviewed_run import options_of
from tregate.pipelines.reviewing.fold_marks import fold_marks
from tregate.pipelines.run import compare, drawing, store_of, summary_of
from tregate.pipelines.runs.previous_run import read_record
from tregate.pipelines.runs.recorded_pairs import batch_factors
from tregate.pipelines.runs.study_again import study_of_run
from tregate.pipelines.runs.this_program import now
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.tabulate import Results, visit_tables
from tregate.pipelines.tubes.analyse_tubes import BatchResult, analyse_tubes
from tregate.pipelines.tubes.pooled_pairs import with_pooled_pairs
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

HELD = 4
"""Tubes whose events stay in memory."""


class SignedError(Exception):
    """The study is signed, and so locked."""


@dataclass(slots=True)
class Desk:
    """A run under review. Create by `open_desk`."""

    out: Path
    study: Study
    reading: Reading
    record: Mapping[str, Any]
    """run.json."""
    results: Results
    findings: tuple[TubeFinding, ...]
    """Of `results`, with the severities of findings.csv."""
    gathered: BatchResult
    scores: Mapping[ScoreKey, float]
    replayed: Mapping[TubeKey, Gates] | None
    decisions: list[Decision]
    """Every entry of the log, as far as it was read."""
    records: list[TubeRecord]
    """As the decisions make them; those whose tube is `stale` are made when somebody looks."""
    changes: dict[TubeKey, TubeChanges]
    tasks: Mapping[TubeKey, TubeTask]
    sha256: Mapping[TubeKey, str]
    """Of every used tube's file."""
    opened: ByTube
    """Changes that `results`, and so the findings, know of."""
    judged: Mapping[int, str] = field(default_factory=dict)
    """Tubes that this reading had reviewed when the run was opened: position -> by whom."""
    outdated: set[tuple[str, str]] = field(default_factory=set)
    """Subject and visit of which a gate or tube is not as when the findings were made."""
    stale: set[TubeKey] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _held: OrderedDict[TubeKey, HeldTube] = field(default_factory=OrderedDict)
    _loading: threading.Lock = field(default_factory=threading.Lock)
    _size: int = -1
    """Of the log when it was read for the last time [bytes]."""

    # ------------------------------------------------------------ tubes

    def key(self, i: int) -> TubeKey:
        """Raises IndexError where there is no such tube."""
        if i < 0:
            raise IndexError(i)
        record = self.records[i]
        return record.subject, record.visit, record.tube

    def tube(self, i: int) -> HeldTube:
        """The tube's events, read when they are first asked for. Raises KeyError where the tube was not gated."""
        key = self.key(i)
        task = self.tasks[key]
        with self._loading:
            if key not in self._held:
                self._held[key] = hold(task)
                while len(self._held) > HELD:
                    self._held.popitem(last=False)
            self._held.move_to_end(key)
            return self._held[key]

    def change(self, i: int) -> TubeChanges:
        return self.changes.get(self.key(i), NOTHING)

    def placed(self, i: int, change: TubeChanges) -> dict[PopulationName, PlacedGate]:
        """Gates of a tube that are used as they are."""
        key = self.key(i)
        return in_place(change, None if self.replayed is None else self.replayed.get(key, {}))

    def current(self, i: int) -> TubeRecord:
        """The tube as the decisions make it."""
        with self.lock:
            key = self.key(i)
            if key in self.stale:
                tube = self.tube(i)
                gated = tube.gated(self.placed(i, self.change(i)))
                self.put(i, self.made(i, gated))
                self.stale.discard(key)
            return self.records[i]

    def made(self, i: int, gated: Gated) -> TubeResult:
        """What a tube gives with these gates, with the pair factor of its batch where it has too few of its own."""
        before = self.records[i].result
        assert before is not None
        result = self.tube(i).result(gated, before)
        if result.pairs == before.pairs:
            return result
        tubes = [(at, self.tasks[self.key(at)], one.result) for at, one in enumerate(self.records) if one.result]
        others = [(order, result if at == i else other) for at, order, other in tubes]
        return with_pooled_pairs(others)[[at for at, _, _ in tubes].index(i)]

    def put(self, i: int, result: TubeResult) -> None:
        """Take in what gating the tube again gave."""
        self.records[i] = replace(self.records[i], result=result)

    def is_outdated(self, i: int) -> bool:
        """Whether a gate or tube of the visit is not as when the findings were made; after undo it is."""
        return self.key(i)[:2] in self.outdated

    def renew(self, other: "Desk") -> None:
        """Become another desk over the same run: the tables were made again."""
        with self.lock, self._loading:
            for name in ("study", "record", "results", "gathered", "scores", "replayed", "decisions", "opened"):
                setattr(self, name, getattr(other, name))
            for name in ("records", "changes", "tasks", "sha256", "judged", "stale", "outdated", "_held", "_size"):
                setattr(self, name, getattr(other, name))

    # ------------------------------------------------------------ decisions

    @property
    def signed(self) -> tuple[Signature, ...]:
        return signatures(self.out, self.decisions)

    def shown(self) -> tuple[Decision, ...]:
        """The decisions that this reading may see: a second reader is blind to the first."""
        return tuple(one for one in self.decisions if one.wish.reading == self.reading)

    def of_tube(self, i: int) -> tuple[Decision, ...]:
        """What this reading decided about a tube, undone entries too."""
        subject, visit, tube = self.key(i)
        sha256 = self.sha256.get((subject, visit, tube), "")
        return tuple(one for one in self.shown() if (one.wish.file_sha256, one.wish.tube) == (sha256, tube))

    def marks(self) -> tuple[Decision, ...]:
        return tuple(one for one in standing(self.shown()) if one.wish.action not in (MOVE, SIGN, REOPEN))

    def wish(self, i: int, who: str, action: str, reason: str, **more: Any) -> Wish:
        """A decision of this reading about a tube."""
        record = self.records[i]
        return Wish(
            who=who, action=action, subject=record.subject, visit=record.visit, tube=record.tube, file=record.file,
            file_sha256=self.sha256.get(self.key(i), ""), reason=reason, reading=self.reading, **more,
        )  # fmt: skip

    def decide(self, wishes: Sequence[Wish]) -> tuple[Decision, ...]:
        """Take decisions down; on return they are on the disk.

        Raises SignedError where the study is signed, ConfigurationError without name or reason, or for a reader of the
        other reading.
        """
        with self.lock:
            self.catch_up()
            if self.signed and any(wish.action not in (SIGN, REOPEN) for wish in wishes):
                raise SignedError(self.signed[-1].words)
            refuse_reader_of_both(self.decisions, wishes)
            made = append(self.out / AUDIT, wishes, now)
            self.catch_up()
            return made

    def catch_up(self) -> None:
        """Take in what others appended to the log. Raises ConfigurationError where its chain is broken."""
        with self.lock:
            size = size_of(self.out / AUDIT)
            if size == self._size:
                return
            more = whole_log(self.out / AUDIT).decisions[len(self.decisions) :]
            self.decisions += more
            self._changed(more)
            self._size = size

    def _changed(self, made: Sequence[Decision]) -> None:
        touched = {(one.wish.file_sha256, one.wish.tube) for one in made if one.wish.reading == self.reading}
        if not touched:
            return
        by_tube = changes_by_tube(self.decisions, self.reading)
        for key, sha256 in self.sha256.items():
            if (sha256, key[2]) in touched:
                new, old = by_tube.get((sha256, key[2]), NOTHING), self.changes.get(key, NOTHING)
                if (new.gates, new.again) != (old.gates, old.again):
                    self.stale.add(key)
                self.changes[key] = new
        changed = changed_tubes(by_tube, self.opened)
        self.outdated = {key[:2] for key, sha256 in self.sha256.items() if (sha256, key[2]) in changed}


def open_desk(out: Path, console: Console, *, reading: Reading = 1, workers: int = 1) -> Desk:
    """The run in `out`, with its tubes from the store; what is not there any more is gated again.

    Raises ConfigurationError where there is no run, or where the study, the program or the log is not what it was.
    """
    record = read_record(out)
    study = study_of_run(out, record)
    options = options_of(out, record, workers)
    decisions = list(whole_log(out / AUDIT).decisions)
    reviewed = apply_decisions(study, decisions, reading) if decisions else Applied(study)
    replayed = None if options.gates is None else read_placed_gates(options.gates, study.strategies)
    factors = None if options.gates is None else batch_factors(options.gates)
    opened = reviewed.study
    with console.progress("reading the run", len(opened.used)) as progress:
        gathered = analyse_tubes(
            opened, progress, workers=workers, draw=drawing("all"), replay=replayed, factors=factors,
            placed=reviewed.placed(replayed), store=store_of(out, options),
        )  # fmt: skip
    results = compare(opened, gathered, reviewed.findings)
    tasks: dict[TubeKey, TubeTask] = {}
    hashes: dict[TubeKey, str] = {}
    for job, outcome in gathered.done:
        if outcome.result is None or outcome.source is None:
            continue
        tasks[job.entry.key] = job.order
        hashes[job.entry.key] = outcome.source.sha256
    hashes |= {key: sha256 for key, sha256 in reviewed.excluded.items() if key not in hashes}
    return Desk(
        out=out, study=opened, reading=reading, record=record, results=results,
        findings=(*of_their_severity(results), *_folds(opened, results)), gathered=gathered,
        scores=outlier_scores(results, study.study_limits), replayed=replayed, decisions=decisions,
        opened=changes_by_tube(decisions, reading), records=list(gathered.records), changes=dict(reviewed.changes),
        tasks=tasks, sha256=hashes, judged=judged(gathered.records, hashes, decisions, reading),
    )  # fmt: skip


def _folds(study: Study, results: Results) -> tuple[TubeFinding, ...]:
    """Fold changes beyond their limit; none while the study is blinded."""
    if study.blinding is not None:
        return ()
    series = summary_of(results, tuple(visit_tables(results).values()), study.analysis).series
    return tuple(dict.fromkeys(fold_marks(results, series, study.analysis)))


def size_of(path: Path) -> int:
    """Size of a file [bytes]; 0 where it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
