"""Whether intensities of a study can be compared: settings of the channel, and negative cells over the visits."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator

from tregate.gating.findings import Severity
from tregate.gating.intensities import Intensity
from tregate.pipelines.crosschecks.per_tube import at_tube
from tregate.pipelines.crosschecks.robust import median, spread
from tregate.pipelines.crosschecks.visits import usable
from tregate.pipelines.study.crosscheck_limits import StudyLimits
from tregate.pipelines.tabulate.flags import about_intensity
from tregate.pipelines.tabulate.results import Results
from tregate.pipelines.tubes.records import TubeFinding, TubeRecord

LEAST_TUBES = 3
MATTERS = 0.2
"""Shift of the negative cells, in their own robust standard deviations, below which a relative change is noise."""

Seen = tuple[TubeRecord, Intensity]
Kind = tuple[str, str, str]
"""(tube, population, marker)."""


def intensity_settings(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """Tubes whose channel has other settings than most of their kind: medians across them have no fold change."""
    for (_, population, marker), seen in _kinds(results).items():
        kinds = Counter(one.settings for _, one in seen)
        usual, number = kinds.most_common(1)[0]
        for record, one in seen:
            if one.settings != usual:
                yield at_tube(
                    record, "intensity_settings", Severity.WARN,
                    f"{about_intensity(marker, population)}acquired at {one.settings}; {number} of {len(seen)} tubes "
                    f"at {usual}. Medians across both have no fold change: keep the settings, or declare a `standard`.",
                    population=population, value=float(number), limit="equal settings",
                )  # fmt: skip


def intensity_drift(results: Results, limits: StudyLimits) -> Iterator[TubeFinding]:
    """A standard or negative population brighter or dimmer than at the subject's other visits, or in other tubes.

    Persons differ, so the change must also be an outlier among the tubes that it is compared with.
    """
    for (_, population, marker), seen in _kinds(results).items():
        for record, one in seen:
            others = [
                (r, level) for r, its in seen if its.settings == one.settings and (level := _level(its)) is not None
            ]
            own = [level for r, level in others if r.subject == record.subject]
            alike = own if len(own) >= LEAST_TUBES else [level for _, level in others]
            level, usual = _level(one), median(alike)
            if len(alike) < LEAST_TUBES or level is None or level <= 0 or min(alike) <= 0:
                continue
            if one.standard_median is None and abs(level - usual) < MATTERS * (one.negative_sd or 0.0):
                continue
            least = math.log(1 + limits.intensity_drift)
            apart = max(least, limits.robust_z * spread([math.log(value) for value in alike], 0.0))
            if abs(math.log(level / usual)) > apart:
                change = 100 * (level / usual - 1)
                yield at_tube(
                    record, "intensity_drift", Severity.WARN,
                    f"{about_intensity(marker, population)}{_reference(one)} differ by {change:+.0f} % from the other "
                    f"visits (limit {100 * limits.intensity_drift:g} %), so the median may have drifted too; counts "
                    "are not affected. Use the standardised median.",
                    population=population, value=change / 100, limit=f"within {limits.intensity_drift:g}",
                )  # fmt: skip


def _level(one: Intensity) -> float | None:
    """The median that should not move: of the standard, else of the negative population."""
    return one.negative_median if one.standard_median is None else one.standard_median


def _reference(one: Intensity) -> str:
    return f"negative cells ({one.negative})" if one.standard_median is None else f"standard cells ({one.standard})"


def _kinds(results: Results) -> dict[Kind, list[Seen]]:
    """Measured intensities by kind of tube, population and marker; one declaration of each."""
    kinds: dict[Kind, list[Seen]] = defaultdict(list)
    for record in usable(results):
        listed = () if record.result is None else record.result.intensities
        done = set()
        for one in listed:
            if one.median is not None and (one.population, one.marker) not in done:
                done.add((one.population, one.marker))
                kinds[record.tube, one.population, one.marker].append((record, one))
    return kinds
