"""What pydantic finds wrong with a file, in words for a technician and with lines."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from tregate.gating.errors import Problem
from tregate.gating.near_names import nearest
from tregate.gating.strategy.yaml_source import Path_, Source


def problems_in(error: ValidationError, source: Source, model: type[BaseModel]) -> list[Problem]:
    """pydantic's findings as Problems with lines, without the noise of unions."""
    known = sorted(_field_names(model, set()))
    entries = [(entry, _path(entry["loc"], source.data, entry["type"] == "missing")) for entry in error.errors()]
    deeper = {path for entry, path in entries if entry["type"] != "float_type"}
    problems = []
    for entry, path in entries:
        if entry["type"] in ("float_type", "none_required") and any(p[: len(path)] == path for p in deeper):
            continue
        message, remedy = _words(dict(entry), path, known)
        line = source.line(path)
        problems.append(Problem(source.file, line, message, remedy))
    return list(dict.fromkeys(problems))


def _path(loc: tuple[int | str, ...], data: Any, is_missing: bool) -> Path_:
    path: list[str | int] = []
    here = data
    for i, step in enumerate(loc):
        inside = step in here if isinstance(here, dict) else _is_index(step, here)
        if inside:
            here = here[step]
            path.append(step)
        elif is_missing and i == len(loc) - 1:
            path.append(step)
    return tuple(path)


def _is_index(step: int | str, here: Any) -> bool:
    return isinstance(here, list) and isinstance(step, int) and step < len(here)


def _words(entry: dict[str, Any], path: Path_, known: list[str]) -> tuple[str, str]:
    where = ".".join(str(step) for step in path) or "the file"
    last = str(path[-1]) if path else ""
    match entry["type"]:
        case "extra_forbidden":
            near = nearest(last, known)
            hint = f'Did you mean "{near}"?' if near else "Remove it; docs/strategies.md lists the keys."
            return f'unknown key "{last}" (at {where}).', hint
        case "missing":
            return f'the key "{last}" is missing (at {where}).', "Add it."
        case "union_tag_invalid":
            kind = entry.get("ctx", {}).get("tag", "")
            expected = entry.get("ctx", {}).get("expected_tags", "").replace("'", "")
            return f'"{kind}" is not a kind of gate (at {where}).', f"Expected one of: {expected}."
        case "union_tag_not_found":
            return f"the gate has no `kind` (at {where}).", "Add one, for example `kind: valley`."
        case "too_short" | "too_long":
            at_least = entry["type"] == "too_short"
            wanted = entry["ctx"]["min_length" if at_least else "max_length"]
            found = entry["ctx"]["actual_length"]
            return f"{where} needs at {'least' if at_least else 'most'} {wanted} entries and has {found}.", ""
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"expected a mapping of keys, found {entry.get('input')!r} (at {where}).", ""
        case "tuple_type" | "list_type":
            return f"expected a list such as [first, second], found {entry.get('input')!r} (at {where}).", ""
        case "string_type":
            remedy = "Quote a number that is meant as a word." if isinstance(entry.get("input"), int | float) else ""
            return f"expected a word, found {entry.get('input')!r} (at {where}).", remedy
        case "value_error":
            text = str(entry.get("ctx", {}).get("error", entry["msg"]))
            return f"{text} (at {where}).", ""
        case _:
            text = str(entry["msg"])
            value = entry.get("input")
            shown = "" if isinstance(value, dict | list) else f", found {value!r}"
            return f"{text[:1].lower()}{text[1:]}{shown} (at {where}).", ""


def _field_names(annotation: Any, seen: set[Any]) -> Iterator[str]:
    if annotation in seen:
        return
    seen.add(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, info in annotation.model_fields.items():
            yield info.alias or name
            yield from _field_names(info.annotation, seen)
    for inner in getattr(annotation, "__args__", ()):
        try:
            yield from _field_names(inner, seen)
        except TypeError:
            continue
