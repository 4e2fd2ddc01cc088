"""YAML as a person wrote it: the values, and the line on which each stands.

libyaml parses, by PyYAML; what a plain word means is YAML 1.2: `on` is no boolean, `1:30` no number, `1e5` is one.
A key given twice is told with its line.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gating.errors import ConfigurationError, Problem

Path_ = tuple[str | int, ...]

_KINDS = {
    "null": ("~|null|Null|NULL|", "~nN"),
    "bool": ("true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?(?:[0-9][0-9_]*|0o[0-7][0-7_]*|0x[0-9a-fA-F][0-9a-fA-F_]*)", "-+0123456789"),
    "float": (
        r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
}
"""What a plain word is -> how it reads, and the characters it begins with: the core schema of YAML 1.2 (10.3.2), with
`_` between digits."""


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Nodes with their lines; by libyaml where PyYAML was built with it."""


for _kind, (_pattern, _first) in _KINDS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"(?:{_pattern})\Z"), [*_first, ""])


@dataclass(frozen=True, slots=True)
class Source:
    """One YAML file."""

    file: str
    data: Any
    """Plain dicts, lists, str, int, float, bool, None."""
    lines: Mapping[Path_, int]
    """Path of a value -> 1-based line of its key (or of itself, in a list)."""
    repeated: tuple[Problem, ...] = ()
    """Keys given twice."""

    def line(self, path: Iterable[str | int]) -> int | None:
        """Line of the deepest part of `path` that the file holds."""
        steps = tuple(path)
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps)


def read_yaml(path: Path, shown_as: str | None = None) -> Source:
    """Read one YAML file.

    Raises ConfigurationError where the file is missing, is no text, or is no YAML.
    """
    name = shown_as or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError([Problem(name, None, "there is no such file.")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([Problem(name, None, f"cannot be read as UTF-8 text: {error}.")]) from None
    return parse_yaml(text, name)


def parse_yaml(text: str, file: str) -> Source:
    """Like read_yaml, from text."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError([_unparsed(error, text, file)]) from None
    except yaml.YAMLError as error:
        raise ConfigurationError([Problem(file, None, f"this is no valid YAML: {error}.")]) from None
    lines: dict[Path_, int] = {}
    repeated: list[Problem] = []
    data = _value(root, (), lines, repeated, file) if root is not None else None
    return Source(file, data, lines, tuple(repeated))


def _unparsed(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    line = None if mark is None else min(mark.line + 1, max(len(text.splitlines()), 1))
    message = f"this is no valid YAML: {error.problem or error.context}"
    if error.problem and error.context and begun is not None and begun.line + 1 != line:
        message += f" ({error.context} that begins on line {begun.line + 1})"
    remedy = "Look at the indentation and the colons of this line and the one above."
    return Problem(file, line, f"{message}.", remedy)


def _value(node: Node, path: Path_, lines: dict[Path_, int], repeated: list[Problem], file: str) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case MappingNode():
            mapping: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                key = key_node.value if isinstance(key_node, ScalarNode) else str(key_node.value)
                line = key_node.start_mark.line + 1
                if key in mapping:
                    first = lines[(*path, key)]
                    repeated.append(
                        Problem(
                            file,
                            line,
                            f'the key "{key}" is given twice (first on line {first}).',
                            "Remove one.",
                        )
                    )
                    continue
                lines[(*path, key)] = line
                mapping[key] = _value(value_node, (*path, key), lines, repeated, file)
            return mapping
        case SequenceNode():
            return [_value(item, (*path, i), lines, repeated, file) for i, item in enumerate(node.value)]
        case _:
            return _scalar(node)


def _scalar(node: Node) -> Any:
    text = str(node.value)
    kind = str(node.tag).rsplit(":", 1)[-1]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        plain = text.replace("_", "").lower()
        return int(plain, 0) if plain.lstrip("+-").startswith(("0x", "0o")) else int(plain)
    if kind == "float":
        return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


# ---------------------------------------------------------------- what pydantic found, in words


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
            near = difflib.get_close_matches(last, known, n=1, cutoff=0.7)
            hint = f'Did you mean "{near[0]}"?' if near else "Remove it; docs/strategies.md lists the keys."
            return f'unknown key "{last}" (at {where}).', hint
        case "missing":
            return f'the key "{last}" is missing (at {where}).', "Add it."
        case "union_tag_invalid":
            kind = entry.get("ctx", {}).get("tag", "")
            expected = entry.get("ctx", {}).get("expected_tags", "").replace("'", "")
            return f'"{kind}" is no kind of gate (at {where}).', f"Expected one of: {expected}."
        case "union_tag_not_found":
            return f"the gate has no `kind` (at {where}).", "Add one, for example `kind: valley`."
        case "too_short" | "too_long":
            at_least = entry["type"] == "too_short"
            wanted = entry["ctx"]["min_length" if at_least else "max_length"]
            found = entry["ctx"]["actual_length"]
            return f"{where} needs at {'least' if at_least else 'most'} {wanted} entries and has {found}.", ""
        case "model_type" | "dict_type":
            return f"expected a mapping of keys, found {entry.get('input')!r} (at {where}).", ""
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
