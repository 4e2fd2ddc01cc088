"""`tregate tables`: visit tables, summary and figures of an earlier run, made again without gating."""

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.export.collection import collection_of
from tregate.pipelines.export.formats import check_formats
from tregate.pipelines.export.run_tables import findings_table
from tregate.pipelines.export.visit_outputs import write_visit_outputs
from tregate.pipelines.files.atomic import write_text
from tregate.pipelines.files.csv_file import write_csv
from tregate.pipelines.files.input_file import fingerprint
from tregate.pipelines.files.table import Table
from tregate.pipelines.findings import Measured, in_order, measured, rows_of, worst_by_figure
from tregate.pipelines.interchange.gates_file import TubeKey
from tregate.pipelines.review.audit_log import AUDIT, append, read_log, whole_log
from tregate.pipelines.review.changes_table import changes_table
from tregate.pipelines.review.coded_marks import uncoded
from tregate.pipelines.review.coverage import tubes_without_value
from tregate.pipelines.review.decision import Wish
from tregate.pipelines.review.page_marks import wishes_of_marks
from tregate.pipelines.review.review_file import exclusions, read_review
from tregate.pipelines.review.signed import refuse_signed
from tregate.pipelines.review.two_readers import refuse_reader_of_both
from tregate.pipelines.run import summary_of
from tregate.pipelines.runs.plan_record import as_planned, earlier_plan, plan_record
from tregate.pipelines.runs.previous_run import EarlierRun, read_run
from tregate.pipelines.runs.provenance import as_text, digests
from tregate.pipelines.runs.rebuilt_options import NO_OPTIONS, Options, last_options, options_record
from tregate.pipelines.runs.run_folder import RECORD, open_out, refuse_raw_data_folder, replaced_as_one
from tregate.pipelines.runs.run_lock import locked
from tregate.pipelines.runs.this_program import command_line, now, program_version
from tregate.pipelines.study.absent_markers import notes_on_absent
from tregate.pipelines.study.declared import first_choices
from tregate.pipelines.study.replicates import notes_on_replicates
from tregate.pipelines.tabulate import Results, resolve, visit_tables
from tregate.pipelines.tabulate.notes import notes_on_counts, notes_on_hands
from tregate.pipelines.trial.tables import trial_tables, write_trial_tables
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different from the run."""

    visits: tuple[str, ...] = ()
    """Another order, or some of the visits; empty: as they were."""
    baseline: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Choice of the table definition -> another of its options."""
    leave_out: tuple[str, ...] = ()
    """Subjects that stay in the visit tables and are left out of summary and figures."""
    review: Path | None = None
    """review.csv of the page: tubes marked "take out" are excluded, with the reviewer's reason."""
    formats: tuple[str, ...] = ()
    accept_changed: str = ""
    """Why tables of the run that were changed since are used all the same; "" refuses them."""
    out: Path | None = None
    """Another folder for the tables; None: the run's own."""

    @property
    def any(self) -> bool:
        """Whether anything is to be different in the tables themselves."""
        return bool(self.visits or self.baseline or self.choices or self.leave_out or self.review)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was written again."""

    changes: tuple[str, ...]
    """What is different from the run, in words."""
    findings: tuple[TubeFinding, ...]
    """Rows of findings.csv."""
    measures: tuple[Measured, ...]


COPIED = ("counts.csv", "gates.csv", "failures.csv")
"""Tables of tubes, which are the same wherever the visit tables are."""


def rebuild(folder: Path, changes: Changes) -> Rebuilt:
    """Write the tables again and add the change to their record.

    Changes add to those of the last time; without any, the tables are as the run made them. In another folder there is
    then a run of its own, with counts, gates and failures but no page.
    Raises ConfigurationError where the folder holds no run, or a change names what the run does not have.
    """
    refuse_signed(folder, "new tables")
    earlier = read_run(folder, accept_changed=bool(changes.accept_changed))
    _refuse_unknown(earlier, changes)
    check_formats(changes.formats)
    target = changes.out or folder
    elsewhere = target.resolve() != folder.resolve()
    if elsewhere:
        refuse_raw_data_folder(target, [], folder / RECORD)
        open_out(target, tuple(earlier.record["files"]))
    marks = _new_marks(target, changes.review, earlier.record, tubes_without_value(folder))
    before = last_options(earlier.record) if changes.any else NO_OPTIONS
    changes, kept_out = _added(changes, before)
    tubes, taken = _reviewed(earlier, changes.review, kept_out)
    definition = earlier.tables.definition
    if changes.choices:
        definition = definition.model_copy(update={"choices": {**definition.choices, **changes.choices}})
    visits = changes.visits or earlier.visits
    baseline = changes.baseline or (earlier.baseline if earlier.baseline in visits else visits[0])
    results = Results(
        subjects=earlier.subjects,
        visits=visits,
        baseline=baseline,
        records=tubes,
        sources=resolve(
            replace(earlier.tables, definition=definition),
            earlier.strategies,
            earlier.own_limits,
            earlier.own_lloq,
            earlier.averaged,
        ),
        findings=earlier.findings,
        plan=earlier.plan,
        people=earlier.people,
    )
    tables = [*visit_tables(results).values()]
    analysis = earlier.analysis
    if changes.leave_out:
        left = tuple(dict.fromkeys((*analysis.exclude_subjects, *changes.leave_out)))
        analysis = analysis.model_copy(update={"exclude_subjects": left})
    summary = summary_of(results, tables, analysis, earlier.people)
    plan = plan_record(analysis, visits, baseline, earlier_plan(folder), now())
    summary = as_planned(summary, plan)
    notes = [*_words(changes), *(f"excluded: {' '.join(key)}: {why}" for key, why in taken.items())]
    record = dict(earlier.record)
    copied = [*COPIED, *(["intensities.csv"] if (folder / "intensities.csv").is_file() else [])]
    with locked(target), replaced_as_one(target, keep_others=not elsewhere) as new:
        for name in copied if elsewhere else ():
            shutil.copyfile(folder / name, new / name)
        findings = in_order(
            (*earlier.findings, *dict.fromkeys(summary.findings)), earlier.subjects, visits, earlier.strategies
        )
        write_visit_outputs(
            new, tables, summary, study=record["study"]["name"], visits=visits, baseline=baseline,
            declared=results.sources.declared,
            footnotes=(
                *notes_on_absent(earlier.strategies), *notes_on_replicates(earlier.averaged),
                *notes_on_counts(tubes), *notes_on_hands(earlier.findings), *notes,
            ),
            formats=changes.formats, changes=_changed_by_hand(folder, record),
            collection=collection_of(results, earlier.strategies, earlier.laboratory),
            findings=findings_table(findings), plan=plan,
        )  # fmt: skip
        write_trial_tables(trial_tables(results, summary, analysis, worst_by_figure(results)), new, changes.formats)
        write_csv(findings_table(findings), new / "findings.csv")
        record["plan"] = plan
        record["findings_of_summary"] = rows_of(findings, summary.findings)
        options = options_record(changes.visits, changes.baseline, changes.choices, changes.leave_out, taken)
        record["rebuilt"] = [*record.get("rebuilt", []), {**_lineage(folder, changes, notes), "options": options}]
        record["files"] = {**({} if elsewhere else record["files"]), **digests(new)}
        write_text(new / RECORD, as_text(record))
    if marks:
        append(target / AUDIT, marks, now)
    return Rebuilt(tuple(notes), findings, measured(results, analysis))


def _changed_by_hand(folder: Path, record: Mapping[str, Any]) -> Table:
    """What persons had changed when the run was made."""
    applied = (record.get("options", {}).get("review") or {}).get("entries", 0)
    files = {tube["file"] for tube in (*record["inputs"], *record["excluded"])}
    return changes_table(read_log(folder / AUDIT).decisions[:applied], files)


def _lineage(folder: Path, changes: Changes, notes: Sequence[str]) -> dict[str, Any]:
    return {
        "when": now(),
        "command_line": command_line(),
        "program": program_version(),
        "changes": list(notes),
        "accept_changed": changes.accept_changed or None,
        "counts_sha256": fingerprint(folder / "counts.csv").sha256,
        "review_sha256": None if changes.review is None else fingerprint(changes.review).sha256,
    }


def _words(changes: Changes) -> list[str]:
    words = []
    if changes.visits:
        words.append(f"visits: {', '.join(changes.visits)}")
    if changes.baseline:
        words.append(f"baseline: {changes.baseline}")
    words += [f"{choice.capitalize()}: {option}" for choice, option in changes.choices.items()]
    if changes.leave_out:
        words.append(f"excluded from summary and figures: {', '.join(changes.leave_out)}")
    return words


def _refuse_unknown(earlier: EarlierRun, changes: Changes) -> None:
    visits = changes.visits or earlier.visits
    options = first_choices(earlier.tables.definition)
    wrong = [
        *(("--visits", visit, earlier.visits) for visit in changes.visits if visit not in earlier.visits),
        *(("--baseline", visit, visits) for visit in [changes.baseline] if visit and visit not in visits),
        *((f"--{choice}", choice, options) for choice in changes.choices if choice not in options),
        *(
            (f"--{choice}", option, options[choice])
            for choice, option in changes.choices.items()
            if option not in options.get(choice, (option,))
        ),
        *(("--leave-out", name, earlier.subjects) for name in changes.leave_out if name not in earlier.subjects),
    ]
    if wrong:
        raise ConfigurationError(
            [
                Problem(option, None, f'the run has no "{value}".', f"Choose from: {', '.join(known)}.")
                for option, value, known in wrong
            ]
        )


def _added(changes: Changes, before: Options) -> tuple[Changes, dict[TubeKey, str]]:
    """The changes with those of the last time, and the tubes that a review excluded then, unless there is a new one."""
    kept = replace(
        changes,
        visits=changes.visits or before.visits,
        baseline=changes.baseline or before.baseline,
        choices={**before.choices, **changes.choices},
        leave_out=tuple(dict.fromkeys((*before.leave_out, *changes.leave_out))),
    )
    return kept, dict(before.excluded) if changes.review is None else {}


def _new_marks(
    out: Path, review: Path | None, record: Mapping[str, Any], failed: Collection[TubeKey]
) -> tuple[Wish, ...]:
    """The page's marks that the log does not have yet, by which a signature knows which tubes were reviewed.

    Raises ConfigurationError where a mark is by the second reader: marks of the page are of the first reading.
    """
    if review is None:
        return ()
    decisions = whole_log(out / AUDIT).decisions
    wishes = wishes_of_marks(read_review(review, uncoded=uncoded(record)), record, decisions, failed)
    refuse_reader_of_both(decisions, wishes)
    return wishes


def _reviewed(
    earlier: EarlierRun, review: Path | None, excluded: Mapping[TubeKey, str]
) -> tuple[tuple[TubeRecord, ...], dict[TubeKey, str]]:
    """The tubes, those that a reviewer excluded marked with who and why; and the excluded ones."""
    out = dict(excluded)
    if review is not None:
        keys = {(tube.subject, tube.visit, tube.tube) for tube in earlier.tubes}
        marks = read_review(review, keys, uncoded(earlier.record))
        out |= {taken.key: taken.reason for taken in exclusions(marks)}
    kept, reasons = [], {}
    for tube in earlier.tubes:
        key = (tube.subject, tube.visit, tube.tube)
        reason = out.get(key, "")
        if reason and not tube.excluded:
            reasons[key] = reason
            kept.append(replace(tube, excluded=reason))
        else:
            kept.append(tube)
    return tuple(kept), reasons
