"""The study of a run, loaded again as the run read it: for what persons changed since, and for who looks at it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tregate.gating.errors import ConfigurationError, Problem
from tregate.pipelines.files.differences import differences
from tregate.pipelines.runs.blinded import blinded_problem
from tregate.pipelines.runs.verify import inputs_of, shipped_inputs_of, study_folder
from tregate.pipelines.store.program import gating_sha256
from tregate.pipelines.study.load_study import Study, load_study


def study_of_run(out: Path, record: Mapping[str, Any]) -> Study:
    """The study, with the tubes of the run alone.

    Raises ConfigurationError where it is not where it was, where a file of it was changed since the run read it, or
    where another version of the program gated it: figures would change that no person changed.
    """
    blinded_problem(out, record)
    again = "Make the run again, then review that."
    if record.get("program", {}).get("gating_sha256") != gating_sha256():
        message = "the run was gated by another version of tregate, which may place gates differently."
        raise ConfigurationError([Problem(str(out), None, message, again)])
    file = study_file(out, record)
    if not file.is_file():
        message = f"the study of this run is not at {file} any more."
        raise ConfigurationError([Problem(str(out), None, message, "Put it back, or make the run again.")])
    folder = study_folder(out, record)
    changed = [*differences(folder, inputs_of(record)), *differences(*shipped_inputs_of(record))]
    if changed:
        raise ConfigurationError([Problem(str(folder), None, f"{one}.", again) for one in changed])
    study = load_study(file)
    listed = {tube["file"] for tube in (*record["inputs"], *record["excluded"])}
    return replace(study, entries=tuple(entry for entry in study.entries if entry.file in listed))


def study_file(out: Path, record: Mapping[str, Any]) -> Path:
    """study.yaml of a run. Raises ConfigurationError where an earlier version did not record where it is."""
    file = record.get("study", {}).get("file")
    if not isinstance(file, str):
        message = "the run does not say where its study is: it is of an earlier version of tregate."
        raise ConfigurationError([Problem(str(out), None, message, "Run the study again.")])
    return out / file
