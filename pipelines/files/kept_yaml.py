"""One key of a YAML file changed; every other byte, comments and order among them, stays.

PyYAML says where each value begins and ends; the text between is replaced. The result is read again, and must hold
what was asked for and nothing else.
"""

import copy
import json
import re
from collections.abc import Sequence
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.strategy.yaml_source import parse_yaml

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[ ./+-][A-Za-z0-9_]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


class Removed:
    """In place of a value: the key goes."""


REMOVED = Removed()


def edited(text: str, path: Sequence[str], value: Any, file: str = "study.yaml") -> str:
    """The text with the value at a path of keys replaced, added or removed.

    value: plain values, or REMOVED. Keys above that are not there are made; a mapping that becomes empty goes too.

    Raises
    ------
    ConfigurationError : where the text is no YAML mapping, or its form does not allow the change

    Examples
    --------
    >>> edited("a: 1  # first\\nb: {c: x}\\n", ["b", "c"], 2.5)
    'a: 1  # first\\nb: {c: 2.5}\\n'
    >>> edited("a: 1  # first\\n", ["d"], ["u", "007"])
    'a: 1  # first\\nd: [u, "007"]\\n'
    """
    data = parse_yaml(text, file).data
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    if not isinstance(data, dict) or not isinstance(root, MappingNode):
        raise ConfigurationError([Problem(file, 1, "the file is no mapping of keys, so no key was changed.")])
    wanted = _changed(copy.deepcopy(data), path, value)
    if wanted == data:
        return text
    steps = list(path)
    if value is REMOVED:
        while len(steps) > 1 and not _at(wanted, steps[:-1]):
            steps.pop()
        made = _without(text, root, steps)
    else:
        made = _with(text, root, steps, value)
    try:
        same = parse_yaml(made, file).data == wanted
    except ConfigurationError:
        same = False
    if not same:
        message = f"`{'.'.join(path)}` cannot be changed in the way this file is written."
        raise ConfigurationError([Problem(file, None, message, "Change it in a text editor.")])
    return made


_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
"""Ends of a line in YAML, which JSON leaves as they are."""


def scalar_or_flow(value: Any) -> str:
    """A value as it is written on one line.

    >>> scalar_or_flow({"lot": "FC-1", "bead_volume_ul": 100.0, "days": [-1, 2], "name": "08"})
    '{lot: FC-1, bead_volume_ul: 100, days: [-1, 2], name: "08"}'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return value if plain else json.dumps(value, ensure_ascii=False).translate(_LINE_ENDS)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar_or_flow(str(key))}: {scalar_or_flow(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(scalar_or_flow(one) for one in value) + "]"


# ---------------------------------------------------------------- the values


def _changed(data: Any, path: Sequence[str], value: Any) -> Any:
    key, *below = path
    if value is REMOVED:
        if below and isinstance(data.get(key), dict):
            _changed(data[key], below, value)
            if not data[key]:
                del data[key]
        elif not below:
            data.pop(key, None)
    elif below:
        there = data.get(key)
        data[key] = _changed(there if isinstance(there, dict) else {}, below, value)
    else:
        data[key] = value
    return data


def _at(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


# ---------------------------------------------------------------- the text


def _with(text: str, mapping: MappingNode, path: Sequence[str], value: Any) -> str:
    key, *below = path
    for key_node, node in mapping.value:
        if str(key_node.value) != key:
            continue
        if below and isinstance(node, MappingNode):
            return _with(text, node, below, value)
        start = text.index(":", key_node.end_mark.index) + 1
        if _is_block(node):
            return f"{text[:start]} {scalar_or_flow(_nested(below, value))}{text[_end(text, node) :]}"
        if node.start_mark.index == node.end_mark.index:  # nothing is written there
            return f"{text[:start]} {scalar_or_flow(_nested(below, value))}{text[start:]}"
        return text[: node.start_mark.index] + scalar_or_flow(_nested(below, value)) + text[node.end_mark.index :]
    entry = f"{scalar_or_flow(key)}: {scalar_or_flow(_nested(below, value))}"
    if mapping.flow_style:
        end = mapping.end_mark.index - 1
        return text[:end] + (", " if mapping.value else "") + entry + text[end:]
    last_key, last = mapping.value[-1]
    end = _line_end(text, max(_end(text, last), last_key.end_mark.index))
    indent = " " * last_key.start_mark.column
    mark = "" if text[:end].endswith("\n") else "\n"
    return f"{text[:end]}{mark}{indent}{entry}\n{text[end:]}"


def _nested(path: Sequence[str], value: Any) -> Any:
    return {path[0]: _nested(path[1:], value)} if path else value


def _without(text: str, mapping: MappingNode, path: Sequence[str]) -> str:
    key, *below = path
    at = next(i for i, (key_node, _) in enumerate(mapping.value) if str(key_node.value) == key)
    key_node, node = mapping.value[at]
    if below:
        return _without(text, node, below)
    if not mapping.flow_style:
        start = text.rfind("\n", 0, key_node.start_mark.index) + 1
        return text[:start] + text[_line_end(text, max(_end(text, node), key_node.end_mark.index)) :]
    if at + 1 < len(mapping.value):
        return text[: key_node.start_mark.index] + text[mapping.value[at + 1][0].start_mark.index :]
    start = _end(text, mapping.value[at - 1][1]) if at else key_node.start_mark.index
    return text[:start] + text[_end(text, node) :]


def _is_block(node: Node) -> bool:
    return not node.flow_style if not isinstance(node, ScalarNode) else node.style in ("|", ">")


def _end(text: str, node: Node) -> int:
    """Where the last word of a value ends; PyYAML lets a block end where the next token begins."""
    if isinstance(node, ScalarNode):
        if node.style in ("|", ">"):
            return len(text[: node.end_mark.index].rstrip())
        return int(node.end_mark.index)
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return max(_end(text, one) for one in (last if isinstance(last, tuple) else (last,)))


def _line_end(text: str, at: int) -> int:
    """Behind the end of the line, comment included."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1
