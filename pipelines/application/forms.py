"""Forms for study.yaml, made from the models that validate it; what is typed becomes values of the file."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.load import shipped_names
from tregate.gating.strategy.schema_errors import problems_in
from tregate.gating.strategy.yaml_source import parse_yaml
from tregate.pipelines.application.sentences import ANALYSIS, BEADS, SECTIONS, STUDY
from tregate.pipelines.application.workspace import Workspace
from tregate.pipelines.files.kept_yaml import REMOVED, edited, scalar_or_flow
from tregate.pipelines.files.number_text import number
from tregate.pipelines.study.analysis import Analysis
from tregate.pipelines.study.bead_defaults import BeadDefault
from tregate.pipelines.study.load_study import STUDY_FILE
from tregate.pipelines.study.study_file import StudyFile
from tregate.pipelines.visit_tests.registry import TESTS

TESTED = ("primary_test", "later_test")
"""Keys whose values are names of tests of a visit."""
OF_VISITS = ("baseline", "primary_visit")
"""Keys whose values are names of visits."""
OWN = {"visits": "visits", "tubes": "tubes", "beads": "beads"}
"""Keys with a form of their own."""


def form_json(space: Workspace) -> dict[str, Any]:
    """Every key of study.yaml with its kind, its sentence and its value, as the forms show it."""
    written = space.declared()
    visits = _visit_rows(written.get("visits"))
    names = {"visits": [row["name"] for row in visits]}
    plan = _mapping(written.get("analysis"))
    keys = {name: _key(StudyFile, (name,), text, written.get(name), names) for name, text in STUDY.items()}
    keys |= {name: _key(Analysis, ("analysis", name), text, plan.get(name), names) for name, text in ANALYSIS.items()}
    own = [
        path.relative_to(space.folder).as_posix() for path in sorted(space.folder.rglob("*.yaml")) if _strategy(path)
    ]
    return {
        "sections": [{"title": title, "keys": [keys[name] for name in part]} for title, part in SECTIONS.items()],
        "visits": visits,
        "tubes": [{"name": str(k), "strategy": str(v)} for k, v in _mapping(written.get("tubes")).items()],
        "beads": {
            str(k): {n: shown_value(v) for n, v in _mapping(w).items()}
            for k, w in _mapping(written.get("beads")).items()
        },
        "bead_keys": [
            {"name": name, "sentence": BEADS[name], "kind": kind_of(_schema(BeadDefault), name)[0]}
            for name in BeadDefault.model_fields
        ],
        "strategies": [*shipped_names("strategies"), *own],
    }


def typed(path: Sequence[str], written: Any) -> Any:
    """The value that a form's text means; REMOVED for an empty one.

    Raises ConfigurationError where the text is no value of the key, with the reading of a number that has two.
    """
    name = path[-1]
    if len(path) == 1 and name == "visits":
        return [_visit(row) for row in written if str(row.get("name", "")).strip()]
    text = str(written).strip()
    if not text:
        return REMOVED
    match _kind_at(path):
        case "number":
            return _number(".".join(path), text)
        case "yes":
            return text == "yes"
        case "names":
            return [one.strip() for one in text.split(",") if one.strip()]
        case "yaml":
            return parse_yaml(f"value: {text}", STUDY_FILE).data["value"]
    return text


def checked_changes(space: Workspace, changes: Sequence[tuple[Sequence[str], Any]]) -> None:
    """Raise ConfigurationError where study.yaml with the changes breaks its schema in a way that it did not before."""
    text = space.text()
    before = {(one.message, one.remedy) for one in _faults(text)}
    for path, value in changes:
        text = edited(text, path, value)
    new = [one for one in _faults(text) if (one.message, one.remedy) not in before]
    if new:
        raise ConfigurationError(new)


def _faults(text: str) -> list[Problem]:
    source = parse_yaml(text, STUDY_FILE)
    try:
        StudyFile.model_validate(source.data)
    except ValidationError as error:
        return problems_in(error, source, StudyFile)
    return list(source.repeated)


# ---------------------------------------------------------------- kinds


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def kind_of(schema: Mapping[str, Any], name: str) -> tuple[str, list[str]]:
    """How a key is typed, and its choices, by the schema: choice, yes, number, names, text, or yaml for the rest."""
    written = _resolved(schema, _resolved(schema, schema)["properties"][name])
    if "enum" in written:
        return "choice", [str(one) for one in written["enum"]]
    match written.get("type"):
        case "boolean":
            return "yes", ["yes", "no"]
        case "number" | "integer":
            return "number", []
        case "string":
            return "text", []
        case "array" if _resolved(schema, written.get("items", {})).get("type") == "string":
            return "names", []
    return "yaml", []


def _resolved(schema: Mapping[str, Any], written: Mapping[str, Any]) -> Mapping[str, Any]:
    for way in ("anyOf", "allOf"):
        if way in written:
            written = next(one for one in written[way] if one.get("type") != "null")
    if "$ref" in written:
        return _resolved(schema, schema["$defs"][written["$ref"].rpartition("/")[2]])
    return written


def _kind_at(path: Sequence[str]) -> str:
    if path[0] == "analysis" and len(path) == 2:
        return kind_of(_schema(Analysis), path[1])[0]
    if path[0] == "beads" and len(path) == 3:
        return kind_of(_schema(BeadDefault), path[2])[0]
    return "text" if len(path) > 1 else kind_of(_schema(StudyFile), path[0])[0]


def _key(
    model: type[BaseModel], path: tuple[str, ...], sentence: str, value: Any, names: Mapping[str, list[str]]
) -> dict[str, Any]:
    name = path[-1]
    kind, choices = kind_of(_schema(model), name)
    if name in TESTED:
        kind, choices = "choice", list(TESTS)
    elif name in OF_VISITS:
        kind, choices = "choice", names["visits"]
    elif path == ("tables",):
        kind, choices = "choice", list(shipped_names("tables"))
    info = model.model_fields[name]
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    plain = default if isinstance(default, str | int | float | bool) else None
    return {
        "path": list(path),
        "kind": OWN.get(name, kind) if len(path) == 1 else kind,
        "choices": choices,
        "sentence": sentence,
        "value": shown_value(value, kind),
        "default": shown_value(plain, kind),
        "required": info.is_required(),
    }


# ---------------------------------------------------------------- values


def shown_value(value: Any, kind: str = "") -> str:
    """A value as a form shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.15g}"
    if kind == "names" and isinstance(value, list):
        return ", ".join(map(str, value))
    return scalar_or_flow(value)


