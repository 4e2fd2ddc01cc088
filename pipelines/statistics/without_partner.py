"""Manual values that the run has no partner of: which subject or visit is unknown, and which was probably meant."""

from collections.abc import Sequence

from tregate.gating.errors import ConfigurationError, Problem
from tregate.gating.near_names import nearest
from tregate.pipelines.statistics.compared_methods import Pair
from tregate.pipelines.statistics.manual_values import SHOWN, RunValues


def unknown_words(pairs: Sequence[Pair], run: RunValues) -> str:
    """The subjects and visits of manual values that the run does not have, each with the near one; "" without any."""
    parts = []
    for at, what in enumerate(("subject", "visit")):
        known = list(dict.fromkeys(key[at] for key in run.values))
        named = [_named(name, known) for name in dict.fromkeys(pair.key[at] for pair in pairs) if name not in known]
        if named:
            more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
            parts.append(f"the run has no {what} {', '.join(named[:SHOWN])}{more}")
    return "; ".join(parts)


def _named(name: str, known: Sequence[str]) -> str:
    near = nearest(name, known)
    return f'"{name}" (near: "{near}")' if near else f'"{name}"'


def refuse_without_partners(pairs: Sequence[Pair], run: RunValues, file: str) -> None:
    """Raise ConfigurationError where no manual value has a partner in the run: there is nothing to compare."""
    if any(pair.ours is not None for pair in pairs):
        return
    unknown = unknown_words(pairs, run)
    why = unknown or "their subjects and visits are in the run, but it has no value of these measures for them"
    remedy = "Write subjects and visits as in samples.csv." if unknown else "Look into the run's tables for the reason."
    raise ConfigurationError([Problem(file, None, f"no value has a partner in the run: {why}.", remedy)])
