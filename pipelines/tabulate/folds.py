"""Fold change against the subject's own baseline."""

from tregate.gating.count.beads import QUANTIFIABLE
from tregate.gating.count.estimates import Estimate
from tregate.gating.count.ratios import SAME_LOT, ratio
from tregate.pipelines.tabulate.measurements import Measurement
from tregate.pipelines.tabulate.value import Origin, Value


def fold(now: Measurement | Value, baseline: Measurement | Value, name: str) -> tuple[float | None, tuple[str, ...]]:
    """now / baseline, or None and the flag (of `name`) that says why the baseline cannot carry a ratio.

    A baseline that is missing, 0 or below 50 events gives no fold change. Where the visit's own value is missing,
    its flags already say why. Intensities give none across other settings, or where the limits of one hold 0.
    """
    if now.value is None:
        return None, ()
    if baseline.value is None:
        return None, (f"baseline_missing:{name}",)
    if baseline.value == 0.0:
        return None, (f"baseline_zero:{name}",)
    if baseline.events is not None and baseline.events < QUANTIFIABLE:
        return None, (f"baseline_below_loq:{name}",)
    if now.settings is not None:
        if now.settings != baseline.settings:
            return None, (f"settings_changed:{name}",)
        if any(one.estimate is not None and one.estimate.low <= 0 for one in (now, baseline)):
            return None, (f"intensity_near_zero:{name}",)
    return now.value / baseline.value, ()


def fold_with_limits(now: Measurement, baseline: Measurement, name: str) -> Estimate | None:
    """The same with 95 % confidence limits; None where there is no fold change, or a value has no limits.

    The error of a bead lot cancels where both visits used one lot. A visit against itself has no error.
    """
    change, _ = fold(now, baseline, name)
    if change is None or now.estimate is None or baseline.estimate is None:
        return None
    if now.visit == baseline.visit:
        return Estimate(change, change, change)
    return ratio(now.estimate, baseline.estimate, SAME_LOT if _lots(now.origins) == _lots(baseline.origins) else ())


def _lots(origins: tuple[Origin, ...]) -> frozenset[str]:
    return frozenset(origin.record.bead_lot for origin in origins if origin.by_beads)
