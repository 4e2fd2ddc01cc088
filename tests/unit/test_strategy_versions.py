"""Versions of strategies: one name, one definition; what differs is said."""

import pytest

from tregate.gating.errors import ConfigurationError
from tregate.gating.strategy.load import load_strategy, shipped, shipped_names, strategy_from
from tregate.gating.strategy.versions import definition_sha256, version_words
from tregate.gating.strategy.yaml_source import parse_yaml


def changed(name: str, before: str, after: str):
    path = shipped("strategies", name)
    text = path.read_text(encoding="utf-8")
    assert before in text
    return strategy_from(parse_yaml(text.replace(before, after, 1), str(path)), path.parent)


@pytest.mark.parametrize("name", shipped_names("strategies"))
def test_a_shipped_strategy_is_the_one_of_its_changelog(name: str) -> None:
    """After a change of gates, panel or model: a new version, and a line of `changes` with this SHA-256."""
    strategy = load_strategy(name)
    assert strategy.version
    newest = strategy.changes[0]
    assert newest.version == strategy.version
    assert definition_sha256(strategy).startswith(newest.sha256)
    assert len(newest.sha256) >= 12
    assert version_words(strategy) == f"version {strategy.version}"


def test_another_gate_is_another_definition_and_another_text_is_not() -> None:
    shipped_one = load_strategy("treg")
    other = changed("treg", "mass: 0.999", "mass: 0.99")
    assert definition_sha256(other) != definition_sha256(shipped_one)
    assert version_words(other) == "version 1.0, changed"
    reworded = changed("treg", "about: CD4+", "about: The CD4+")
    assert definition_sha256(reworded) == definition_sha256(shipped_one)
    assert version_words(reworded) == "version 1.0"


def test_a_strategy_without_a_version_says_so() -> None:
    bare = load_strategy("treg").model_copy(update={"version": "", "changes": ()})
    assert version_words(bare) == "no version"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('version: "1.0"\n', 'version: "1.1"\n', 'begins with version 1.0, but `version` is "1.1"'),
        ("about: First version.}", 'about: ""}', "at least 1 character"),
        ("sha256: ", "sha256: x", "pattern"),
        ('  - {version: "1.0"', '  - {version: "1.0", about: again}\n  - {version: "1.0"', "lists a version twice"),
    ],
)
def test_a_changelog_that_contradicts_itself_is_refused(before: str, after: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        changed("treg", before, after)
    assert any(why in f"{one.message} {one.remedy}" for one in refused.value.problems), refused.value.problems
