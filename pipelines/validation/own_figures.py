"""Figures of a laboratory's own validation, one measure at a time, from precision to stability."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tregate.pipelines.statistics.variance_components import cv_percent
from tregate.pipelines.validation.detection import limit_of_blank, limit_of_detection
from tregate.pipelines.validation.linear_fit import linear_fit
from tregate.pipelines.validation.nested_anova import nested_anova
from tregate.pipelines.validation.own_design import FACTORS, Acceptance, Point
from tregate.pipelines.validation.own_lines import Line

LEAST_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Value:
    """A value of one measure with its place in an experiment."""

    point: Point
    value: float


@dataclass(frozen=True, slots=True)
class Measured:
    """All values of one measure."""

    measure: str
    ratio: bool
    """A concentration: precision on the log scale, as CV."""
    unit: str
    values: Sequence[Value]
    limits: Acceptance

    def of(self, experiment: str) -> list[Value]:
        """Values of one experiment."""
        return [one for one in self.values if one.point.experiment == experiment]


def lines_of(measured: Measured) -> Iterator[Line]:
    """Every figure that the tubes allow, in the order of the sections."""
    yield from _precision(measured)
    yield from _detection(measured)
    yield from _linearity(measured)
    yield from _carry_over(measured)
    yield from _stability(measured)


def _precision(measured: Measured) -> Iterator[Line]:
    """Together over specimens, and each specimen alone."""
    every = measured.of("precision")
    groups = {"": every} | _by_specimen(every)
    if len(groups) == 2:
        del groups[""]
    for group, own in groups.items():
        used = [one for one in own if not (measured.ratio and one.value <= 0)]
        note = f"{len(own) - len(used)} values of 0 have no logarithm" if len(used) < len(own) else ""
        values = [float(np.log(one.value)) if measured.ratio else one.value for one in used]
        levels = [[one.point.factors[name] for one in used] for name in FACTORS]
        found = nested_anova(values, [one.point.specimen for one in used], levels, FACTORS) if used else None
        if found is None:
            if own:
                why = "; ".join(part for part in (note, "no two values share specimen and all factors") if part)
                yield Line("precision", measured.measure, group, "repeatability", len(used), None, note=why)
            continue

        unit = "CV %" if measured.ratio else measured.unit
        head = ("precision", measured.measure, group)
        low, high = (_as_cv(one, measured) for one in found.repeat_limits)
        yield Line(
            *head, "repeatability", found.n, _as_cv(found.repeat, measured), low, high, unit,
            measured.limits.repeatability, note,
        )  # fmt: skip
        for name, sd in zip(found.factors, found.sds, strict=True):
            yield Line(*head, f"between levels of {name}", found.n, _as_cv(sd, measured), unit=unit)
        low, high = (_as_cv(one, measured) for one in found.total_limits)
        yield Line(
            *head, "within-laboratory precision", found.n, _as_cv(found.total, measured), low, high, unit,
            measured.limits.within_laboratory, f"{found.total_df:.1f} degrees of freedom",
        )  # fmt: skip


def _as_cv(sd: float, measured: Measured) -> float:
    """An SD as it is shown: of logarithms as CV [%]."""
    return cv_percent(sd) if measured.ratio else sd


def _detection(measured: Measured) -> Iterator[Line]:
    blanks = [one.value for one in measured.of("blank")]
    low = {name: [one.value for one in own] for name, own in _by_specimen(measured.of("low")).items()}
    head = ("detection capability", measured.measure, "")
    lob = limit_of_blank(blanks)
    if lob is not None:
        yield Line(*head, "LoB", len(blanks), lob, unit=measured.unit, limit=measured.limits.lob)
        lod = limit_of_detection(lob, list(low.values()))
        if lod is not None:
            n = sum(map(len, low.values()))
            yield Line(*head, "LoD", n, lod, unit=measured.unit, limit=measured.limits.lod)
        quantified = None
        for name, values in sorted(low.items(), key=lambda item: float(np.mean(item[1]))):
            if len(values) < 2 or not np.mean(values) > 0:
                continue
            cv = 100 * float(np.std(values, ddof=1) / np.mean(values))
            yield Line("detection capability", measured.measure, name, "CV at a low level", len(values), cv, unit="%")
            reached = cv <= measured.limits.lloq_cv and (lod is None or np.mean(values) >= lod)
            quantified = (float(np.mean(values)) if quantified is None else quantified) if reached else None
        if low:
            goal = f"lowest level from which all have a CV of at most {measured.limits.lloq_cv:g} % and lie above LoD"
            note = goal if quantified is not None else f"no level reaches it: {goal}"
            yield Line(
                *head, "LLOQ", sum(map(len, low.values())), quantified, unit=measured.unit,
                limit=measured.limits.lloq, note=note,
            )  # fmt: skip
    elif blanks or low:
        yield Line(*head, "LoB", len(blanks), None, unit=measured.unit, note=f"too few blanks ({len(blanks)} of 4)")


def _linearity(measured: Measured) -> Iterator[Line]:
    for specimen, own in _by_specimen(measured.of("linearity")).items():
        x = np.array([one.point.number for one in own], dtype=np.float64)
        y = np.array([one.value for one in own])
        head = ("linearity", measured.measure, specimen)
        if len(np.unique(x)) < LEAST_LEVELS:
            why = f"too few levels ({len(np.unique(x))} of {LEAST_LEVELS})"
            yield Line(*head, "slope", len(own), None, note=why)
            continue
        fit = linear_fit(x, y)
        yield Line(*head, "slope", len(own), fit.slope, *fit.slope_limits)
        yield Line(*head, "intercept", len(own), fit.intercept, *fit.intercept_limits, measured.unit)
        if fit.lack_of_fit_p is not None:
            df = f"F({fit.lack_of_fit_df[0]}, {fit.lack_of_fit_df[1]}) = {fit.lack_of_fit_f:.3g}"
            yield Line(*head, "lack of fit, p", len(own), fit.lack_of_fit_p, note=df)
        else:
            yield Line(*head, "lack of fit, p", len(own), None, note="no level was measured twice")
        largest = max(fit.deviations, key=lambda level: abs(level[1]))
        limit, at = measured.limits.nonlinearity, f"at {largest[0]:g}"
        yield Line(*head, "largest deviation from the line", len(own), largest[1], unit="%", limit=limit, note=at)


def _carry_over(measured: Measured) -> Iterator[Line]:
    """(first low - last low) / (last high - last low) of each sequence of high, then low tubes."""
    sequences: dict[str, list[Value]] = {}
    for one in measured.of("carry_over"):
        sequences.setdefault(one.point.sequence, []).append(one)
    found: list[float] = []
    for own in sequences.values():
        ordered = sorted(own, key=lambda one: one.point.number or 0.0)
        kinds = list(dict.fromkeys(one.point.specimen for one in ordered))
        if len(kinds) == 2:
            high = [one.value for one in ordered if one.point.specimen == kinds[0]]
            low = [one.value for one in ordered if one.point.specimen == kinds[1]]
            if len(low) >= 2 and high[-1] > low[-1]:
                found.append(100 * (low[0] - low[-1]) / (high[-1] - low[-1]))
    if sequences:
        note = "" if found else "no sequence of one specimen, then two tubes or more of a lower one"
        mean, low_limit, high_limit = _mean(found)
        yield Line(
            "carry-over", measured.measure, "", "carry-over", len(found), mean, low_limit, high_limit, "%",
            measured.limits.carry_over, note,
        )  # fmt: skip


def _stability(measured: Measured) -> Iterator[Line]:
    """Change from the specimen's first time: of ratios, over specimens, on the log scale."""
    specimens = _by_specimen(measured.of("stability"))
    changes: dict[float, list[float]] = {}
    for values in specimens.values():
        times: dict[float, list[float]] = {}
        for one in values:
            times.setdefault(one.point.number or 0.0, []).append(one.value)
        first = min(times)
        for hours, found in times.items():
            if hours > first and min(*found, *times[first]) > 0:
                change = float(np.log(found).mean() - np.log(times[first]).mean())
                changes.setdefault(hours, []).append(change)
    for hours in sorted(changes):
        mean, low, high = (None if one is None else 100 * float(np.expm1(one)) for one in _mean(changes[hours]))
        yield Line(
            "stability", measured.measure, f"{hours:g} h", "change from the start", len(changes[hours]), mean, low,
            high, "%", measured.limits.stability,
        )  # fmt: skip


def _mean(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Mean with its 95 % interval by t."""
    from scipy.stats import t

    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    half = float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half


def _by_specimen(values: Sequence[Value]) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = {}
    for one in values:
        found.setdefault(one.point.specimen, []).append(one)
    return found
