"""docs/strategies.md knows every kind of gate and every key, and what it shows can be loaded."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from tregate.gating.placement import PLACES
from tregate.gating.strategy import computed, gates, panel, quadrants, scale_spec, schema
from tregate.gating.strategy.load import shipped, strategy_from, with_models
from tregate.gating.strategy.schema import Population
from tregate.gating.strategy.yaml_source import parse_yaml

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
STRATEGIES = [block for block in BLOCKS if block.startswith("strategy:")]
SNIPPETS = [block for block in BLOCKS if not block.startswith("strategy:")]

MODELS = sorted(
    {
        model
        for module in (computed, gates, panel, scale_spec, schema)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__
    },
    key=lambda model: model.__name__,
)


def sections() -> dict[str, str]:
    """Kind of gate -> what is written about it: its paragraph with its list, or its row of a table."""
    found = {}
    for part in re.split(r"^(?=\*\*`|\| `|## |```)", DOCUMENT, flags=re.MULTILINE):
        named = re.match(r"(?:\*\*|\| )`(\w+)`", part)
        if named is not None and named[1] in PLACES:
            found[named[1]] = part
    return found


def words() -> set[str]:
    """What the page writes as code, keys of examples in it too."""
    return {word for code in re.findall(r"`([^`\n]+)`", DOCUMENT) for word in re.findall(r"[A-Za-z_]+", code)}


def test_every_kind_of_gate_has_its_place_on_the_page() -> None:
    assert set(sections()) == set(PLACES)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_reported(model: type[BaseModel]) -> None:
    assert set(model.model_fields) <= words(), model.__name__


def gates_by_kind() -> Iterator[tuple[str, type[BaseModel]]]:
    for model in get_args(get_args(schema.Gate)[0]):
        yield get_args(model.model_fields["kind"].annotation)[0], model


SHARED = {"kind", "keep", "between", "otherwise"}
"""Documented once for all gates."""


@pytest.mark.parametrize(("kind", "model"), list(gates_by_kind()))
def test_a_gate_s_own_keys_are_reported_with_it(kind: str, model: type[BaseModel]) -> None:
    stated = set(re.findall(r"[A-Za-z_]+", " ".join(re.findall(r"`([^`\n]+)`", sections()[kind]))))
    assert set(model.model_fields) - SHARED <= stated


def plain(value: Any) -> str:
    """A default as the page writes it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(f"{v:g}" for v in value) + "]"
    return f"{value:g}"


@pytest.mark.parametrize(("kind", "model"), list(gates_by_kind()))
def test_defaults_of_gates_are_the_code_s(kind: str, model: type[BaseModel]) -> None:
    """Each number is stated behind its key, in parentheses: `depth` (0.25)."""
    for name, field in model.model_fields.items():
        if name in SHARED or isinstance(field.default, bool) or not isinstance(field.default, int | float | tuple):
            continue
        stated = re.search(rf"`{name}`\s+\((?:`{name}`, )?([^;)]+?)[;)]", sections()[kind])
        if stated is None:
            stated = re.search(rf"`{name}`,\s+([\d.]+),", sections()[kind])
        assert stated is not None, f"{kind}: {name}"
        assert stated[1].split("\n")[0].startswith(plain(field.default)), f"{kind}: {name} is {plain(field.default)}"


def test_defaults_of_scales_are_the_code_s() -> None:
    for name, field in schema.ScaleSpec.model_fields.items():
        row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{name}` |"))
        stated = row.split("|")[-2].strip().strip("`")
        assert stated == (field.default if isinstance(field.default, str) else format(field.default, ".10g")), row


@pytest.mark.parametrize("text", STRATEGIES)
def test_strategies_on_the_page_load(text: str) -> None:
    loaded = strategy_from(parse_yaml(text, "docs/strategies.md"), ROOT)
    assert loaded.populations
    assert loaded.checks


@pytest.mark.parametrize("text", SNIPPETS)
def test_populations_on_the_page_are_populations(text: str) -> None:
    source = parse_yaml(text, "docs/strategies.md")
    assert not source.repeated
    written_out = with_models(quadrants.written_out(source.data, []), ROOT, source, [])
    assert TypeAdapter(dict[str, Population]).validate_python(written_out)


def test_the_page_has_examples() -> None:
    assert len(STRATEGIES) >= 1
    assert len(SNIPPETS) >= 3


def test_the_change_that_the_page_proposes_loads(tmp_path: Path) -> None:
    """The worked example: copy treg, rename, lock, borrow."""
    (proposed,) = re.findall(r"CD4\+: \{\.\.\., (gate: .*)\}\n", DOCUMENT)
    text = shipped("strategies", "treg").read_text(encoding="utf-8")
    text = text.replace("strategy: treg", "strategy: my_treg\nlock_at_baseline: [Treg]")
    was = "gate: {kind: valley, keep: above, otherwise: {kind: split, keep: above}}, show: CD3"
    assert was in text
    loaded = strategy_from(parse_yaml(text.replace(was, f"{proposed}, show: CD3"), "my_treg.yaml"), tmp_path)
    assert loaded.lock_at_baseline == ("Treg",)
    gate = loaded.populations["CD4+"].gate
    assert isinstance(gate, gates.ValleyGate)
    assert isinstance(gate.otherwise, gates.BorrowGate)


def test_the_readme_leads_here() -> None:
    assert "(docs/strategies.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
