"""Answers to the step Strategy."""

from collections.abc import Mapping
from typing import Any

from tregate.pipelines.application.office import Office
from tregate.pipelines.application.strategies import drawn, gate_form, save_version, strategies_json, tried
from tregate.pipelines.application.validating import validated
from tregate.pipelines.files.kept_yaml import scalar_or_flow


def strategies(office: Office, told: Mapping[str, Any]) -> Any:
    """Kinds of tube with their populations and files."""
    return strategies_json(office.space(told))


def gate(office: Office, told: Mapping[str, Any]) -> Any:
    """The keys of a gate."""
    return gate_form(office.space(told), str(told["tube"]), str(told["population"]))


def _changes(told: Mapping[str, Any]) -> list[tuple[list[str], Any]]:
    return [([str(step) for step in path], value) for path, value in told["changes"]]


def try_gate(office: Office, told: Mapping[str, Any]) -> Any:
    """Gate, counts and percentages of tubes before and after a change."""
    tube, population, files = str(told["tube"]), str(told["population"]), [str(one) for one in told["files"]]
    with office.work:
        return tried(office.space(told), office.bench, tube, population, _changes(told), files)


def draw_gate(office: Office, told: Mapping[str, Any]) -> Any:
    """A fixed gate from points of a plot."""
    tube, population, file = str(told["tube"]), str(told["population"]), str(told["file"])
    with office.work:
        made = drawn(office.space(told), office.bench, tube, population, file, told["points"])
    return {"gate": made, "yaml": scalar_or_flow(made)}


def save_strategy(office: Office, told: Mapping[str, Any]) -> Any:
    """Write a changed strategy as a new version."""
    who, reason = str(told.get("who", "")), str(told.get("reason", ""))
    return save_version(office.space(told), str(told["tube"]), str(told["seen"]), _changes(told), who, reason)


def validate(office: Office, told: Mapping[str, Any]) -> Any:
    """Precision, recall and bias before and after a change."""
    return validated(office.space(told), str(told["tube"]), _changes(told))
