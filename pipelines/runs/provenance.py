"""run.json: what a result was made of, so that every figure leads back to its files, gates and program."""

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tregate.gating.count.gate_terms import NO_GATE
from tregate.gating.strategy.load import shipped
from tregate.gating.strategy.schema import Strategy
from tregate.gating.strategy.versions import definition_sha256
from tregate.gating.tube import TubeResult, counting_input_of
from tregate.pipelines.files.input_file import fingerprint
from tregate.pipelines.runs.recorded_pairs import recorded
from tregate.pipelines.runs.run_folder import RUN_LOG
from tregate.pipelines.runs.this_program import commit, libraries, program_version, user
from tregate.pipelines.runs.verify import SHIPPED
from tregate.pipelines.store.program import gating_sha256
from tregate.pipelines.study.load_study import Study
from tregate.pipelines.study.samples import TubeEntry
from tregate.pipelines.study.tables_definition import data_of
from tregate.pipelines.tubes.analyse_tubes import NOT_REACHED
from tregate.pipelines.tubes.circumstances import as_record, circumstances
from tregate.pipelines.tubes.outcomes import TubeOutcome
from tregate.pipelines.tubes.tube_tasks import Job
from tregate.pipelines.visit_tests.sign_flips import SEED

SEEDS: Mapping[str, int] = {"sign_flips_and_permutations": SEED}
"""Seeds of what draws random numbers in a run: tests of more than 14 subjects. Gating draws none."""


def strategy_sha256(strategy: Strategy) -> str:
    """SHA-256 of a strategy as resolved: the same gates and panel give the same, however they were written."""
    return _sha256(strategy.model_dump_json(exclude={"version", "changes"}))


def provenance(
    study: Study, done: Sequence[tuple[Job, TubeOutcome]], files: Path, options: Mapping[str, Any], out: Path
) -> dict[str, Any]:
    """The record of a run but for its times and command line; its inputs are made when it is written, for there are
    many.

    `files`: the folder in which its files were written. `out`: the folder for which they are, from which the study
    is found again.
    """
    return {
        "program": {
            "name": "tregate",
            "version": program_version(),
            "commit": commit(program_version()),
            "gating_sha256": gating_sha256(),
        },
        "user": user(),
        "host": platform.node() or None,
        "python": platform.python_version(),
        "libraries": libraries(),
        "study": {
            "name": study.name,
            "visits": list(study.visits),
            "laboratory": study.laboratory,
            "plan": [visit.model_dump(mode="json", exclude_none=True) for visit in study.plan],
            "baseline": study.baseline,
            "subjects": list(study.subjects),
            "preparation_cv_percent": study.preparation_cv_percent,
            "beads": {tube: default.model_dump(mode="json") for tube, default in study.beads.items()},
            "read_otherwise": [str(note) for note in study.notes],
            "people": {name: asdict(person) for name, person in study.people.items()},
            "analysis": study.analysis.model_dump(mode="json"),
            "limits": {**asdict(study.tube_limits), **asdict(study.study_limits)},
            "files": {
                path.name: _parsed(study, path)
                for path in (study.file, study.samples_file, study.lots_file, study.people_file)
                if path is not None
            },
            "samples": _within(study, study.samples_file),
            "file": seen_from(out, study.file),
            "read": files_read(study),
        },
        "tables": {
            "definition": data_of(study.tables.definition),
            "limits": dict(study.table_sources.declared.own_limits or {}),
            "lloq": dict(study.table_sources.declared.own_lloq or {}),
            "averaged": sorted(study.table_sources.averaged),
            "sha256": _sha256(study.tables.definition.model_dump_json()),
        },
        "strategies": {
            tube: {
                "version": strategy.version,
                "definition_sha256": definition_sha256(strategy),
                "sha256": strategy_sha256(strategy),
                "strategy": strategy.model_dump(mode="json"),
            }
            for tube, strategy in study.strategies.items()
        },
        "seeds": dict(SEEDS),
        "options": dict(options),
        "inputs": (_input(study, job, outcome) for job, outcome in done),
        "excluded": [_excluded(study, entry) for entry in study.entries if entry.exclude],
        "files": digests(files),
    }


