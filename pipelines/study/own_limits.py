"""Limits of checks with those that a study states under `checks:`."""

from collections.abc import Collection, Iterable, Iterator, Mapping
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


def default_limits(strategies: Iterable[Strategy], declared: Mapping[str, float]) -> dict[str, float | None]:
    """Every limit that a study may set, with its default. `declared`: limits of the table definition.

    None: a strategy's named check has no limit at this end.
    """
    named: dict[str, float | None] = {}
    for strategy in strategies:
        for check in strategy.checks:
            if check.within is not None:
                named |= {f"{check.name}_low": check.at_least, f"{check.name}_high": check.at_most}
    general = {name: getattr(limits, name) for limits in (TubeLimits(), StudyLimits()) for name in numbers_of(limits)}
    return {**general, **named, **declared}


def crossed(written: Mapping[str, float], defaults: Mapping[str, float | None]) -> Iterator[tuple[str, float, float]]:
    """Limits that the study sets, with the low and high end of their window, where the low one is above the other."""
    for name in written:
        window, _, end = name.rpartition("_")
        pair = (f"{window}_low", f"{window}_high")
        if end in ("low", "high") and not (end == "high" and pair[0] in written):
            low, high = (written.get(limit, defaults.get(limit)) for limit in pair)
            if low is not None and high is not None and low > high:
                yield name, low, high


def own(known: Collection[str], written: Mapping[str, float]) -> dict[str, float]:
    """Those of the written limits that are known here."""
    return {name: value for name, value in written.items() if name in known}


def numbers_of(limits: TubeLimits | StudyLimits) -> frozenset[str]:
    """Names of the limits that are one number."""
    return frozenset(f.name for f in fields(limits) if isinstance(getattr(limits, f.name), float | int))
