"""Answers to the step Strategy."""

from collections.abc import Mapping
from typing import Any

from tregate.pipelines.application.office import Office
from tregate.pipelines.application.strategies import drawn, gate_form, save_version, strategies_json, tried
from tregate.pipelines.application.validating import validated
from tregate.pipelines.files.kept_yaml import scalar_or_flow


def strategies(office: Office, request: Mapping[str, Any]) -> Any:
    """Kinds of tube with their populations and files."""
    return strategies_json(office.space(request))


def gate(office: Office, request: Mapping[str, Any]) -> Any:
    """The keys of a gate."""
    return gate_form(office.space(request), str(request["tube"]), str(request["population"]))


def _changes(request: Mapping[str, Any]) -> list[tuple[list[str], Any]]:
    return [([str(step) for step in path], value) for path, value in request["changes"]]


def try_gate(office: Office, request: Mapping[str, Any]) -> Any:
    """Gate, counts and percentages of tubes before and after a change."""
    tube, population, files = str(request["tube"]), str(request["population"]), [str(one) for one in request["files"]]
    with office.work:
        return tried(office.space(request), office.bench, tube, population, _changes(request), files)


def draw_gate(office: Office, request: Mapping[str, Any]) -> Any:
    """A gate from what was drawn on a plot: changes of the strategy, and the YAML of the gate."""
    tube, population, file = str(request["tube"]), str(request["population"]), str(request["file"])
    landmarks = [str(one) for one in request.get("landmarks", ())]
    with office.work:
        made = drawn(
            office.space(request), office.bench, tube, population, _changes(request), file, request["drawn"], landmarks
        )
    return {"changes": made, "yaml": ", ".join(f"{path[-1]}: {scalar_or_flow(value)}" for path, value in made)}


def save_strategy(office: Office, request: Mapping[str, Any]) -> Any:
    """Write a changed strategy as a new version."""
    who, reason = str(request.get("who", "")), str(request.get("reason", ""))
    return save_version(
        office.space(request), str(request["tube"]), str(request["seen"]), _changes(request), who, reason
    )


def validate(office: Office, request: Mapping[str, Any]) -> Any:
    """Precision, recall and bias before and after a change."""
    return validated(office.space(request), str(request["tube"]), _changes(request))
