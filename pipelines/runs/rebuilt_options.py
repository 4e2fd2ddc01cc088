"""Options of the last `tregate tables`, as the record keeps them, so that the next ones add to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tregate.pipelines.interchange.gates_file import TubeKey


@dataclass(frozen=True)
class Options:
    """What was different from the run."""

    visits: tuple[str, ...] = ()
    baseline: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    excluded: Mapping[TubeKey, str] = field(default_factory=dict)
    """Tubes that a review excluded, with the reason."""


NO_OPTIONS = Options()


def options_record(
    visits: Sequence[str],
    baseline: str,
    choices: Mapping[str, str],
    leave_out: Sequence[str],
    excluded: Mapping[TubeKey, str],
) -> dict[str, Any]:
    """For run.json."""
    return {
        "visits": list(visits),
        "baseline": baseline,
        "choices": dict(choices),
        "leave_out": list(leave_out),
        "excluded": [{"tube": list(key), "reason": reason} for key, reason in excluded.items()],
    }


def last_options(record: Mapping[str, Any]) -> Options:
    """Of the last time that tables were made again; none where they are the run's own."""
    rebuilt = record.get("rebuilt") or [{}]
    options = rebuilt[-1].get("options")
    if options is None:
        return NO_OPTIONS
    excluded = {(one["tube"][0], one["tube"][1], one["tube"][2]): one["reason"] for one in options["excluded"]}
    return Options(
        tuple(options["visits"]), options["baseline"], options["choices"], tuple(options["leave_out"]), excluded
    )
