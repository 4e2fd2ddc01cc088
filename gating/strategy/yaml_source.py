"""YAML as a person wrote it: the values, and the line on which each stands.

libyaml parses, by PyYAML; what a plain word means is YAML 1.2: `on` is no boolean, `1:30` no number, `1e5` is one.
A key given twice is reported with its line.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.read.regular_file import noted, open_regular
from tregate.gating.strategy.yaml_bounds import MAX_BYTES, refuse_large, refuse_unbounded

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
        with open_regular(path) as opened:
            written = opened.read(MAX_BYTES + 1)
            if len(written) > MAX_BYTES:
                refuse_large(opened.seek(0, 2), name)
        noted(path, written)
    except FileNotFoundError:
        raise ConfigurationError([Problem(name, None, "the file does not exist.")]) from None
    except OSError as error:
        raise ConfigurationError([Problem(name, None, f"cannot be read: {error.strerror or error}.")]) from None
    try:
        text = written.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _line_at(written[: error.start].decode("latin-1"))
        message = f"the file is not UTF-8 text: byte 0x{written[error.start]:02x} is invalid."
        raise ConfigurationError([Problem(name, line, message, "Save the file again as UTF-8.")]) from None
    return parse_yaml(text, name)


def parse_yaml(text: str, file: str) -> Source:
    """Like read_yaml, from text."""
    try:
        refuse_unbounded(text, file)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError([_unparsed(error, text, file)]) from None
    except yaml.reader.ReaderError as error:
        line = _line_at(text[: text.find(chr(error.character))])
        message = f"the line contains a character that is not text, 0x{error.character:02x}."
        raise ConfigurationError([Problem(file, line, message, "Type the line again.")]) from None
    reading = _Reading(file)
    data = reading.value(root, ()) if root is not None else None
    return Source(file, data, reading.lines, tuple(reading.repeated))


def _unparsed(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    line = None if mark is None else min(mark.line + 1, max(len(text.splitlines()), 1))
    message = f"the file is not valid YAML: {error.problem or error.context}"
    if error.problem and error.context and begun is not None and begun.line + 1 != line:
        message += f" ({error.context} that begins on line {begun.line + 1})"
    return Problem(file, line, f"{message}.", _remedy(error))


def _remedy(error: yaml.MarkedYAMLError) -> str:
    context, problem = error.context or "", error.problem or ""
    if "':'" in problem and "plain scalar" in context:
        return "In braces, put a space after the colon; write null for no value."
    if "quoted scalar" in context and "end of stream" in problem:
        return "Close the quotes that open here."
    if "node content" in problem:
        return "A value is missing here, as between two commas."
    if "flow" in context:
        return "Close the bracket that opens here, and put commas between entries."
    if "tab character" in problem or "cannot start any token" in problem:
        return "Indent with spaces, not tabs; quote a value that begins with %, @ or `."
    return "Check the indentation and the colons of this line and the line above."


def _line_at(before: str) -> int:
    """1-based line of what follows `before`, with line ends of any system."""
    return len(re.split(r"\r\n|\r|\n", before))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Nodes of one file -> values, lines and what was written twice."""

    file: str
    lines: dict[Path_, int] = field(default_factory=dict)
    repeated: list[Problem] = field(default_factory=list)
    around: list[Node] = field(default_factory=list)
    """The lists and mappings in which the node stands."""

    def value(self, node: Node, path: Path_) -> Any:
        """Raises ConfigurationError at what cannot be a value."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if any(node is other for other in self.around):
            raise self._stop(node, "an alias (*) refers to itself.", "Write the value out.")
        self.around.append(node)
        if isinstance(node, MappingNode):
            value: Any = self._mapping(node, path)
        else:
            value = [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        self.around.pop()
        return value

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            line = key_node.start_mark.line + 1
            if key in mapping:
                first = self.lines[(*path, key)]
                message = f'the key "{key}" is given twice (first on line {first}).'
                self.repeated.append(Problem(self.file, line, message, "Remove one."))
                continue
            self.lines[(*path, key)] = line
            mapping[key] = self.value(value_node, (*path, key))
        return mapping

    def _key(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            message = "expected a word before the colon, found brackets or braces."
            raise self._stop(node, message, "Nested braces such as {{name}} are not a value; write the value itself.")
        key = str(node.value)
        if key == "<<" and not node.style:
            raise self._stop(node, "keys are merged by <<, which is not part of YAML 1.2.", "Write the keys out.")
        return key

    def _scalar(self, node: ScalarNode) -> Any:
        text = str(node.value)
        kind = str(node.tag).rsplit(":", 1)[-1]
        try:
            return _meant(text, kind)
        except ValueError:
            shown = text if len(text) <= 40 else f"{text[:40]}..."
            raise self._stop(node, f'"{shown}" is not a valid number.', "") from None

    def _stop(self, node: Node, message: str, remedy: str) -> ConfigurationError:
        return ConfigurationError([Problem(self.file, node.start_mark.line + 1, message, remedy)])


def _meant(text: str, kind: str) -> Any:
    """What a word of a YAML kind means. Raises ValueError where a number is said to stand and does not."""
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
