"""Decisions brought to a study: each tube is recognised by the bytes of its file and its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tregate.gating.events import PlacedGate
from tregate.gating.findings import Finding, Severity
from tregate.gating.strategy.schema import ALL, Strategy
from tregate.gating.units import PopulationName
from tregate.pipelines.files.input_file import fingerprint
from tregate.pipelines.files.table import Table
from tregate.pipelines.interchange.gates_checked import unusable
from tregate.pipelines.interchange.gates_file import Gates, TubeKey
from tregate.pipelines.review.audit_log import whole_log
from tregate.pipelines.review.changes_table import changes_table
from tregate.pipelines.review.decision import Decision, Reading
from tregate.pipelines.review.standing import NOTHING, TubeChanges, changes_by_tube
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.tubes.records import TubeFinding


@dataclass(frozen=True, slots=True)
class Applied:
    """A study with what persons decided about its tubes."""

    study: Study
    """With the tubes excluded that a person excluded."""
    changes: Mapping[TubeKey, TubeChanges] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    """Every entry of the log, those on other studies' files too."""
    head: str = ""
    """SHA-256 of the last entry; "" where there is no log."""
    findings: tuple[TubeFinding, ...] = ()
    """Decisions that could not be applied."""
    excluded: Mapping[TubeKey, str] = field(default_factory=dict)
    """Tubes that a person excluded -> SHA-256 of their file."""

    def as_record(self) -> dict[str, Any] | None:
        """For run.json."""
        return {"entries": len(self.decisions), "sha256": self.head} if self.decisions else None

    def tables(self) -> dict[str, Table]:
        """changes.csv by its name, where the decisions changed anything of this study."""
        changes = changes_table(self.decisions, {entry.file for entry in self.study.entries})
        return {changes.name: changes} if len(changes) else {}

    def placed(self, replay: Mapping[TubeKey, Gates] | None) -> dict[TubeKey, Gates]:
        """Gates of every changed tube that are used as they are; `replay`: of the earlier run whose gates are used."""
        return {
            key: in_place(change, None if replay is None else replay.get(key, {}))
            for key, change in self.changes.items()
            if change.gates or change.again
        }


def in_place(change: TubeChanges, replayed: Gates | None) -> dict[PopulationName, PlacedGate]:
    """The gates of one tube that are used as they are. `replayed`: all its gates, where those of a run are used."""
    before = {name: gate for name, gate in (replayed or {}).items() if name not in change.again}
    return {**before, **change.gates}


def below(strategy: Strategy, population: str) -> tuple[str, ...]:
    """Populations whose place may follow that of `population`: gated within it, made of it, or placed by it."""
    found: list[str] = []
    for name in strategy.gating_order:
        if any(needed in (population, *found) for needed in strategy.populations[name].references if needed != ALL):
            found.append(name)
    return tuple(found)


def applied(study: Study, log: Path, reading: Reading = 1) -> Applied:
    """The study with the decisions of a log; without any where there is no file.

    Raises ConfigurationError where the log's chain is broken.
    """
    decisions = whole_log(log).decisions
    if not decisions:
        return Applied(study)
    return apply_decisions(study, decisions, reading)


def apply_decisions(study: Study, decisions: Sequence[Decision], reading: Reading = 1) -> Applied:
    """The study with these decisions. A file that cannot be read takes none: its tube fails in its own words."""
    by_file = changes_by_tube(decisions, reading)
    changes: dict[TubeKey, TubeChanges] = {}
    findings: list[TubeFinding] = []
    entries = []
    excluded: dict[TubeKey, str] = {}
    for entry in study.entries:
        sha256 = _sha256(entry) if by_file else ""
        change = by_file.get((sha256, entry.tube), NOTHING)
        if change is NOTHING or entry.exclude:
            entries.append(entry)
            continue
        usable, problems = _usable(change, study.strategies[entry.tube])
        findings += [_not_applied(entry, problem) for problem in problems]
        changes[entry.key] = usable
        if usable.excluded:
            excluded[entry.key] = sha256
        entries.append(replace(entry, exclude=usable.excluded) if usable.excluded else entry)
    study = replace(study, entries=tuple(entries))
    used = {entry.key for entry in study.used}
    return Applied(
        study,
        {key: change for key, change in changes.items() if key in used},
        tuple(decisions),
        decisions[-1].sha256,
        tuple(findings),
        excluded,
    )


def _usable(change: TubeChanges, strategy: Strategy) -> tuple[TubeChanges, list[str]]:
    """The change without gates that the strategy cannot take, and why it cannot."""
    reasons = {name: reason for name, gate in change.gates.items() if (reason := unusable(gate, strategy))}
    kept = {name: gate for name, gate in change.kept.items() if name not in reasons}
    moved = {name: gate for name, gate in change.moved.items() if name not in reasons}
    return replace(change, kept=kept, moved=moved), [f"{name}: {reason}" for name, reason in reasons.items()]


def _not_applied(entry: TubeEntry, problem: str) -> TubeFinding:
    message = f"A reviewer's gate was not applied ({problem}), so its method placed it. Review the gate again."
    finding = Finding("decision_not_applied", Severity.WARN, message)
    return TubeFinding(entry.subject, entry.visit, entry.tube, entry.file, finding)


def _sha256(entry: TubeEntry) -> str:
    try:
        return fingerprint(entry.path).sha256
    except OSError:
        return ""
