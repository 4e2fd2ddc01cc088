"""A strategy as YAML text that reads back as the same strategy."""

import re
from collections.abc import Mapping
from typing import Any

import yaml


def strategy_text(plain: Mapping[str, Any], name: str) -> str:
    """YAML of a strategy: one line a population and scale. Names are quoted where YAML needs it."""
    head = {"strategy": name, "about": plain["about"]}
    parts = [yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=10_000)]
    parts.append("panel:\n  markers:\n" + _lines(plain["panel"]["markers"], "    "))
    parts.append(f"compensation: {plain['compensation']}\n")
    parts.append("scales:\n" + _lines(plain["scales"], "  "))
    if "computed" in plain:
        parts.append("computed:\n" + _lines(plain["computed"], "  "))
    parts.append("populations:\n" + _lines(plain["populations"], "  "))
    return "".join(parts)


def _lines(entries: Mapping[str, Any], indent: str) -> str:
    return "".join(
        f"{indent}? {_flow(name)}\n{indent}: {_flow(value)}\n"
        if len(name) > 100
        else f"{indent}{_flow(name)}: {_flow(value)}\n"
        for name, value in entries.items()
    )


def _flow(value: Any) -> str:
    """A value on one line."""
    style = '"' if isinstance(value, str) else None
    text: str = yaml.dump(
        value, Dumper=_Words, default_flow_style=True, default_style=style, sort_keys=False, allow_unicode=True,
        width=10**9,
    )  # fmt: skip
    return text.removesuffix("...\n").strip()


class _Words(yaml.SafeDumper):  # type: ignore[misc]
    """Quotes every word that could read back as another: strategies take 1e3 for a number, PyYAML writes it plain."""


def _word(dumper: yaml.SafeDumper, word: str) -> yaml.ScalarNode:
    plain = re.fullmatch(r"[^\W\d][\w /().+-]*", word) is not None
    return dumper.represent_scalar("tag:yaml.org,2002:str", word, style=None if plain else '"')


_Words.add_representer(str, _word)