def _number(name: str, text: str) -> int | float:
    value = number(text)
    if isinstance(value, str):
        raise ConfigurationError([Problem(STUDY_FILE, None, f"`{name}`: {value}.", "Nothing was changed.")])
    return int(value) if value.is_integer() else value


def _visit(row: Mapping[str, Any]) -> Any:
    name, day, low, high = (str(row.get(key, "")).strip() for key in ("name", "day", "before", "after"))
    if not day and not low and not high:
        return name
    visit: dict[str, Any] = {"name": name}
    if day:
        visit["day"] = _number(f"day of {name}", day)
    if low or high:
        visit["window"] = [
            -abs(_number(f"window of {name}", low or "0")),
            abs(_number(f"window of {name}", high or "0")),
        ]
    return visit


def _visit_rows(visits: Any) -> list[dict[str, str]]:
    rows = []
    for one in visits if isinstance(visits, list) else ():
        written = one if isinstance(one, dict) else {"name": one}
        window = written.get("window")
        days = [*window, "", ""] if isinstance(window, list) else ["", ""]
        low, high = (shown_value(abs(day) if isinstance(day, int | float) else day) for day in days[:2])
        rows.append(
            {
                "name": shown_value(written.get("name")),
                "day": shown_value(written.get("day")),
                "before": low,
                "after": high,
            }
        )
    return rows


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _strategy(path: Any) -> bool:
    """Whether a YAML file of the study's folder is a strategy."""
    try:
        with path.open(encoding="utf-8") as file:
            return any(line.startswith("strategy:") for line in file)
    except (OSError, UnicodeDecodeError):
        return False
