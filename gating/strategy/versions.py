"""Versions of a strategy: a name for one definition, identified by its SHA-256, and the changes between versions."""

import hashlib
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tregate.gating.strategy.model import Model

if TYPE_CHECKING:
    from tregate.gating.strategy.schema import Strategy

NOT_DEFINING = frozenset({"about", "version", "changes", "absent"})
"""Keys that name, describe, or declare what one study's tubes lack: other gates come from none of them."""

VersionName = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,39}$")]


class StrategyChange(Model):
    """One line of a strategy's changelog."""

    version: VersionName
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{12,64})?$")] = ""
    """SHA-256 of the definition, or its first digits; "" where the author states none."""
    about: Annotated[str, Field(min_length=1, max_length=400)]
    """What changed, and why."""


def version_problem(version: str, changes: tuple[StrategyChange, ...]) -> str:
    """What is wrong with a version and its changelog; "" where nothing is."""
    named = [change.version for change in changes]
    if named and named[0] != version:
        return f'`changes` begins with version {named[0]}, but `version` is "{version}"'
    return "`changes` lists a version twice" if len(set(named)) < len(named) else ""


def definition_sha256(strategy: "Strategy") -> str:
    """SHA-256 of all that gates depend on: populations, scales, panel, models, beads, checks, as resolved.

    Values that are the defaults do not count, so that a key of a later program leaves old strategies
    what they are.

    Examples
    --------
    >>> from tregate.gating.strategy.load import load_strategy
    >>> strategy = load_strategy("treg")
    >>> definition_sha256(strategy.model_copy(update={"version": "9", "changes": ()})) == definition_sha256(strategy)
    True
    """
    text = strategy.model_dump_json(exclude=set(NOT_DEFINING), exclude_defaults=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def version_words(strategy: "Strategy") -> str:
    """ "version 1.0"; "version 1.0, changed" where the definition is not the one of the changelog; "no version"."""
    if not strategy.version:
        return "no version"
    stated = next((one.sha256 for one in strategy.changes if one.version == strategy.version), "")
    same = definition_sha256(strategy).startswith(stated)
    return f"version {strategy.version}" + ("" if same else ", changed")
