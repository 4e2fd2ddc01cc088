"""Limits of checks with those that a study states under `checks:`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace

from tregate.gating.qc.limits import TubeLimits
from tregate.gating.strategy.schema import Strategy
from tregate.pipelines.study.crosscheck_limits import StudyLimits


def study_limits(written: Mapping[str, float]) -> StudyLimits:
    """Limits of the checks over a study, with its own."""
    return replace(StudyLimits(), **own(numbers_of(StudyLimits()), written))


def tube_limits(strategies: Mapping[str, Strategy], written: Mapping[str, float]) -> TubeLimits:
    """Limits of the checks on one tube, with the study's own."""
    named = own(named_limits(strategies.values()), written)
    return replace(TubeLimits(), **own(numbers_of(TubeLimits()), written), named=named)


def named_limits(strategies: Iterable[Strategy]) -> tuple[str, ...]:
    """Limits of the strategies' named checks of percentages, which a study may set itself."""
    checks = (check for strategy in strategies for check in strategy.checks if check.within is not None)
    return tuple(dict.fromkeys(f"{check.name}_{end}" for check in checks for end in ("low", "high")))


def own(known: Collection[str], written: Mapping[str, float]) -> dict[str, float]:
    """Those of the written limits that are known here."""
    return {name: value for name, value in written.items() if name in known}


def numbers_of(limits: TubeLimits | StudyLimits) -> frozenset[str]:
    """Names of the limits that are one number."""
    return frozenset(f.name for f in fields(limits) if isinstance(getattr(limits, f.name), float | int))