def files_read(study: Study) -> dict[str, Any]:
    """Size and SHA-256 of the study's files as they were parsed, by their paths from its folder."""
    return {_within(study, path): asdict(file) for path, file in sorted(study.parsed.items())}


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder but run.log, which has times in it and differs between equal runs."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != RUN_LOG)
    return {path.relative_to(folder).as_posix(): fingerprint(path).sha256 for path in found}


def as_text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _circumstances(study: Study, entry: TubeEntry, result: TubeResult | None) -> dict[str, Any]:
    person = study.people.get(entry.subject)
    data_set = None if result is None else result.data_set
    known = circumstances(entry, data_set, "" if person is None else person.site)
    return as_record(replace(known, acquired=None) if study.blinding else known)


def _input(study: Study, job: Job, outcome: TubeOutcome) -> dict[str, Any]:
    entry, source, result = job.entry, outcome.source, outcome.result
    record: dict[str, Any] = {
        "file": entry.file,
        "subject": entry.subject,
        "visit": entry.visit,
        "tube": entry.tube,
        "include_in_primary": entry.include_in_primary,
        "told": _circumstances(study, entry, result),
        "size": None if source is None else source.size,
        "sha256": None if source is None else source.sha256,
        "reused": outcome.reused,
        "reached": outcome is not NOT_REACHED,
    }
    if entry.compensation is not None:
        record["compensation_csv"] = {"name": entry.compensation.name, **_file(entry.compensation)}
    if job.order.counted_by is not None:
        beads = (
            job.order.counted_by
            if result is None
            else counting_input_of(job.order, result.data_set) or job.order.counted_by
        )
        record["beads"] = {
            name: getattr(beads, name)
            for name in (
                *("lot", "beads_per_ul", "bead_volume_ul", "beads_per_tube", "blood_volume_ul", "dilution"),
                *("lot_cv_percent", "preparation_cv_percent", "bead_doublets", "acquired_ul", "haematology_per_ul"),
                "bridging_factor",
            )
        }
    if result is None:
        return record
    data_set, compensation = result.data_set, result.compensation
    return record | {
        "version": data_set.version,
        "instrument": data_set.instrument,
        "events": data_set.n_events,
        "data_set": data_set.number,
        "decision": result.decision,
        "already_compensated": data_set.already_compensated,
        "repairs": [{"name": repair.name, "message": repair.message} for repair in data_set.repairs],
        "compensation": {
            "source": compensation.source,
            "sha256": compensation.sha256 or None,
            "condition": compensation.condition,
        },
        "coincidence": recorded(result.coincidence),
        "gate_terms": {
            str(count.population): [count.gate.own, count.gate.above]
            for count in result.counts
            if count.gate != NO_GATE
        },
        "channels": {
            str(marker): str(data_set.parameters[index].name) for marker, index in result.binding.channels.items()
        },
    }


def _excluded(study: Study, entry: TubeEntry) -> dict[str, Any]:
    return {
        "file": entry.file,
        "subject": entry.subject,
        "visit": entry.visit,
        "tube": entry.tube,
        "include_in_primary": entry.include_in_primary,
        "told": _circumstances(study, entry, None),
        "reason": entry.exclude,
        **({"control": entry.control, **_file(entry.path)} if entry.control else {}),
    }


def _file(path: Path) -> dict[str, Any]:
    """Of a file as it is now; nulls where it is gone."""
    try:
        source = fingerprint(path)
    except OSError:
        return {"size": None, "sha256": None}
    return {"size": source.size, "sha256": source.sha256}


def _parsed(study: Study, path: Path) -> dict[str, Any]:
    """Of a study file as it was parsed, whatever it is now."""
    parsed = study.parsed.get(path)
    return _file(path) if parsed is None else asdict(parsed)


def seen_from(out: Path, file: Path) -> str:
    """A path that holds where both folders are moved together; the whole path where no other leads there."""
    try:
        return Path(os.path.relpath(file.resolve(), out.resolve())).as_posix()
    except ValueError:
        return file.resolve().as_posix()


def _within(study: Study, path: Path) -> str:
    """A path from the study's folder; a shipped configuration by its name."""
    if path.is_relative_to(study.folder):
        return path.relative_to(study.folder).as_posix()
    configs = shipped("strategies", "x").parent.parent
    if path.is_relative_to(configs):
        return SHIPPED + path.relative_to(configs).as_posix()
    return seen_from(study.folder, path)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
