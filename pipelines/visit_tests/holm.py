"""Adjustment of a family of tests by their p alone: Holm, Bonferroni, and a fixed sequence."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TypeVar

from tregate.gating.wording import counted
from tregate.pipelines.visit_tests.outcome import Outcome

Key = TypeVar("Key", bound=Hashable)


def holm(family: Mapping[Key, Outcome], noun: str = "visit") -> dict[Key, Outcome]:
    """The outcomes with p adjusted by Holm (1979), step down; the method keeps the unadjusted p.

    Outcomes without a p are no members of the family and come back unchanged. `noun`: what the members are.
    """
    members = sorted(_members(family).items(), key=lambda member: member[1])
    p: dict[Key, float] = {}
    so_far = 0.0
    for position, (key, raw) in enumerate(members):
        so_far = max(so_far, min(1.0, (len(members) - position) * raw))
        p[key] = so_far
    return adjusted(family, p, f"Holm over {counted(len(members), noun)}")


def bonferroni(family: Mapping[Key, Outcome], noun: str = "visit") -> dict[Key, Outcome]:
    """Every p times the number of tests, at most 1."""
    members = _members(family)
    p = {key: min(1.0, len(members) * raw) for key, raw in members.items()}
    return adjusted(family, p, f"Bonferroni over {counted(len(members), noun)}")


def fixed_sequence(family: Mapping[Key, Outcome], noun: str = "visit") -> dict[Key, Outcome]:
    """The largest p so far, in the order given: a test counts only while those before it do (Maurer and others 1995).

    An outcome without a p ends the sequence: those after it have p = 1.
    """
    p: dict[Key, float] = {}
    so_far = 0.0
    for key, outcome in family.items():
        so_far = 1.0 if outcome.p_value is None else max(so_far, outcome.p_value)
        p[key] = so_far
    return adjusted(family, p, f"fixed sequence of {counted(len(family), noun)}")


def adjusted(family: Mapping[Key, Outcome], p: Mapping[Key, float], how: str) -> dict[Key, Outcome]:
    """The outcomes with their p replaced where both have one; the method says how and keeps the unadjusted p."""
    return {
        key: outcome
        if outcome.p_value is None or key not in p
        else replace(
            outcome,
            p_value=p[key],
            unadjusted=outcome.p_value,
            method=f"{outcome.method}; {how}, unadjusted p = {outcome.p_value:.6g}",
        )
        for key, outcome in family.items()
    }


def _members(family: Mapping[Key, Outcome]) -> dict[Key, float]:
    return {key: outcome.p_value for key, outcome in family.items() if outcome.p_value is not None}
