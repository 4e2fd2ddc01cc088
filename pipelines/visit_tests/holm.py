"""Holm's adjustment of a family of tests."""

from collections.abc import Mapping
from dataclasses import replace

from tregate.pipelines.visit_tests.outcome import Outcome, counted


def holm(family: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """The outcomes with p adjusted by Holm (1979), step down; the method keeps the unadjusted p.

    Outcomes without a p are no members of the family and come back unchanged.
    """
    members = sorted(
        ((key, outcome.p_value) for key, outcome in family.items() if outcome.p_value is not None),
        key=lambda member: member[1],
    )
    adjusted = dict(family)
    so_far = 0.0
    for position, (key, p) in enumerate(members):
        so_far = max(so_far, min(1.0, (len(members) - position) * p))
        note = f"; Holm over {counted(len(members), 'visit')}, unadjusted p = {p:.6g}"
        adjusted[key] = replace(family[key], p_value=so_far, method=family[key].method + note)
    return adjusted
